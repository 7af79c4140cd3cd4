package io.sessiongate.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.LoadResult;
import io.sessiongate.testing.IndependentJwt;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.JwsSigner;
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
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The product as its users meet it: a file, a PostgreSQL, an application, and requests over sockets. */
@ExtendWith(LeakWatch.class)
class GatewayTest {

    private static final String SECRET = "a secret of the application, long enough for HS256";
    private static final TestPostgres POSTGRES = TestPostgres.shared();

    @TempDir
    private Path folder;

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String database = POSTGRES.newDatabase();
    private final WireMockServer application = new WireMockServer(options().dynamicPort());
    private Gateway gateway;

    @BeforeEach
    void start() throws IOException {
        POSTGRES.run(
                database,
                "create table sessions (id uuid primary key, user_id text not null, expires_at timestamp(3) not null,"
                        + " revoked_at timestamp(3))");
        application.start();
        application.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(200).withBody("served")));
        gateway = Gateway.start(load("60s", POSTGRES.url(database) + "?connection_limit=2"));
    }

    @AfterEach
    void stop() {
        gateway.stop();
        application.stop();
    }

    private io.sessiongate.config.GatewayConfig load(String revalidateAfter, String url) throws IOException {
        Path file = folder.resolve("sessiongate.yaml");
        Files.writeString(file, """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0" }
                drain: 0s
                realms:
                  default:
                    token:
                      from: [ { header: Authorization }, { cookie: session } ]
                      keys: [ { algorithm: HS256, secret: "${JWT_SECRET}" } ]
                      claims: { subject: sub, session: sid, roles: role }
                    session:
                      database: ${DATABASE_URL}
                      table: sessions
                      columns: { id: id, subject: user_id, expires: expires_at, revoked: revoked_at }
                      check: { revalidate-after: %s, refresh-ahead: 0s, revalidate-expiring-after: 0s }
                    identity:
                      assertion: { header: X-Auth-Assertion, key: assertion.pem }
                upstreams:
                  app: { servers: [ "http://127.0.0.1:%d" ] }
                routes:
                  - { path: /login, access: public, upstream: app }
                  - { path: /public/**, access: public, upstream: app }
                  - { path: /api/admin/**, access: { roles: [ admin ] }, upstream: app }
                  - { path: /**, access: authenticated, upstream: app, sign-in: /login }
                """.formatted(revalidateAfter, application.port()));
        Files.writeString(folder.resolve("assertion.pem"), IndependentJwt.newEcPrivateKeyPem());
        Map<String, String> environment = Map.of("JWT_SECRET", SECRET, "DATABASE_URL", url);
        LoadResult result = ConfigLoader.load(file, environment::get);
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        return ((LoadResult.Loaded) result).config();
    }

    private String login(String subject) {
        String id = UUID.randomUUID().toString();
        POSTGRES.run(
                database,
                "insert into sessions values ('" + id + "', '" + subject
                        + "', now() at time zone 'utc' + interval '1 hour')");
        return id;
    }

    private static String token(String subject, String sessionId, String role) {
        long now = Instant.now().getEpochSecond();
        return JwsSigner.hmac("HS256", SECRET.getBytes(UTF_8))
                .sign(Map.of("sub", subject, "sid", sessionId, "role", role, "iat", now, "exp", now + 3_600));
    }

    private HttpResponse<String> get(String path, String... fields) throws IOException, InterruptedException {
        return get(gateway.addresses().get(0), path, fields);
    }

    private HttpResponse<String> get(InetSocketAddress to, String path, String... fields)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + to.getPort() + path))
                .timeout(Duration.ofSeconds(20));
        if (fields.length > 0) {
            request.headers(fields);
        }
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    private LoggedRequest received() {
        List<LoggedRequest> all = application.findAll(
                new RequestPatternBuilder(RequestMethod.ANY, com.github.tomakehurst.wiremock.client.WireMock.anyUrl()));
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    private double metric(String line) throws IOException, InterruptedException {
        return get(gateway.adminAddress(), "/metrics")
                .body()
                .lines()
                .filter(l -> l.startsWith(line))
                .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void servesALiveSessionWithItsIdentity() throws Exception {
        String session = login("ada");
        HttpResponse<String> answer = get(
                "/stats",
                "Authorization",
                "Bearer " + token("ada", session, "user"),
                "X-Auth-Subject",
                "eve",
                "x_auth_roles",
                "admin");
        assertThat(answer.statusCode()).isEqualTo(200);
        LoggedRequest request = received();
        assertThat(request.getHeader("X-Auth-Subject")).isEqualTo("ada");
        assertThat(request.getHeader("X-Auth-Session")).isEqualTo(session);
        assertThat(request.getHeader("X-Auth-Roles")).isEqualTo("user");
        assertThat(request.getHeaders().keys()).doesNotContain("x_auth_roles");
    }

    @Test
    void signsAnAssertionThatItsPublishedKeyVerifies() throws Exception {
        get("/stats", "Cookie", "session=" + token("ada", login("ada"), "user"));
        String jwks = get(gateway.adminAddress(), "/.well-known/jwks.json").body();
        Map<String, Object> claims = IndependentJwt.verifiedBySet(received().getHeader("X-Auth-Assertion"), jwks);
        assertThat(claims).containsEntry("sub", "ada").containsKeys("sth", "exp", "aud");
    }

    @Test
    void asksTheDatabaseOnceForManyRequests() throws Exception {
        String token = token("ada", login("ada"), "user");
        for (int i = 0; i < 50; i++) {
            assertThat(get("/stats", "Authorization", "Bearer " + token).statusCode())
                    .isEqualTo(200);
        }
        assertThat(metric("sessiongate_session_queries_total")).isEqualTo(1);
        assertThat(metric("sessiongate_session_queries_saved")).isEqualTo(49);
    }

    @Test
    void refusesWhoHasNoToken() throws Exception {
        HttpResponse<String> answer = get("/stats");
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.headers().firstValue("WWW-Authenticate")).hasValue("Bearer realm=\"default\"");
    }

    @Test
    void refusesASessionThatWasRevokedOnceTheIntervalIsOver() throws Exception {
        gateway.stop();
        gateway = Gateway.start(load("1s", POSTGRES.url(database)));
        String session = login("ada");
        String token = token("ada", session, "user");
        assertThat(get("/stats", "Authorization", "Bearer " + token).statusCode())
                .isEqualTo(200);
        POSTGRES.run(database, "update sessions set revoked_at = now() where id = '" + session + "'");
        await().atMost(Duration.ofSeconds(5))
                .until(() -> get("/stats", "Authorization", "Bearer " + token).statusCode() == 401);
    }

    @Test
    void refusesWhoLacksTheRole() throws Exception {
        String session = login("ada");
        assertThat(get("/api/admin/users", "Authorization", "Bearer " + token("ada", session, "user"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(get("/api/admin/users", "Authorization", "Bearer " + token("ada", session, "admin"))
                        .statusCode())
                .isEqualTo(200);
    }

    @Test
    void leavesPublicPathsOpenAndStripsIdentityThere() throws Exception {
        assertThat(get("/public/x", "X-Auth-Subject", "admin").statusCode()).isEqualTo(200);
        assertThat(received().getHeader("X-Auth-Subject")).isNull();
    }

    @Test
    void answersUnavailableWhileTheDatabaseIsAwayAndServesOnceItIsBack() throws Exception {
        gateway.stop();
        try (TestPostgres own = TestPostgres.start(Map.of())) {
            String url = own.url("postgres") + "?connection_limit=2&pool_timeout=2";
            own.run(
                    "postgres",
                    "create table sessions (id uuid primary key, user_id text, expires_at timestamp(3), revoked_at"
                            + " timestamp(3))",
                    "insert into sessions values ('00000000-0000-0000-0000-000000000001', 'ada', null, null)");
            own.stop();
            gateway = Gateway.start(load("60s", url));
            String token = token("ada", "00000000-0000-0000-0000-000000000001", "user");
            HttpResponse<String> away = get("/stats", "Authorization", "Bearer " + token);
            assertThat(away.statusCode()).isEqualTo(503);
            assertThat(away.headers().firstValue("Retry-After")).isPresent();
            assertThat(get(gateway.adminAddress(), "/readyz").statusCode()).isEqualTo(503);
            own.startAgain();
            await().atMost(Duration.ofSeconds(10))
                    .until(() ->
                            get("/stats", "Authorization", "Bearer " + token).statusCode() == 200);
            assertThat(get(gateway.adminAddress(), "/readyz").statusCode()).isEqualTo(200);
            own.stop();
            assertThat(get("/stats", "Authorization", "Bearer " + token).statusCode())
                    .isEqualTo(200);
            HttpResponse<String> degraded = get(gateway.adminAddress(), "/readyz");
            assertThat(degraded.statusCode()).isEqualTo(200);
        }
    }

    @Test
    void tellsOfItselfOnTheAdminPort() throws Exception {
        get("/public/x");
        assertThat(get(gateway.adminAddress(), "/livez").body()).isEqualTo("alive\n");
        String metrics = get(gateway.adminAddress(), "/metrics").body();
        assertThat(metrics)
                .contains("sessiongate_requests_total{outcome=\"2xx\",route=\"/public/**\"} 1.0")
                .contains("sessiongate_session_queries_saved{realm=\"default\"} ")
                .contains("jvm_memory_used_bytes")
                .contains("netty_allocator");
        assertThat(get(gateway.adminAddress(), "/nothing").statusCode()).isEqualTo(404);
    }

    @Test
    void countsARefusalByItsReason() throws Exception {
        get("/stats");
        // It is counted when its last byte has left, which may be after it was read here.
        await().atMost(Duration.ofSeconds(5))
                .untilAsserted(
                        () -> assertThat(metric("sessiongate_requests_total{outcome=\"token-missing\",route=\"/**\"}"))
                                .isEqualTo(1));
    }

    @Test
    void doesNotStartOnATakenAddress() {
        var taken = gateway.addresses().get(0);
        assertThat(org.assertj.core.api.Assertions.catchThrowable(() -> {
                    Files.writeString(
                            folder.resolve("sessiongate.yaml"),
                            Files.readString(folder.resolve("sessiongate.yaml"))
                                    .replace(
                                            "listeners: [ { address: \"127.0.0.1:0\" } ]",
                                            "listeners: [ { address: \"127.0.0.1:" + taken.getPort() + "\" } ]"));
                    LoadResult result = ConfigLoader.load(
                            folder.resolve("sessiongate.yaml"),
                            Map.of("JWT_SECRET", SECRET, "DATABASE_URL", POSTGRES.url(database))::get);
                    Gateway.start(((LoadResult.Loaded) result).config());
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("cannot listen on 127.0.0.1:" + taken.getPort());
    }
}
