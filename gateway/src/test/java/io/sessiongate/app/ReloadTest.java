package io.sessiongate.app;

import static io.sessiongate.app.ReloadableGateway.KEY;
import static io.sessiongate.app.ReloadableGateway.OTHER_KEY;
import static io.sessiongate.app.ReloadableGateway.get;
import static io.sessiongate.app.ReloadableGateway.token;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestCertificates;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The configuration of a running gateway is another one from one request to the next. */
@ExtendWith(LeakWatch.class)
class ReloadTest {

    @TempDir
    private Path folder;

    /** Says {@code mixed} to what was not decided by the generation that knows it as {@code one}. */
    private final RawUpstream one = RawUpstream.answering(head -> ok(said(head, "x-one", "x-two") ? "one" : "mixed"));

    private final RawUpstream two = RawUpstream.answering(head -> ok(said(head, "x-two", "x-one") ? "two" : "mixed"));
    private final CountDownLatch slow = new CountDownLatch(1);
    private final RawUpstream old = RawUpstream.answering(head -> {
        awaited(slow);
        return ok("old");
    });

    private final RawUpstream events = new RawUpstream((peer, number) -> {
        peer.message();
        peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
        peer.ended();
    });

    @SuppressWarnings("NullAway.Init") // every test starts one
    private ReloadableGateway gate;

    @AfterEach
    void close() {
        slow.countDown();
        gate.close();
        one.close();
        two.close();
        old.close();
        events.close();
    }

    private static boolean said(RawPeer.Message request, String ours, String others) {
        return request.field(ours).equals("alice") && request.field(others).isEmpty();
    }

    @Test
    void losesNoRequestAndMixesNothingUnderLoad() throws InterruptedException {
        String first = config("").replace("subject: X-Subject", "subject: X-One");
        String second = config("")
                .replace("subject: X-Subject", "subject: X-Two")
                .replace("upstream: one", "upstream: two")
                .replace(
                        "keys: [ { algorithm: HS256, secret: \"" + KEY,
                        "keys: [ { algorithm: HS256, secret: \"" + OTHER_KEY + "\" }, { algorithm: HS256, secret: \""
                                + KEY)
                .replace("table: sessions", "table: logins");
        start(first);
        Map<String, AtomicInteger> answers = new ConcurrentHashMap<>();
        AtomicBoolean over = new AtomicBoolean();
        List<Thread> clients = new ArrayList<>();
        for (int i = 1; i <= 4; i++) {
            String request = get("/x", token(KEY, "s" + i));
            Thread client = new Thread(() -> {
                try (RawPeer peer = gate.connect()) {
                    while (!over.get()) {
                        RawPeer.Message answer = peer.send(request).message();
                        String what = answer.status() == 200 ? answer.body() : "" + answer.status();
                        answers.computeIfAbsent(what, key -> new AtomicInteger())
                                .incrementAndGet();
                    }
                } catch (RuntimeException e) {
                    answers.computeIfAbsent(e.toString(), key -> new AtomicInteger())
                            .incrementAndGet();
                }
            });
            clients.add(client);
            client.start();
        }
        for (int i = 0; i < 20; i++) {
            String expected = i % 2 == 0 ? "two" : "one";
            AtomicInteger seen = answers.computeIfAbsent(expected, key -> new AtomicInteger());
            HttpResponse<String> answer = gate.reload(i % 2 == 0 ? second : first);
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            int before = seen.get();
            await().until(() -> seen.get() > before + 8 || answers.size() > 2);
        }
        over.set(true);
        for (Thread client : clients) {
            client.join();
        }
        assertThat(answers).containsOnlyKeys("one", "two");
    }

    @Test
    void refusesAtOnceWhatARemovedKeySigned() {
        start(config(""));
        String before = token(KEY, "s1");
        try (RawPeer peer = gate.connect()) {
            assertThat(peer.send(get("/x", before)).message().status()).isEqualTo(200);
            assertThat(peer.send(get("/x", before)).message().status()).isEqualTo(200);
            HttpResponse<String> answer = gate.reload(config("").replace(KEY, OTHER_KEY));
            assertThat(answer.body())
                    .contains("realms.default.token.keys[0].secret: changed")
                    .doesNotContain(OTHER_KEY)
                    .doesNotContain(KEY);
            assertThat(peer.send(get("/x", before)).message().status()).isEqualTo(401);
            assertThat(peer.send(get("/x", token(OTHER_KEY, "s1"))).message().status())
                    .isEqualTo(200);
        }
    }

