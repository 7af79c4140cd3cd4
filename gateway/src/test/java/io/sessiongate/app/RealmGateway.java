package io.sessiongate.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.session.RevocationSql;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.JwsSigner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A gateway with a realm of the test's own before an application that answers {@code served}. The database is the test's; it
 * makes the tables before it starts a gateway.
 */
public final class RealmGateway implements AutoCloseable {

    public static final String ADMIN_SECRET = "0123456789abcdef-of-the-admin";
    public static final String SECRET = "a secret of the application, long enough for HS256";

    /** For a realm of JWTs in the cookie {@code session}. */
    public static final String JWT =
            "from: [ { cookie: session } ]\n      keys: [ { algorithm: HS256, secret: \"" + SECRET + "\" } ]";

    private static final TestPostgres POSTGRES = TestPostgres.shared();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final WireMockServer application = new WireMockServer(options().dynamicPort());
    private final String database;
    private final Path file;
    private final GatewayConfig config;
    private final Gateway gateway;

    /**
     * Starts one.
     *
     * @param token and {@code session}: what stands under these keys, lines after the first indented by six blanks
     */
    public RealmGateway(Path folder, String database, String top, String token, String session, String identity) {
        this.database = database;
        application.start();
        answers("/**", aResponse());
        file = folder.resolve("sessiongate.yaml");
        String yaml =
                """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0", secret: %s }
                drain: 0s
                log: { access: false }
                %s
                realms:
                  default:
                    token:
                      %s
                    session:
                      database: %s
                      %s
                    identity: { %s }
                upstreams:
                  app: { servers: [ "http://127.0.0.1:%d" ] }
                routes:
                  - { path: /api/auth/session, access: public, upstream: app, session-endpoint: cached }
                  - { path: /api/auth/**, access: public, upstream: app }
                  - { path: /api/admin/**, access: { roles: [ admin ] }, upstream: app }
                  - { path: /**, access: authenticated, upstream: app }
                """.formatted(ADMIN_SECRET, top, token, POSTGRES.url(database), session, identity, application.port());
        try {
            Files.writeString(file, yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        LoadResult result = ConfigLoader.load(file, name -> null);
        if (!(result instanceof LoadResult.Loaded loaded)) {
            throw new AssertionError(result);
        }
        config = loaded.config();
        gateway = Gateway.start(config);
    }

    /** An empty database with these tables; its name. */
    public static String newDatabase(String... statements) {
        String name = POSTGRES.newDatabase();
        POSTGRES.run(name, statements);
        return name;
    }

    public Path file() {
        return file;
    }

    public InetSocketAddress address() {
        return gateway.addresses().get(0);
    }

    public InetSocketAddress adminAddress() {
        return gateway.adminAddress();
    }

    public void sql(String... statements) {
        POSTGRES.run(database, statements);
    }

    public List<String> ask(String query) {
        return POSTGRES.ask(database, query);
    }

    /** The triggers, and waits until the gateway listens. */
    public void installRevocations() {
        RealmConfig realm = Objects.requireNonNull(config.realms().get("default"));
        String channel = Objects.requireNonNull(realm.session().revocations().channel());
        sql(RevocationSql.of("default", realm.session().lookup(), null, channel).install());
        await().until(() -> metric("sessiongate_revocation_listening") > 0);
    }

    /** A JWT with these claims, good for an hour, as the value of a Cookie field. */
    public static String cookie(Map<String, Object> claims) {
        long now = Instant.now().getEpochSecond();
        Map<String, Object> all = new HashMap<>(Map.of("iat", now - 1, "exp", now + 3_600));
        all.putAll(claims);
        return "session=" + JwsSigner.hmac("HS256", SECRET.getBytes(UTF_8)).sign(all);
    }

    /** What the application answers at a path; {@code /**} is everywhere else. */
    public void answers(String path, ResponseDefinitionBuilder answer) {
        application.stubFor(
                any(path.equals("/**") ? anyUrl() : urlPathEqualTo(path)).willReturn(answer.withBody("served")));
    }

    /** What the application was asked for, in order. */
    public List<LoggedRequest> received() {
        return application.findAll(new RequestPatternBuilder(RequestMethod.ANY, anyUrl()));
    }

    public LoggedRequest lastReceived() {
        List<LoggedRequest> all = received();
        return all.get(all.size() - 1);
    }

    public HttpResponse<String> get(String path, String... fields) throws IOException, InterruptedException {
        return send(request(address(), path, fields).build());
    }

    public int status(String cookie) throws IOException, InterruptedException {
        return get("/stats", "Cookie", cookie).statusCode();
    }

    public HttpResponse<String> revoke(String body) throws IOException, InterruptedException {
        return send(request(
                        gateway.adminAddress(),
                        "/revocations",
                        "Authorization",
                        "Bearer " + ADMIN_SECRET,
                        "Content-Type",
                        "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build());
    }

    public String metrics() throws IOException, InterruptedException {
        return send(request(gateway.adminAddress(), "/metrics").build()).body();
    }

    /** The sum of the samples whose line begins so. */
    public double metric(String line) throws IOException, InterruptedException {
        return metrics()
                .lines()
                .filter(l -> l.startsWith(line))
                .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static HttpRequest.Builder request(InetSocketAddress to, String path, String... fields) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + to.getPort() + path))
                .timeout(Duration.ofSeconds(20));
        return fields.length > 0 ? request.headers(fields) : request;
    }

    private HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
        return client.send(request, HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
        gateway.stop();
        application.stop();
    }
}
