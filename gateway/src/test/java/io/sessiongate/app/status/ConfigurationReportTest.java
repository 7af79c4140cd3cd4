package io.sessiongate.app.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.testing.TestKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class ConfigurationReportTest {

    private static final String PLANTED = "pl4nted";

    /** Every key that the schema calls secret, each planted below; a new one has to be planted as well. */
    private static final Set<String> SECRET_KEYS = Set.of(
            "admin.secret",
            "tracing.headers.<name>",
            "realms.<name>.token.keys[].secret",
            "realms.<name>.token.keys[].public-key",
            "realms.<name>.session.database",
            "realms.<name>.session.replicas",
            "realms.<name>.session.revocations.listen-on",
            "realms.<name>.identity.assertion.secret",
            "realms.<name>.identity.assertion.key");

    @TempDir
    private Path folder;

    private GatewayConfig config;
    private String publicKey;
    private String privateKey;

    @BeforeEach
    void load() throws IOException {
        publicKey = TestKeys.pem("PUBLIC KEY", TestKeys.pair("RS256").getPublic());
        privateKey = TestKeys.pem("PRIVATE KEY", TestKeys.pair("ES256").getPrivate());
        Files.writeString(folder.resolve("public.pem"), publicKey);
        Files.writeString(folder.resolve("private.pem"), privateKey);
        Files.writeString(folder.resolve("sessiongate.yaml"), """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0", secret: pl4nted-secret-of-the-admin, hosts: [ Ops.example.com ] }
                tracing: { endpoint: "https://collector.example.com/v1/traces", sample: 0.25, headers: { Authorization: "Bearer pl4nted" } }
                realms:
                  default:
                    token:
                      from: [ { cookie: session } ]
                      keys:
                        - { algorithm: HS256, secret: pl4nted-secret-0123456789abcdef0123456789 }
                        - { algorithm: RS256, public-key: public.pem, kid: pl4nted-kid }
                        - { auth-js: 5, secret: [ pl4nted-auth-js-0123456789, pl4nted-auth-js-9876543210 ] }
                        - { jwks: "https://keys.example.com/jwks?api_key=pl4nted" }
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
                    identity: { assertion: { header: X-A, secret: pl4nted-secret-0123456789abcdef0123456789 } }
                upstreams:
                  app: { servers: [ "http://127.0.0.1:3000", "unix:/run/app.sock" ] }
                routes:
                  - { path: /admin/**, access: { roles: [ admin, ops ] }, upstream: app, stale: never }
                  - { path: /other/**, access: authenticated, upstream: app, realm: other }
                  - { path: /**, access: authenticated, upstream: app, sign-in: "https://login.example.com/in?client=pl4nted" }
                """);
        LoadResult result = ConfigLoader.load(folder.resolve("sessiongate.yaml"), name -> null);
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        config = ((LoadResult.Loaded) result).config();
    }

    private String report() {
        return JsonText.of(ConfigurationReport.of(config, 1));
    }

    private String value(String section, String key) {
        for (JsonNode found : new ObjectMapper().readTree(report()).path("sections")) {
            if (found.path("name").asString().equals(section)) {
                for (JsonNode row : found.path("rows")) {
                    if (row.path("key").asString().equals(key)) {
                        return row.path("secret").asBoolean(false)
                                ? "***"
                                : row.path("value").asString();
                    }
                }
            }
        }
        return "not shown";
    }

    @Test
    void showsTracing() {
        assertThat(value("tracing", "endpoint")).isEqualTo("https://collector.example.com/v1/traces");
        assertThat(value("tracing", "sample")).isEqualTo("0.25");
        assertThat(value("tracing", "trust")).isEqualTo("trusted-proxies");
        assertThat(value("tracing", "headers.Authorization")).isEqualTo("***");
    }

    @Test
    void showsNoSecret() {
        String report = report();

        assertThat(report.toLowerCase(java.util.Locale.ROOT)).doesNotContain(PLANTED);
        for (String pem : new String[] {publicKey, privateKey}) {
            pem.lines()
                    .filter(line -> !line.startsWith("-"))
                    .forEach(line -> assertThat(report).doesNotContain(line));
        }
    }

    @Test
    void hasPlantedEverySecretThatThereIs() throws IOException {
        Set<String> secret = new TreeSet<>();
        collect(
                new ObjectMapper().readTree(Files.readString(Path.of("../config/sessiongate.schema.json"))),
                "",
                secret);

        assertThat(secret).containsExactlyInAnyOrderElementsOf(SECRET_KEYS);
    }

    private static void collect(JsonNode at, String path, Set<String> secret) {
        if (at.path("x-secret").asBoolean(false)) {
            secret.add(path);
        }
        at.path("properties")
                .properties()
                .forEach(e -> collect(e.getValue(), path + (path.isEmpty() ? "" : ".") + e.getKey(), secret));
        if (at.path("additionalProperties").isObject()) {
            collect(at.path("additionalProperties"), path + ".<name>", secret);
        }
        if (at.path("items").isObject()) {
            collect(at.path("items"), at.path("items").has("properties") ? path + "[]" : path, secret);
        }
    }

    @Test
    void saysThatASecretIsThere() {
        assertThat(value("gateway", "admin.secret")).isEqualTo("***");
        assertThat(value("realms.default.token", "key 1 secret")).isEqualTo("***");
        assertThat(value("realms.default.token", "key 2 public-key")).isEqualTo("***");
        assertThat(value("realms.default.identity", "assertion.key")).isEqualTo("***");
        assertThat(value("realms.other.identity", "assertion.secret")).isEqualTo("***");
    }

    @Test
    void showsWhatIsInForceAsTheFileWritesIt() {
        assertThat(value("gateway", "mode")).isEqualTo("enforce");
        assertThat(value("gateway", "admin.hosts")).isEqualTo("ops.example.com");
        assertThat(value("realms.default.session", "database")).isEqualTo("db.example.com:5432/app");
        assertThat(value("realms.default.session", "revocations.listen-on")).isEqualTo("primary.example.com:5432/app");
        assertThat(value("realms.default.session", "check.revalidate-after")).isEqualTo("1m");
        assertThat(value("realms.default.token", "key 3 address")).isEqualTo("https://keys.example.com/jwks");
        assertThat(value("upstreams.app", "servers")).isEqualTo("127.0.0.1:3000, unix:/run/app.sock");
        assertThat(new ObjectMapper().readTree(report()).at("/routes/0/access").asString())
                .isEqualTo("roles: admin, ops");
        assertThat(new ObjectMapper().readTree(report()).at("/routes/2/signIn").asString())
                .isEqualTo("https://login.example.com/in");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://user:pl4nted@host/path",
                "https://host/path?pl4nted",
                "https://host/path#pl4nted",
                "postgres://u:pl4nted@h:1/d",
                "user:pl4nted@host",
                "http://a:pl4nted@b:pl4nted@host/",
                "/login?next=pl4nted",
            })
    void stripsUrls(String url) {
        assertThat(Shown.bare(url)).doesNotContain(PLANTED);
    }
}