    @Test
    void keepsOutWhoWasRevokedThoughAnotherTableIsAsked() {
        start(config(""));
        String revoked = token(KEY, "s1");
        String live = token(KEY, "s2");
        assertThat(gate.status("/x", revoked)).isEqualTo(200);
        assertThat(gate.revoke("{\"sessions\":[\"s1\"]}").statusCode()).isEqualTo(200);
        assertThat(gate.status("/x", revoked)).isEqualTo(401);
        gate.reload(config("").replace("table: sessions", "table: logins"));
        assertThat(gate.status("/x", revoked)).isEqualTo(401);
        assertThat(gate.status("/x", live)).isEqualTo(200);
        gate.revoke("{\"sessions\":[\"s2\"]}");
        assertThat(gate.status("/x", live)).isEqualTo(401);
    }

    @Test
    void asksNothingAgainWhereOnlyRoutesAreOthers() {
        start(config(""));
        String token = token(KEY, "s1");
        assertThat(gate.status("/x", token)).isEqualTo(200);
        double queries = gate.metric("sessiongate_session_queries_total");
        gate.reload(config("  - { path: /new, access: authenticated, upstream: two }\n"));
        assertThat(gate.status("/new", token)).isEqualTo(200);
        assertThat(gate.metric("sessiongate_session_queries_total")).isEqualTo(queries);
        assertThat(gate.metric("sessiongate_token_cache_requests_total{realm=\"default\",result=\"miss\""))
                .isEqualTo(1);
    }

    @Test
    void holdsAnotherCheckPolicy() {
        start(config(""));
        String token = token(KEY, "s1");
        assertThat(gate.status("/x", token)).isEqualTo(200);
        gate.sql("update sessions set revoked = true where id = 's1'");
        assertThat(gate.status("/x", token)).isEqualTo(200);
        gate.reload(config("")
                .replace("revalidate-after: 60s", "revalidate-after: 100ms, revalidate-expiring-after: 100ms"));
        await().atMost(Duration.ofSeconds(5)).until(() -> gate.status("/x", token) == 401);
    }

    @Test
    void changesNothingWhereTheFileIsBroken() {
        start(config(""));
        HttpResponse<String> answer = gate.reload(
                config("").replace("access: authenticated", "access: everybody").replace("drain: 100ms", "drain: 2"));
        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(answer.body())
                .contains("configuration-invalid")
                .contains("sessiongate.yaml:3:8 drain: ")
                .contains(" routes[0].access: ");
        assertThat(gate.status("/x", token(KEY, "s1"))).isEqualTo(200);
        assertThat(gate.metric("sessiongate_reloads_total{result=\"invalid\"")).isEqualTo(1);
        assertThat(gate.metric("sessiongate_reload_failed")).isEqualTo(1);
        assertThat(gate.reload(config("")).body()).contains("\"unchanged\"");
        assertThat(gate.metric("sessiongate_reload_failed")).isZero();
    }

    @Test
    void tellsWhatOnlyAStartBringsAboutAndDoesTheRest() {
        start(config(""));
        String later = config("")
                .replace("drain: 100ms", "drain: 3s\nevent-loops: 3")
                .replace("listeners: [ {", "listeners: [ { address: \"127.0.0.1:0\" }, {");
        for (String changes : List.of("drain: 100ms -> 3s", "\"unchanged\"")) {
            assertThat(gate.reload(later).body())
                    .contains(changes)
                    .contains("\"needs_restart\":[\"listeners[1]: added\",\"event-loops: default -> 3\"]");
        }
        assertThat(gate.page("/configuration.json"))
                .contains("{\"key\":\"drain\",\"value\":\"3s\"}", "{\"key\":\"event-loops\",\"value\":\"0\"}")
                .doesNotContain("listeners[1]");
    }

    @Test
    void showsWhatIsInForceThoughTheFileSaysWhatOnlyAStartBringsAbout() {
        start(config(""));
        HttpResponse<String> reload = gate.reload(config("")
                .replace(
                        "drain: 100ms", "drain: 3s\nevent-loops: 3\nlimits: { response-head: 96KiB, header-count: 77 }")
                .replace("listeners: [ {", "listeners: [ { address: \"127.0.0.2:0\" }, {"));

        assertThat(reload.statusCode()).as(reload.body()).isEqualTo(200);
        assertThat(gate.page("/configuration.json"))
                .contains("{\"key\":\"drain\",\"value\":\"3s\"}", "{\"key\":\"header-count\",\"value\":\"77\"}")
                .contains("{\"key\":\"event-loops\",\"value\":\"0\"}")
                .doesNotContain("{\"key\":\"response-head\",\"value\":\"98304\"}")
                .doesNotContain("127.0.0.2");
    }

