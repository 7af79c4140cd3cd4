package io.sessiongate.app.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.testing.TestCertificates;
import io.sessiongate.testing.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A configuration that says something of every key of the schema, in as many realms as that takes, with {@link #PLANTED}
 * within whatever nobody may see.
 *
 * @param publicKey text that nobody may see either, and likewise the next
 */
record PlantedConfiguration(GatewayConfig config, String publicKey, String privateKey) {

    static final String PLANTED = "pl4nted";

    private static final String FILE = """
            listeners:
              - { address: "127.0.0.1:0", proxy-protocol: true, redirect-to-https: true, https-port: 8443 }
              - address: "[::1]:0"
                hsts: { max-age: 365d, include-subdomains: true }
                tls:
                  certificates: [ { certificate: chain.pem, key: pl4nted-key.pem } ]
                  client-certificates: { mode: optional, ca: ca.pem, header: X-Client-Cert }
            trusted-proxies: [ 127.0.0.0/8 ]
            hand-over: { socket: run/hand-over.sock }
            reload: { watch: false, interval: 5s }
            rate-limits:
              sign-in: { by: address, count: unauthorized, requests: 10, per: 1m, burst: 3, headers: true }
              api: { by: session, requests: 100, per: 1s }
            admin: { address: "127.0.0.1:0", secret: pl4nted-secret-of-the-admin, hosts: [ Ops.example.com ] }
            tracing: { endpoint: "https://collector.example.com/v1/traces", sample: 0.25, headers: { Authorization: "Bearer pl4nted" } }
            realms:
              default:
                token:
                  from: [ { cookie: session } ]
                  keys:
                    - { algorithm: HS256, secret: pl4nted-secret-0123456789abcdef0123456789 }
                    - { algorithm: RS256, public-key: public.pem, kid: main-2026, issuer: "https://issuer.example.com", audience: [ app ] }
                    - { auth-js: 5, secret: [ pl4nted-auth-js-0123456789, pl4nted-auth-js-9876543210 ] }
                    - { jwks: "https://keys.example.com/jwks?api_key=pl4nted", algorithm: ES256, refresh: 10m, ca: ca.pem }
                session:
                  database: postgresql://pl4nted-user:pl4nted-pw@db.example.com:5432/app?options=-c%20app.k%3Dpl4nted
                  replicas: [ "postgresql://pl4nted-user:pl4nted-pw@replica.example.com/app" ]
                  query: select id from sessions where id = any($1) and 'pl4nted' = 'pl4nted'
                  revocations: { channel: gone, listen-on: "postgresql://pl4nted-user:pl4nted-pw@primary.example.com/app" }
                identity: { assertion: { header: X-Auth-Assertion, key: private.pem } }
              other:
                token:
                  from: [ { cookie: session } ]
                  keys: [ { algorithm: HS256, secret: pl4nted-secret-0123456789abcdef0123456789 } ]
                session:
                  database: postgresql://u:pl4nted%2Fpl4nted@db.example.com/app?sslpassword=pl4nted
                  table: sessions
                  columns: { subject: user_id, roles: users.role }
                  users: { table: users, disabled: disabled_at }
                  attributes: { email: users.email }
                  touch: { column: last_active_at, every: 5m }
                identity: { assertion: { header: X-A, secret: pl4nted-secret-0123456789abcdef0123456789, attributes: [ email ] } }
              opaque:
                token: { kind: opaque, from: [ { cookie: session } ] }
                session:
                  database: postgresql://u:pl4nted%2Fpl4nted@db.example.com/app
                  table: sessions
                  columns: { subject: user_id, expires: expires_at }
                  renew: { domain: example.com }
                  unknown: { burst: 20 }
              versions:
                token:
                  from: [ { cookie: session } ]
                  keys: [ { discovery: "https://issuer.example.com", keep-for: 2h } ]
                session:
                  database: postgresql://u:pl4nted%2Fpl4nted@db.example.com/app
                  version: { table: app.users, column: session_version, claim: ver, disabled: disabled_at }
              denied:
                token:
                  from: [ { cookie: session } ]
                  keys: [ { algorithm: HS256, secret: pl4nted-secret-0123456789abcdef0123456789 } ]
                session:
                  database: postgresql://u:pl4nted%2Fpl4nted@db.example.com/app
                  denylist: { table: revoked_tokens }
            upstreams:
              app: { protocol: http2, servers: [ "http://127.0.0.1:3000", "unix:/run/app.sock" ] }
              secure:
                servers: [ "https://app.example.com" ]
                tls: { ca: ca.pem, server-name: app.internal, client-certificate: { certificate: chain.pem, key: pl4nted-key.pem } }
                balance: least-requests
                wait-timeout: 1s
                retries: { attempts: 1 }
                ejection: { server-errors: true }
                health-check: { path: "/healthz?key=pl4nted", expect-status: "204" }
            routes:
              - { path: /admin/**, access: { roles: [ admin, ops ] }, upstream: app, stale: never, preflight: false, rate-limits: [ sign-in, api ] }
              - { path: /other/**, access: authenticated, upstream: app, realm: other }
              - { path: /**, access: authenticated, upstream: app, sign-in: "https://login.example.com/in?client=pl4nted" }
            """;

    static PlantedConfiguration load(Path folder) throws IOException {
        String publicKey = TestKeys.pem("PUBLIC KEY", TestKeys.pair("RS256").getPublic());
        String privateKey = TestKeys.pem("PRIVATE KEY", TestKeys.pair("ES256").getPrivate());
        Files.writeString(folder.resolve("public.pem"), publicKey);
        Files.writeString(folder.resolve("private.pem"), privateKey);
        TestCertificates certificates = new TestCertificates();
        Path key = TestCertificates.write(folder, "chain", certificates.server("app.example.com"))
                .key();
        Files.move(key, folder.resolve("pl4nted-key.pem"));
        certificates.authority(folder);
        Files.writeString(folder.resolve("sessiongate.yaml"), FILE);
        LoadResult result = ConfigLoader.load(folder.resolve("sessiongate.yaml"), name -> null);
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        return new PlantedConfiguration(((LoadResult.Loaded) result).config(), publicKey, privateKey);
    }
}
