package io.sessiongate.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.LoadResult;
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
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A gateway before an application that says what it is told to, with sessions and users in a database of its own. The
 * application answers {@code served}; a path may be given another answer with {@link #answers}.
 */
public final class RunningGateway implements AutoCloseable {

    public static final String ADMIN_SECRET = "0123456789abcdef-of-the-admin";

    private static final String SECRET = "a secret of the application, long enough for HS256";
    private static final TestPostgres POSTGRES = TestPostgres.shared();

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final String database = POSTGRES.newDatabase();
    private final WireMockServer application = new WireMockServer(options().dynamicPort());
    private final Path file;
    private final Gateway gateway;

    /** Starts one; {@code top} and {@code check} are further lines of the file. */
    public RunningGateway(Path folder, String top, String check) {
        POSTGRES.run(
                database,
                "create table users (id text primary key, email text, role text not null, disabled_at timestamp(3))",
                "create table sessions (id uuid primary key, user_id text not null, expires_at timestamp(3) not null)");
        application.start();
        application.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(200).withBody("served")));
        file = folder.resolve("sessiongate.yaml");
        try {
            Files.writeString(
                    file, """
                    listeners: [ { address: "127.0.0.1:0" } ]
                    admin: { address: "127.0.0.1:0", secret: %s }
                    drain: 0s
                    %s
                    realms:
                      default:
                        token:
                          from: [ { header: Authorization }, { cookie: session } ]
                          keys: [ { algorithm: HS256, secret: "%s" } ]
                          claims: { roles: role }
                        session:
                          database: %s
                          table: sessions
                          columns: { id: id, subject: user_id, expires: expires_at, roles: users.role }
                          users: { table: users, disabled: disabled_at }
                          attributes: { email: users.email }
                          check: { %s }
                        identity:
                          attributes: { X-Auth-Email: email }
                    upstreams:
                      app: { servers: [ "http://127.0.0.1:%d" ] }
                    routes:
                      - { path: /api/auth/session, access: public, upstream: app, session-endpoint: cached }
                      - { path: /api/auth/**, access: public, upstream: app }
                      - { path: /api/admin/**, access: { roles: [ admin ] }, upstream: app }
                      - { path: /**, access: authenticated, upstream: app, sign-in: /api/auth/signin }
                    """.formatted(ADMIN_SECRET, top, SECRET, POSTGRES.url(database), check, application.port()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        LoadResult result = ConfigLoader.load(file, name -> null);
        if (!(result instanceof LoadResult.Loaded loaded)) {
            throw new AssertionError(result);
        }
        gateway = Gateway.start(loaded.config());
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

    /** A new user; returns nothing, as the name is the id. */
    public void signUp(String user, String role) {
        sql("insert into users values ('" + user + "', '" + user + "@x.example', '" + role + "')");
    }

    /** A new session of the user; returns its id. */
    public String login(String user) {
        String id = UUID.randomUUID().toString();
        sql("insert into sessions values ('" + id + "', '" + user + "', now() at time zone 'utc' + interval '1 hour')");
        return id;
    }

    /** A token of the session, without roles, as the value of a Cookie field. */
    public String cookie(String user, String session) {
        long now = Instant.now().getEpochSecond();
        return "session="
                + JwsSigner.hmac("HS256", SECRET.getBytes(UTF_8))
                        .sign(Map.of("sub", user, "sid", session, "iat", now, "exp", now + 3_600));
    }

    /** The application answers that path with a header field. */
    public void answers(String path, String field, String... values) {
        application.stubFor(any(urlPathEqualTo(path))
                .willReturn(
                        aResponse().withStatus(200).withHeader(field, values).withBody("served")));
    }

    /** The application answers that path with JSON, in pieces of which nothing says how long they are together. */
    public void answersInChunks(String path, String json) {
        application.stubFor(any(urlPathEqualTo(path))
                .willReturn(aResponse()
                        .withStatus(200)
                        .withHeader("Content-Type", "application/json")
                        .withBody(json)
                        .withChunkedDribbleDelay(3, 30)));
    }

    /** The same, but the answer's body takes that long. */
    public void answersSlowly(String path, Duration time, String field, String... values) {
        application.stubFor(any(urlPathEqualTo(path))
                .willReturn(aResponse()
                        .withStatus(200)
                        .withHeader(field, values)
                        .withBody("served")
                        .withChunkedDribbleDelay(6, (int) time.toMillis())));
    }

    /** What the application was asked for, in order. */
    public List<LoggedRequest> received() {
        return application.findAll(new RequestPatternBuilder(RequestMethod.ANY, anyUrl()));
    }

    public HttpResponse<String> get(String path, String... fields) throws IOException, InterruptedException {
        return send(request(gateway.addresses().get(0), path, fields).build());
    }

    public HttpResponse<String> admin(String path) throws IOException, InterruptedException {
        return send(request(gateway.adminAddress(), path).build());
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

    /** The sum of the samples whose line begins so. */
    public double metric(String line) throws IOException, InterruptedException {
        return admin("/metrics")
                .body()
                .lines()
                .filter(l -> l.startsWith(line))
                .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
                .sum();
    }

    public HttpResponse<String> post(String path, String... fields) throws IOException, InterruptedException {
        return send(request(gateway.addresses().get(0), path, fields)
                .POST(HttpRequest.BodyPublishers.noBody())
                .build());
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