    @Test
    void opensTheStatusPageUnderTheNamesOfNow() {
        start(config(""));
        assertThat(statusUnder("ops.example.com")).isEqualTo(421);

        gate.reload(config("").replace("admin: {", "admin: { hosts: [ ops.example.com ],"));
        assertThat(statusUnder("ops.example.com")).isEqualTo(200);

        gate.reload(config(""));
        assertThat(statusUnder("ops.example.com")).isEqualTo(421);
    }

    private int statusUnder(String host) {
        try (RawPeer peer = RawPeer.connect(gate.gateway.adminAddress())) {
            return peer.send("GET /status.json HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n")
                    .message()
                    .status();
        }
    }

    @Test
    void endsWhatIsUnderWayAtAnUpstreamThatWent() {
        String before = config("  - { path: /old, access: public, upstream: old }\n")
                .replace(
                        "upstreams:\n",
                        "upstreams:\n  old: { servers: [ \"http://127.0.0.1:"
                                + old.address().getPort() + "\" ] }\n");
        start(before);
        try (RawPeer peer = gate.connect()) {
            peer.send(get("/old", "none"));
            await().until(() -> gate.metric("sessiongate_upstream_connections_open_connections{upstream=\"old\"") == 1);
            gate.reload(config(""));
            assertThat(gate.status("/old", token(KEY, "s1"))).isEqualTo(200); // of the route for everything
            slow.countDown();
            assertThat(peer.message().body()).isEqualTo("old");
        }
        IntStream.range(0, Generations.MOST_DRAINING)
                .forEach(i ->
                        gate.reload(config("# again " + i + "\n").replace("drain: 100ms", "drain: " + (10 + i) + "s")));
        // For a while it is known, for requests that were decided before; nothing is open to it any more.
        await().untilAsserted(() -> assertThat(gate.page("/metrics"))
                .doesNotContain("sessiongate_upstream_connections_open_connections{upstream=\"old\"} 1"));
    }

    @Test
    void showsTheBoundsThatHoldNowAndCountsOn() {
        start(config(""));
        assertThat(gate.status("/x", token(KEY, "s1"))).isEqualTo(200);
        gate.reload(config("")
                .replace("  one: { ", "  one: { max-connections: 7, ")
                .replace("drain: 100ms", "drain: 100ms\nlimits: { connections: 77 }")
                .replace("table: sessions", "table: logins\n      cache-size: 777"));
        assertThat(gate.status("/x", token(KEY, "s1"))).isEqualTo(200);
        assertThat(gate.metric("sessiongate_upstream_connections_limit_connections{upstream=\"one\""))
                .isEqualTo(7);
        assertThat(gate.metric("sessiongate_connections_limit_connections")).isEqualTo(77);
        assertThat(gate.metric("sessiongate_session_cache_limit_sessions")).isEqualTo(777);
        assertThat(gate.metric("sessiongate_session_requests_total")).isEqualTo(2);
        assertThat(gate.metric("sessiongate_requests_total{outcome=\"2xx\",route=\"/**\""))
                .isEqualTo(2);
    }

