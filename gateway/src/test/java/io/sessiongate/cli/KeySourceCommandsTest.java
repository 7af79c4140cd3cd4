package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.testing.TestKeys;
import io.sessiongate.token.JwsSigner;
import io.sessiongate.token.KeyServer;
import io.sessiongate.token.TestJwks;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code check}, {@code doctor} and {@code token inspect} say of keys that come from somewhere else. */
class KeySourceCommandsTest {

    @TempDir
    private Path folder;

    private final KeyServer issuer = new KeyServer();
    private final JwsSigner signer = JwsSigner.privateKey(
            "ES256", TestKeys.pem("PRIVATE KEY", TestKeys.newPair("ES256").getPrivate()));
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @AfterEach
    void close() {
        issuer.close();
    }

    private int execute(String keys, String... command) throws IOException {
        Path file = folder.resolve("sessiongate.yaml");
        Files.writeString(file, """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0" }
                realms:
                  default:
                    token:
                      from: [ { header: Authorization } ]
                      keys: [ %s ]
                    session: { database: "postgresql://a:b@127.0.0.1:1/c", table: sessions }
                upstreams:
                  app: { servers: [ "http://127.0.0.1:1" ] }
                routes:
                  - { path: /**, access: authenticated, upstream: app }
                """.formatted(keys));
        String[] all = new String[command.length + 2];
        System.arraycopy(command, 0, all, 0, command.length);
        all[command.length] = "-c";
        all[command.length + 1] = file.toString();
        return Main.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(all);
    }

    private void publish(String iss) {
        issuer.serves(
                "/keys", TestJwks.set(Objects.requireNonNull(signer.publicJwk()), "{\"kty\":\"oct\",\"k\":\"AA\"}"));
        issuer.serves(
                "/.well-known/openid-configuration",
                "{\"issuer\":\"" + iss + "\",\"jwks_uri\":\"" + issuer.url("/keys") + "\"}");
    }

    private String discovery() {
        return "{ discovery: \"" + issuer.url("") + "\", audience: app }";
    }

    @Test
    void checkReadsKeySetsInFiles() throws IOException {
        Files.writeString(folder.resolve("bad.json"), "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AA\"}]}");
        Files.writeString(folder.resolve("good.json"), TestJwks.set(TestJwks.of("ES256", "a"), "{}"));

        assertThat(execute("{ jwks: bad.json, audience: app }", "check")).isEqualTo(3);
        assertThat(err.toString())
                .contains(
                        "sessiongate.yaml:7:15 jwks: it holds no key that can be used: 1 that is of a kind or on a curve"
                                + " that is not used here");
        assertThat(execute("{ jwks: good.json, audience: app }", "check")).isZero();
        assertThat(err.toString()).contains("jwks: not used: 1 that is malformed");
        assertThat(issuer.asked()).isEmpty();
    }

    @Test
    void checkConnectsToNothing() throws IOException {
        assertThat(execute(discovery(), "check")).isZero();
        assertThat(issuer.asked()).isEmpty();
    }

    @Test
    void doctorSaysWhatASourceHolds() throws IOException {
        publish(issuer.url(""));

        execute(discovery(), "doctor", "--json", "--watch", "0s");

        assertThat(out.toString())
                .contains("1 key for ES256; the issuer is the one configured; not used: 1 that is of a kind");
    }

    @Test
    void doctorSaysThatTheIssuerIsAnother() throws IOException {
        publish("https://else.example");

        execute(discovery(), "doctor", "--json", "--watch", "0s");

        assertThat(out.toString()).contains("the discovery document is of another issuer");
    }

    @Test
    void doctorWarnsWhereNoAudienceIsRequired() throws IOException {
        publish(issuer.url(""));

        execute("{ discovery: \"" + issuer.url("") + "\" }", "doctor", "--json", "--watch", "0s");

        assertThat(out.toString()).contains("no audience is required");
    }

    @Test
    void inspectVerifiesWithTheKeysOfAnIssuer() throws IOException {
        publish(issuer.url(""));
        long now = Instant.now().getEpochSecond();
        String token = signer.sign(
                Map.of("iss", issuer.url(""), "aud", "app", "sub", "u1", "sid", "s1", "iat", now, "exp", now + 60));

        assertThat(execute(discovery(), "token", "inspect", token)).isZero();
        assertThat(out.toString()).contains("Realm default accepts it");
        issuer.serves("/keys", 500, "", Map.of());
        assertThat(execute(discovery(), "token", "inspect", token)).isEqualTo(1);
        assertThat(err.toString()).contains("Warning: no keys from " + issuer.url("") + ": it answered 500");
    }
}
