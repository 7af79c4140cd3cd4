package io.sessiongate.demo;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What the demonstration prints, typed: the dashboard behind the gateway. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoTest {

    private static final String STATS = "/api/dashboard-stats";
    private static final String ADMIN_STATS = "/api/admin/dashboard-stats";

    private final HttpClient client = HttpClient.newHttpClient();
    private Demo demo;
    private URI site;
    private URI metrics;

    @BeforeAll
    void start() throws Exception {
        int adminPort;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            adminPort = socket.getLocalPort();
        }
        // So long that what a test sees of a revocation was pushed.
        Duration interval = Duration.ofMinutes(5);
        demo = new Demo(new DemoSettings(Validation.GATEWAY, 0, adminPort, Duration.ZERO, interval));
        site = URI.create("http://127.0.0.1:" + demo.address().getPort() + "/");
        metrics = URI.create("http://127.0.0.1:" + adminPort + "/metrics");
        await().atMost(20, SECONDS)
                .until(() -> send(HttpRequest.newBuilder(metrics))
                        .body()
                        .contains("sessiongate_revocation_listening{realm=\"default\"} 1"));
    }

    @AfterAll
    void stop() {
        demo.close();
    }

    @Test
    void servesALiveSessionAndRefusesToGoWithout() throws Exception {
        assertThat(status(with(demo.member(), STATS))).isEqualTo(200);
        assertThat(status(request(STATS))).isEqualTo(401);
    }

    @Test
    void keepsMembersOutOfAdminAddresses() throws Exception {
        assertThat(status(with(demo.member(), ADMIN_STATS))).isEqualTo(403);
        assertThat(status(with(demo.administrator(), ADMIN_STATS))).isEqualTo(200);
    }

    @Test
    void doesNotBelieveTheClientsOwnIdentityHeaders() throws Exception {
        var nobody = request(STATS)
                .header("X-Auth-Subject", "ada")
                .header("X-Auth-Session", "any")
                .header("X_Auth_Roles", "admin");
        var grace =
                with(demo.member(), ADMIN_STATS).header("X-Auth-Roles", "admin").header("x_auth_roles", "admin");

        assertThat(status(nobody)).isEqualTo(401);
        assertThat(status(grace)).isEqualTo(403);
    }

    @Test
    void cutsAnOpenStreamAndRefusesOnceTheSessionIsRevoked() throws Exception {
        var victim = demo.logIn(DemoData.USERS.get(2));
        var stream = client.send(with(victim, "/api/events").build(), HttpResponse.BodyHandlers.ofLines());
        assertThat(stream.statusCode()).isEqualTo(200);
        Iterator<String> lines = stream.body().iterator();
        assertThat(lines.next()).startsWith("data: {");
        var end = CompletableFuture.runAsync(() -> lines.forEachRemaining(line -> {}));

        int revoked = status(with(demo.administrator(), "/api/sessions/" + victim.handle() + "/revoke")
                .POST(HttpRequest.BodyPublishers.noBody()));

        assertThat(revoked).isEqualTo(204);
        // Cut, and not ended, so that it does not look complete.
        await().atMost(10, SECONDS).until(end::isCompletedExceptionally);
        assertThat(status(with(victim, STATS))).isEqualTo(401);
        assertThat(send(with(victim, "/session-end")).body()).contains("millisAgo");
    }

    @Test
    void leavesTheStreamsOfOtherSessionsOpen() throws Exception {
        var other = demo.logIn(DemoData.USERS.get(3));
        var victim = demo.logIn(DemoData.USERS.get(3));
        var stream = client.send(with(other, "/api/events").build(), HttpResponse.BodyHandlers.ofLines());
        Iterator<String> lines = stream.body().iterator();
        assertThat(lines.next()).startsWith("data: {");
        assertThat(status(with(victim, STATS))).isEqualTo(200);

        demo.revoke(victim);
        await().atMost(10, SECONDS).until(() -> status(with(victim, STATS)) == 401);

        assertThat(lines.next()).isEmpty();
        assertThat(lines.next()).startsWith("data: {");
    }

    @Test
    void sendsABrowserToSignInAndBack() throws Exception {
        var refused = send(request("/").header("Accept", "text/html").header("Sec-Fetch-Mode", "navigate"));

        String location = refused.headers().firstValue("Location").orElseThrow();
        var page = send(request(location));

        assertThat(location).startsWith("/login?callbackUrl=");
        assertThat(page.body()).contains("name=\"callbackUrl\" value=\"/\"");
        var signedIn = send(request("/login")
                .header("Origin", "http://" + site.getRawAuthority())
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("email=grace%40example.com&password=demo&callbackUrl=%2F")));
        assertThat(signedIn.statusCode()).isEqualTo(303);
        String cookie =
                signedIn.headers().firstValue("Set-Cookie").orElseThrow().split(";", -1)[0];
        assertThat(send(request("/").header("Cookie", cookie)).body()).contains("Session queries");
    }

    @Test
    void savesSessionQueriesAndShowsHowMany() throws Exception {
        for (int i = 0; i < 50; i++) {
            assertThat(status(with(demo.administrator(), STATS))).isEqualTo(200);
        }

        await().atMost(10, SECONDS).untilAsserted(() -> {
            var shown = Json.read(send(with(demo.administrator(), "/api/gateway-stats"))
                    .body()
                    .getBytes(java.nio.charset.StandardCharsets.UTF_8));
            assertThat(shown.path("made").asLong(0)).isPositive();
            assertThat(shown.path("saved").asLong(0)).isGreaterThan(30);
        });
    }

    @Test
    void tellsWhatToType() {
        assertThat(demo.guide()).contains("Open this address:", "sessiongate.yaml", "revoke", "/metrics", "Ctrl-C");
        assertThat(demo.guide()).contains("curl -N", "/api/events");
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(site.resolve(path)).timeout(Duration.ofSeconds(20));
    }

    private HttpRequest.Builder with(DemoData.Login login, String path) {
        return request(path).header("Authorization", "Bearer " + login.token());
    }

    private int status(HttpRequest.Builder request) throws Exception {
        return send(request).statusCode();
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