    @Test
    void asksForTheSecret() {
        start(config(""));
        assertThat(gate.reload().statusCode()).isEqualTo(401);
        assertThat(gate.reload("Authorization", "Bearer nonsense").statusCode()).isEqualTo(401);
        assertThat(gate.metric("sessiongate_reloads_total")).isZero();
        assertThat(gate.reload(config("").replace(ReloadableGateway.SECRET, "fedcba9876543210-of-the-admin"))
                        .statusCode())
                .isEqualTo(200);
        assertThat(gate.reload("Authorization", "Bearer " + ReloadableGateway.SECRET)
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void showsTheStatusPageUnderTheNamesThatHoldNow() {
        start(config(""));
        assertThat(statusOfPage("gateway.internal")).isEqualTo(421);
        gate.reload(config("")
                .replace(
                        "secret: " + ReloadableGateway.SECRET,
                        "hosts: [ gateway.internal ], secret: " + ReloadableGateway.SECRET));
        assertThat(statusOfPage("gateway.internal")).isEqualTo(200);
        gate.reload(config("")
                .replace(
                        "secret: " + ReloadableGateway.SECRET,
                        "hosts: [ other.internal ], secret: " + ReloadableGateway.SECRET));
        assertThat(statusOfPage("gateway.internal")).isEqualTo(421);
        assertThat(statusOfPage("other.internal")).isEqualTo(200);
    }

    private int statusOfPage(String host) {
        try (RawPeer peer = RawPeer.connect(gate.gateway.adminAddress())) {
            return peer.send("GET /status.json HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                    .message()
                    .status();
        }
    }

    @Test
    void offersHttp2OverTlsAsTheLimitsHaveIt() throws IOException {
        TestCertificates certificates = new TestCertificates();
        TestCertificates.write(folder, "app", certificates.server("app.test"));
        String tls = config("")
                .replace(
                        "127.0.0.1:0\" }",
                        "127.0.0.1:0\", tls: { certificates: [ { certificate: app.pem, key: app-key.pem } ] } }");
        start(tls);
        assertThat(agreedOn(certificates)).isEqualTo("h2");
        gate.reload(tls.replace("drain: 100ms", "drain: 100ms\nlimits: { streams-per-connection: 0 }"));
        assertThat(agreedOn(certificates)).isEqualTo("http/1.1");
        gate.reload(tls);
        assertThat(agreedOn(certificates)).isEqualTo("h2");
    }

    private String agreedOn(TestCertificates certificates) throws IOException {
        InetSocketAddress address = gate.gateway.addresses().get(0);
        try (SSLSocket socket =
                (SSLSocket) certificates.believing(null).getSocketFactory().createSocket()) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName("app.test")));
            parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
            socket.setSSLParameters(parameters);
            socket.connect(address);
            socket.startHandshake();
            return socket.getApplicationProtocol();
        }
    }

    @Test
    void seesADirectoryThatIsSwappedByALink() throws IOException {
        Path real = Files.createDirectory(folder.resolve("..1"));
        Files.createSymbolicLink(folder.resolve("..data"), Path.of("..1"));
        Files.createSymbolicLink(folder.resolve("sessiongate.yaml"), Path.of("..data", "sessiongate.yaml"));
        start(config("").replace("watch: false", "watch: true, interval: 100ms"));
        assertThat(real.resolve("sessiongate.yaml")).exists();

        Path next = Files.createDirectory(folder.resolve("..2"));
        Files.writeString(
                next.resolve("sessiongate.yaml"), Files.readString(gate.file).replace("path: /**", "path: /else/**"));
        Files.createSymbolicLink(folder.resolve("..tmp"), Path.of("..2"));
        Files.move(folder.resolve("..tmp"), folder.resolve("..data"), StandardCopyOption.ATOMIC_MOVE);
        await().until(() -> gate.status("/x", token(KEY, "s1")) == 404);
    }

    @Test
    void seesAnotherFileThatIsNamed() throws IOException {
        Path key = Files.writeString(folder.resolve("key.txt"), KEY);
        start(config("")
                .replace("\"" + KEY + "\"", "\"${file:key.txt}\"")
                .replace("watch: false", "watch: true, interval: 100ms"));
        assertThat(gate.status("/x", token(KEY, "s1"))).isEqualTo(200);
        Path written = Files.writeString(folder.resolve("key.new"), OTHER_KEY);
        Files.move(written, key, StandardCopyOption.ATOMIC_MOVE);
        await().until(() -> gate.status("/x", token(OTHER_KEY, "s1")) == 200);
        assertThat(gate.status("/x", token(KEY, "s1"))).isEqualTo(401);
    }

    @Test
    void endsAStreamWithItsSessionThoughAnotherTableIsAsked() {
        String before = config("")
                        .replace(
                                "  two: {",
                                "  events: { servers: [ \"http://127.0.0.1:"
                                        + events.address().getPort() + "\" ] }\n  two: {")
                + "  - { path: /events, access: authenticated, upstream: events }\n";
        start(before);
        try (RawPeer peer = gate.connect()) {
            peer.send(get("/events", token(KEY, "s1"))).head();
            gate.reload(before.replace("table: sessions", "table: logins"));
            assertThat(gate.metric("sessiongate_streams_open_streams{kind=\"event-stream\""))
                    .isEqualTo(1);
            gate.revoke("{\"sessions\":[\"s1\"]}");
            assertThat(peer.ended()).isTrue();
        }
    }

