package io.sessiongate.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.LoadResult;
import io.sessiongate.testing.TestKeys;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.JwsSigner;
import io.sessiongate.token.KeyServer;
import io.sessiongate.token.TestJwks;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A gateway whose keys come from a file, a key file and an issuer: they change, and it is not restarted. */
class KeysInUseTest {

    private static final TestPostgres POSTGRES = TestPostgres.shared();
    private static final Duration SOON = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String database = POSTGRES.newDatabase();
    private final WireMockServer application = new WireMockServer(options().dynamicPort());
    private final KeyServer issuer = new KeyServer();
    private final JwsSigner first = signer();
    private final JwsSigner second = signer();
    private @Nullable Gateway running;

    @BeforeEach
    void prepare() {
        POSTGRES.run(database, "create table sessions (id uuid primary key)");
        application.start();
        application.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(200).withBody("served")));
    }

    @AfterEach
    void stop() {
        gateway().stop();
        application.stop();
        issuer.close();
    }

    private static JwsSigner signer() {
        return JwsSigner.privateKey(
                "ES256", TestKeys.pem("PRIVATE KEY", TestKeys.newPair("ES256").getPrivate()));
    }

    private void start(String keys) throws IOException {
        Path file = folder.resolve("sessiongate.yaml");
        Files.writeString(file, """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0" }
                drain: 0s
                realms:
                  default:
                    token:
                      from: [ { header: Authorization } ]
                      keys: [ %s ]
                      audience: app
                    session: { database: "%s", table: sessions }
                upstreams:
                  app: { servers: [ "http://127.0.0.1:%d" ] }
                routes:
                  - { path: /**, access: authenticated, upstream: app }
                """.formatted(keys, POSTGRES.url(database), application.port()));
        LoadResult result = ConfigLoader.load(file, name -> null);
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        running = Gateway.start(((LoadResult.Loaded) result).config());
    }

    private Gateway gateway() {
        return Objects.requireNonNull(running);
    }

    private String token(JwsSigner signer, String issuer) {
        String session = UUID.randomUUID().toString();
        POSTGRES.run(database, "insert into sessions values ('" + session + "')");
        long now = Instant.now().getEpochSecond();
        return signer.sign(
                Map.of("iss", issuer, "aud", "app", "sub", "u1", "sid", session, "iat", now, "exp", now + 3_600));
    }

    private int status(String token) throws IOException, InterruptedException {
        return get(gateway().addresses().get(0), "/", "Authorization", "Bearer " + token)
                .statusCode();
    }

    private String admin(String path) throws IOException, InterruptedException {
        return get(gateway().adminAddress(), path).body();
    }

    private HttpResponse<String> get(InetSocketAddress to, String path, String... fields)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + to.getPort() + path))
                .timeout(Duration.ofSeconds(20));
        return client.send(
                (fields.length > 0 ? request.headers(fields) : request).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static String set(JwsSigner... signers) {
        String[] keys = new String[signers.length];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = Objects.requireNonNull(signers[i].publicJwk());
        }
        return TestJwks.set(keys);
    }

    private void publish(JwsSigner... signers) {
        issuer.serves("/keys", set(signers));
        issuer.serves(
                "/.well-known/openid-configuration",
                "{\"issuer\":\"" + issuer.url("") + "\",\"jwks_uri\":\"" + issuer.url("/keys") + "\"}");
    }

    @Test
    void changesKeysWithoutARestart() throws Exception {
        Path file = folder.resolve("jwks.json");
        Files.writeString(file, set(first));
        start("{ jwks: jwks.json }");
        String old = token(first, "me");
        await().atMost(SOON).until(() -> status(old) == 200);

        Files.writeString(file, "half a file");
        await().atMost(SOON)
                .until(
                        () -> admin("/metrics")
                                .contains(
                                        "sessiongate_keys_refreshes_total{outcome=\"failed\",realm=\"default\",source=\"jwks.json\"} 1"));
        assertThat(status(token(first, "me"))).isEqualTo(200);
        assertThat(admin("/readyz")).contains("\"ready\":true").contains("keys of jwks.json: it is no JSON object");

        Files.writeString(file, set(second));
        await().atMost(SOON).until(() -> status(token(second, "me")) == 200);
        assertThat(status(old)).isEqualTo(401);
        assertThat(admin("/readyz")).contains("\"degraded\":[]");
    }

    @Test
    void acceptsTokensOfADiscoveredIssuerOnly() throws Exception {
        publish(first);
        start("{ discovery: \"" + issuer.url("") + "\" }");

        assertThat(status(token(first, issuer.url("")))).isEqualTo(200);
        assertThat(status(token(first, issuer.url("/")))).isEqualTo(401);
        assertThat(status(token(second, issuer.url("")))).isEqualTo(401);
        assertThat(admin("/metrics")).contains("sessiongate_keys{realm=\"default\",source=\"127.0.0.1:");
    }

    /** ADR 0002: an instance that can let nobody in must not replace one that can. */
    @Test
    void isNotReadyBeforeItHasAKeyAndAnswers503Meanwhile() throws Exception {
        start("{ discovery: \"" + issuer.url("") + "\" }");

        assertThat(status(token(first, issuer.url("")))).isEqualTo(503);
        await().atMost(SOON).until(() -> admin("/readyz").contains("it answered 404"));
        assertThat(admin("/readyz")).contains("\"ready\":false").contains("keys of 127.0.0.1:");

        publish(first);
        await().atMost(SOON).until(() -> admin("/readyz").contains("\"ready\":true"));
        assertThat(status(token(first, issuer.url("")))).isEqualTo(200);
    }

    @Test
    void isReadyWithTheKeysItHasWhileAnIssuerIsAway() throws Exception {
        Files.writeString(folder.resolve("jwks.json"), set(first));
        start("{ discovery: \"" + issuer.url("") + "\" }, { jwks: jwks.json }");

        await().atMost(SOON).until(() -> status(token(first, "me")) == 200);
        await().atMost(SOON)
                .until(() -> admin("/readyz")
                        .contains("\"ready\":true,\"reasons\":[],\"degraded\":[\"realm default: keys of"));
        // That of the issuer that is away: nobody can say.
        assertThat(status(token(first, issuer.url("")))).isEqualTo(503);
    }
}
