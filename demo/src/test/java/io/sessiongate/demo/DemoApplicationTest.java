package io.sessiongate.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoApplicationTest {

    private static final Duration HOUR = Duration.ofHours(1);
    private static final DemoData.User ADA = DemoData.USERS.get(0);
    private static final DemoData.User GRACE = DemoData.USERS.get(1);

    private final HttpClient client = HttpClient.newHttpClient();
    private final ArrayList<DemoApplication> running = new ArrayList<>();
    private final SessionTokens tokens =
            new SessionTokens(SessionTokens.randomSecret().getBytes(StandardCharsets.UTF_8), InstantSource.system());
    private EmbeddedDatabase database;
    private DemoData data;

    @BeforeAll
    void startDatabase() throws Exception {
        database = EmbeddedDatabase.start();
        data = new DemoData(database, tokens);
        data.install();
    }

    @AfterAll
    void stopDatabase() {
        database.close();
    }

    @AfterEach
    void stopApplications() {
        running.forEach(DemoApplication::close);
        running.clear();
    }

    @Test
    void signsInWithACookieThatOpensTheDashboard() throws Exception {
        URI site = start(Validation.ITSELF);

        var answer = send(post(site.resolve("/login"), "email=ada%40example.com&password=demo&callbackUrl=%2Fx"));

        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("Location")).contains("/x");
        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertThat(cookie).contains("HttpOnly", "SameSite=Lax", "Path=/");
        var page = send(get(site).header("Cookie", "theme=dark; " + cookie.split(";", -1)[0]));
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("Content-Security-Policy"))
                .hasValueSatisfying(policy -> assertThat(policy).contains("default-src 'none'", "script-src 'self'"));
        assertThat(page.body()).contains("Session queries").doesNotContain("<script>", "style=", "onclick");
    }

    @Test
    void refusesAWrongPassword() throws Exception {
        URI site = start(Validation.ITSELF);

        var answer = send(post(site.resolve("/login"), "email=ada%40example.com&password=Demo"));

        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.headers().firstValue("Set-Cookie")).isEmpty();
    }

    @Test
    void neverReturnsToAnotherSiteAndEscapesTheAddress() throws Exception {
        URI site = start(Validation.ITSELF);

        assertThat(send(get(site.resolve("/login?callbackUrl=%2F%2Fevil.example")))
                        .body())
                .doesNotContain("evil");
        assertThat(send(get(site.resolve("/login?callbackUrl=%2F%22%3E%3Cscript%3E")))
                        .body())
                .contains("/&quot;&gt;&lt;script&gt;");
    }

    @Test
    void refusesAFormOfAnotherSite() throws Exception {
        URI site = start(Validation.ITSELF);
        String form = "email=ada%40example.com&password=demo";

        var foreign = send(post(site.resolve("/login"), form).header("Origin", "http://evil.example"));
        var own = send(post(site.resolve("/login"), form).header("Origin", "http://" + site.getRawAuthority()));

        assertThat(foreign.statusCode()).isEqualTo(403);
        assertThat(own.statusCode()).isEqualTo(303);
    }

    @Test
    void validatesEachRequestWithAQueryOfItsOwn() throws Exception {
        URI site = start(Validation.ITSELF);
        var login = data.logIn(GRACE, "test", HOUR);
        database.resetStatements();

        for (int i = 0; i < 5; i++) {
            assertThat(status(site, "/api/dashboard-stats", login)).isEqualTo(200);
        }

        assertThat(database.statements(DatabaseRole.APPLICATION, "%/* session */%"))
                .isEqualTo(5);
        assertThat(running.get(0).sessionQueries()).isEqualTo(5);
    }

    @Test
    void refusesARevokedSessionAtOnceWhenItValidatesItself() throws Exception {
        URI site = start(Validation.ITSELF);
        var ada = data.logIn(ADA, "test", HOUR);
        var grace = data.logIn(GRACE, "test", HOUR);

        var revoked = send(post(site.resolve("/api/sessions/" + grace.handle() + "/revoke"), "")
                .header("Authorization", "Bearer " + ada.token()));

        assertThat(revoked.statusCode()).isEqualTo(204);
        assertThat(status(site, "/api/dashboard-stats", grace)).isEqualTo(401);
        assertThat(status(site, "/api/dashboard-stats", ada)).isEqualTo(200);
    }

    @Test
    void letsNobodyButAdministratorsRevokeTheSessionsOfOthers() throws Exception {
        URI site = start(Validation.ITSELF);
        var ada = data.logIn(ADA, "test", HOUR);
        var grace = data.logIn(GRACE, "test", HOUR);

        var answer = send(post(site.resolve("/api/sessions/" + ada.handle() + "/revoke"), "")
                .header("Authorization", "Bearer " + grace.token()));

        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(status(site, "/api/dashboard-stats", ada)).isEqualTo(200);
    }

    @Test
    void keepsMembersOutOfAdminAddresses() throws Exception {
        URI site = start(Validation.ITSELF);

        assertThat(status(site, "/api/admin/dashboard-stats", data.logIn(GRACE, "test", HOUR)))
                .isEqualTo(403);
        assertThat(status(site, "/api/admin/dashboard-stats", data.logIn(ADA, "test", HOUR)))
                .isEqualTo(200);
    }

    @Test
    void ignoresIdentityHeadersWhenItValidatesItself() throws Exception {
        URI site = start(Validation.ITSELF);

        var answer = send(get(site.resolve("/api/dashboard-stats"))
                .header("X-Auth-Subject", "ada")
                .header("X-Auth-Session", "any")
                .header("X-Auth-Roles", "admin"));

        assertThat(answer.statusCode()).isEqualTo(401);
    }

    @Test
    void refusesATokenThatIsForgedExpiredOrSomeoneElses() throws Exception {
        URI site = start(Validation.ITSELF);
        var login = data.logIn(GRACE, "test", HOUR);
        var forger = new SessionTokens(
                SessionTokens.randomSecret().getBytes(StandardCharsets.UTF_8), InstantSource.system());

        assertThat(status(site, forger.mint("grace", login.sessionId(), "admin", HOUR)))
                .isEqualTo(401);
        assertThat(status(site, tokens.mint("grace", login.sessionId(), "member", Duration.ofSeconds(-1))))
                .isEqualTo(401);
        assertThat(status(site, tokens.mint("ada", login.sessionId(), "admin", HOUR)))
                .isEqualTo(401);
        assertThat(status(site, login.token() + "A")).isEqualTo(401);
        assertThat(status(site, login.token())).isEqualTo(200);
    }

    @Test
    void believesTheGatewayAndMakesNoSessionQuery() throws Exception {
        URI site = start(Validation.GATEWAY);
        database.resetStatements();

        var grace = send(asTheGateway(get(site.resolve("/api/admin/dashboard-stats")), "grace", "member"));
        var ada = send(asTheGateway(get(site.resolve("/api/admin/dashboard-stats")), "ada", "admin"));

        assertThat(grace.statusCode()).isEqualTo(403);
        assertThat(ada.statusCode()).isEqualTo(200);
        assertThat(database.statements(DatabaseRole.APPLICATION, "%/* session */%"))
                .isZero();
    }

    @Test
    void servesNobodyWhoCameAroundTheGateway() throws Exception {
        URI site = start(Validation.GATEWAY);

        assertThat(status(site, "/api/dashboard-stats", data.logIn(ADA, "test", HOUR)))
                .isEqualTo(401);
    }

    @Test
    void signsOutEvenOfAnEndedSession() throws Exception {
        URI site = start(Validation.GATEWAY);
        var login = data.logIn(GRACE, "test", HOUR);
        data.revoke(login);

        var answer = send(post(site.resolve("/logout"), "").header("Cookie", "session=" + login.token()));

        assertThat(answer.statusCode()).isEqualTo(303);
        assertThat(answer.headers().firstValue("Set-Cookie"))
                .hasValueSatisfying(cookie -> assertThat(cookie).contains("Max-Age=0"));
    }

    @Test
    void tellsALoginHowLongAgoItWasRevoked() throws Exception {
        URI site = start(Validation.GATEWAY);
        var login = data.logIn(GRACE, "test", HOUR);
        var question = get(site.resolve("/session-end")).header("Authorization", "Bearer " + login.token());
        assertThat(send(question).body()).isEqualTo("{\"millisAgo\":null}");

        data.revoke(login);
        var answer = send(question);
        var strangers = send(get(site.resolve("/session-end")).header("Authorization", "Bearer x" + login.token()));

        assertThat(answer.statusCode()).isEqualTo(200);
        double millis = Json.read(answer.body().getBytes(StandardCharsets.UTF_8))
                .path("millisAgo")
                .asDouble(-1);
        assertThat(millis).isBetween(-0.5, 60_000.0); // the column holds whole milliseconds
        assertThat(strangers.statusCode()).isEqualTo(401);
    }

    @Test
    void signsInASecondSessionOfTheSameUser() throws Exception {
        URI site = start(Validation.ITSELF);
        var login = data.logIn(GRACE, "test", HOUR);

        var answer = send(post(site.resolve("/api/sessions"), "").header("Authorization", "Bearer " + login.token()));
        String token = Json.read(answer.body().getBytes(StandardCharsets.UTF_8))
                .path("token")
                .asString("");
        data.revoke(login);

        assertThat(answer.statusCode()).isEqualTo(201);
        assertThat(status(site, token)).isEqualTo(200);
        assertThat(status(site, login.token())).isEqualTo(401);
        assertThat(send(get(site.resolve("/api/admin/dashboard-stats")).header("Authorization", "Bearer " + token))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void answersAsPrismaDoesWhenItsPoolRunsDry() throws Exception {
        URI site = start(DemoOptions.of(Validation.ITSELF, database.url(DatabaseRole.APPLICATION), tokens)
                .withPool(1, Duration.ofMillis(250))
                .withSessionQueryDelay(Duration.ofMillis(600)));
        var login = data.logIn(GRACE, "test", HOUR);
        var request = get(site.resolve("/api/me"))
                .header("Authorization", "Bearer " + login.token())
                .build();

        var first = client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
        var second = client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
        CompletableFuture.allOf(first, second).join();

        assertThat(java.util.List.of(first.join(), second.join()))
                .anySatisfy(answer -> {
                    assertThat(answer.statusCode()).isEqualTo(500);
                    assertThat(answer.body()).contains("P2024", "Timed out fetching a new connection");
                })
                .anySatisfy(answer -> assertThat(answer.statusCode()).isEqualTo(200));
    }

    @Test
    void listsSessionsAndStreamsStatistics() throws Exception {
        URI site = start(Validation.GATEWAY);

        var sessions = send(asTheGateway(get(site.resolve("/api/sessions")), "ada", "admin"));
        var stream = client.send(
                asTheGateway(get(site.resolve("/api/events")), "ada", "admin").build(),
                HttpResponse.BodyHandlers.ofLines());

        assertThat(sessions.body()).startsWith("[").doesNotContain("sessionId");
        try (var lines = stream.body()) {
            assertThat(lines.findFirst())
                    .hasValueSatisfying(
                            line -> assertThat(line).startsWith("data: {").contains("\"sessionQueries\""));
        }
    }

    @Test
    void makesManyLoginsThatWork() throws Exception {
        URI site = start(Validation.ITSELF);

        var logins = data.logInMany(2_000, "member", HOUR);

        assertThat(logins).hasSize(2_000);
        assertThat(status(site, "/api/dashboard-stats", logins.get(1_999))).isEqualTo(200);
    }

    private URI start(Validation validation) throws Exception {
        return start(DemoOptions.of(validation, database.url(DatabaseRole.APPLICATION), tokens));
    }

    private URI start(DemoOptions options) throws Exception {
        var application = new DemoApplication(options);
        running.add(application);
        return URI.create("http://127.0.0.1:" + application.address().getPort() + "/");
    }

    private int status(URI site, String path, DemoData.Login login) throws Exception {
        return send(get(site.resolve(path)).header("Authorization", "Bearer " + login.token()))
                .statusCode();
    }

    private int status(URI site, String token) throws Exception {
        return send(get(site.resolve("/api/me")).header("Authorization", "Bearer " + token))
                .statusCode();
    }

    private static HttpRequest.Builder get(URI address) {
        return HttpRequest.newBuilder(address).timeout(Duration.ofSeconds(30));
    }

    private static HttpRequest.Builder post(URI address, String form) {
        return get(address)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form));
    }

    private static HttpRequest.Builder asTheGateway(HttpRequest.Builder request, String subject, String roles) {
        return request.header("X-Auth-Subject", subject)
                .header("X-Auth-Session", "session-of-" + subject)
                .header("X-Auth-Roles", roles);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