    @Test
    void endsTheStreamsOfARealmThatIsGone() {
        String other = "  - { path: /events, access: authenticated, upstream: events, realm: other }\n";
        String kept = config("")
                .replace(
                        "  two: {",
                        "  events: { servers: [ \"http://127.0.0.1:"
                                + events.address().getPort() + "\" ] }\n  two: {");
        int begin = kept.indexOf("  default:");
        int end = kept.indexOf("upstreams:");
        String realm =
                kept.substring(begin, end).replace("  default:", "  other:").replace("X-Subject", "X-Other");
        start(kept.substring(0, end) + realm + kept.substring(end) + other);
        try (RawPeer peer = gate.connect()) {
            peer.send(get("/events", token(KEY, "s1"))).head();
            await().until(() -> gate.metric("sessiongate_streams_open_streams{kind=\"event-stream\"") == 1);
            gate.reload(kept);
            assertThat(peer.ended()).isTrue();
        }
        assertThat(gate.status("/x", token(KEY, "s1"))).isEqualTo(200);
    }

    @Test
    void refusesAndForwardsAsTheModeIs() {
        start(config(""));
        assertThat(gate.status("/x", "nonsense")).isEqualTo(401);
        gate.reload("mode: observe\n" + config(""));
        assertThat(gate.status("/x", "nonsense")).isEqualTo(200);
        gate.reload(config(""));
        assertThat(gate.status("/x", "nonsense")).isEqualTo(401);
    }

    @Test
    void leavesNothingBehindAfterAHundred() {
        String first = config("");
        String second = config("  - { path: /new, access: public, upstream: new }\n")
                .replace("table: sessions", "table: logins")
                .replace(KEY, OTHER_KEY)
                .replace(
                        "upstreams:\n",
                        "upstreams:\n  new: { servers: [ \"http://127.0.0.1:"
                                + two.address().getPort() + "\" ] }\n");
        start(first);
        gate.reload(second);
        gate.reload(first);
        assertThat(gate.status("/x", token(KEY, "s1"))).isEqualTo(200);
        int threads = threads();
        List<String> meters = meters();
        for (int i = 0; i < 50; i++) {
            gate.reload(second);
            assertThat(gate.status("/new", token(OTHER_KEY, "s1"))).isEqualTo(200);
            gate.reload(first);
            assertThat(gate.status("/x", token(KEY, "s1"))).isEqualTo(200);
        }
        assertThat(meters()).isEqualTo(meters);
        assertThat(threads()).isLessThanOrEqualTo(threads + 2);
        await().atMost(Duration.ofSeconds(20)).until(() -> gate.backends() <= 2);
        assertThat(gate.metric("sessiongate_reloads_total{result=\"applied\"")).isEqualTo(102);
        assertThat(gate.metric("sessiongate_session_cache_size_sessions")).isEqualTo(1);
    }

    /** Those of the gateway. */
    private static int threads() {
        return (int) Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().contains("sessiongate")
                        || thread.getName().contains("vert"))
                .count();
    }

    private List<String> meters() {
        return gate.page("/metrics")
                .lines()
                .filter(line -> line.startsWith("sessiongate_") && !line.contains("_bucket{"))
                .map(line -> line.substring(0, line.lastIndexOf(' ')))
                .sorted()
                .collect(Collectors.toList());
    }

    private static void awaited(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void start(String yaml) {
        gate = new ReloadableGateway(folder.resolve("sessiongate.yaml"), yaml);
    }

    private String config(String routes) {
        return """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0", secret: %s }
                drain: 100ms
                reload: { watch: false }
                log: { access: false }
                realms:
                  default:
                    token:
                      from: [ { header: Authorization } ]
                      keys: [ { algorithm: HS256, secret: "%s" } ]
                    session:
                      database: "DATABASE?connection_limit=2"
                      table: sessions
                      columns: { id: id, subject: user_id, revoked: revoked }
                      check: { revalidate-after: 60s, refresh-ahead: 0s, serve-stale-for: 5m }
                    identity: { headers: { subject: X-Subject } }
                upstreams:
                  one: { servers: [ "http://127.0.0.1:%d" ] }
                  two: { servers: [ "http://127.0.0.1:%d" ] }
                routes:
                  - { path: /**, access: authenticated, upstream: one }
                %s""".formatted(
                        ReloadableGateway.SECRET,
                        KEY,
                        one.address().getPort(),
                        two.address().getPort(),
                        routes);
    }
}
