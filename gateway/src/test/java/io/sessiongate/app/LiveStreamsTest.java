package io.sessiongate.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.session.RevocationSql;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.JwsSigner;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Streams of sessions that end, over the whole gateway and a real PostgreSQL. */
@ExtendWith(LeakWatch.class)
@Timeout(90)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class LiveStreamsTest {

    private static final String SECRET = "a secret of the application, long enough for HS256";
    private static final String ADMIN_SECRET = "0123456789abcdef0123456789abcdef";
    private static final TestPostgres POSTGRES = TestPostgres.shared();
    private static final String REVOKED = closeFrame(1008, "The session has ended.");

    private final CompletableFuture<Void> answerIt = new CompletableFuture<>();
    private final CompletableFuture<Void> endIt = new CompletableFuture<>();

    /** Speaks WebSocket where asked to, streams events where asked to, and answers otherwise. */
    private final RawUpstream application = new RawUpstream((peer, number) -> {
        while (true) {
            RawPeer.Message request = peer.message();
            if (request.startLine().contains("/socket")) {
                peer.send(
                        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\u0081\u0002hi");
                peer.ended();
                return;
            } else if (request.startLine().contains("/events")) {
                peer.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
                peer.ended();
                return;
            }
            if (request.startLine().contains("/sign-out")) {
                answerIt.get();
                peer.send("HTTP/1.1 200 OK\r\nX-Sessiongate-Revoke: session\r\nContent-Length: 10\r\n\r\nsee ");
                endIt.get();
                peer.send("you...");
            }
            peer.send(RawUpstream.ok("served"));
        }
    });

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<RawPeer> peers = new ArrayList<>();
    private String mode = "enforce";
    private String database;
    private @Nullable Gateway gateway;

    @TempDir
    private Path folder;

    @BeforeEach
    void prepare() {
        database = POSTGRES.newDatabase();
        createTable(POSTGRES, database);
    }

    private static void createTable(TestPostgres postgres, String database) {
        postgres.run(
                database,
                "create table sessions (id uuid primary key, user_id text not null, expires_at timestamp(3) not null,"
                        + " revoked_at timestamp(3))");
    }

    @AfterEach
    void stop() {
        peers.forEach(RawPeer::close);
        if (gateway != null) {
            gateway.stop();
        }
        application.close();
    }

    private void start(String url, String session) throws IOException {
        Path file = folder.resolve("sessiongate.yaml");
        Files.writeString(
                file, """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0", secret: "${ADMIN_SECRET}" }
                drain: 0s
                event-loops: 3
                mode: %s
                realms:
                  default:
                    token:
                      from: [ { header: Authorization } ]
                      keys: [ { algorithm: HS256, secret: "${JWT_SECRET}" } ]
                      claims: { subject: sub, session: sid, roles: role }
                      clock-skew: 0s
                    session:
                      database: ${DATABASE_URL}
                      table: sessions
                      columns: { id: id, subject: user_id, expires: expires_at, revoked: revoked_at }
                      %s
                upstreams:
                  app: { servers: [ "http://127.0.0.1:%d" ] }
                routes:
                  - { path: /public/**, access: public, upstream: app }
                  - { path: /**, access: authenticated, upstream: app }
                """.formatted(mode, session, application.address().getPort()));
        LoadResult result = ConfigLoader.load(
                file, Map.of("JWT_SECRET", SECRET, "ADMIN_SECRET", ADMIN_SECRET, "DATABASE_URL", url)::get);
        assertThat(result).as("%s", result).isInstanceOf(LoadResult.Loaded.class);
        gateway = Gateway.start(((LoadResult.Loaded) result).config());
    }

    private void start(String session) throws IOException {
        start(POSTGRES.url(database) + "?connection_limit=2", session);
    }

    private Gateway gateway() {
        return Objects.requireNonNull(gateway);
    }

    private static String login(TestPostgres postgres, String database) {
        String id = UUID.randomUUID().toString();
        postgres.run(
                database,
                "insert into sessions values ('" + id + "', 'ada', now() at time zone 'utc' + interval '1 hour')");
        return id;
    }

    private String login() {
        return login(POSTGRES, database);
    }

    private void revoke(String session) {
        POSTGRES.run(database, "update sessions set revoked_at = now() where id = '" + session + "'");
    }

    private static String token(String session, Duration life) {
        long now = Instant.now().getEpochSecond();
        return JwsSigner.hmac("HS256", SECRET.getBytes(UTF_8))
                .sign(Map.of("sub", "ada", "sid", session, "iat", now, "exp", now + life.toSeconds()));
    }

    /** Its age is not known, and so the last five minutes of its life are its last. */
    private static String expiring(String session) {
        return JwsSigner.hmac("HS256", SECRET.getBytes(UTF_8))
                .sign(Map.of("sub", "ada", "sid", session, "exp", Instant.now().getEpochSecond() + 60));
    }

    private RawPeer open(String path, String token) {
        RawPeer peer = RawPeer.connect(gateway().addresses().get(0));
        peers.add(peer);
        return peer.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13\r\nAuthorization: Bearer " + token + "\r\n\r\n");
    }

    private RawPeer socket(String token) {
        RawPeer peer = open("/socket", token);
        assertThat(peer.message().status()).isEqualTo(101);
        assertThat(peer.text(4)).endsWith("hi");
        return peer;
    }

    private RawPeer events(String token) {
        RawPeer peer = open("/events", token);
        assertThat(peer.head()).startsWith("HTTP/1.1 200");
        assertThat(peer.text(14)).contains("data: 1");
        return peer;
    }

    private int status(String token) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + gateway().addresses().get(0).getPort() + "/page"))
                .header("Authorization", "Bearer " + token)
                .timeout(Duration.ofSeconds(20))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }

    private double metric(String line) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + gateway().adminAddress().getPort() + "/metrics"))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString())
                .body()
                .lines()
                .filter(l -> l.startsWith(line))
                .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
                .sum();
    }

    private static String closeFrame(int code, String reason) {
        return "\u0088" + (char) (reason.length() + 2) + (char) (code >> 8) + (char) (code & 0xff) + reason;
    }

    @Test
    void closesTheStreamsOfASessionOnEveryLoopOnceAnyRequestFindsItEnded() throws Exception {
        start("check: { revalidate-after: 60s, refresh-ahead: 0s, revalidate-expiring-after: 0s }");
        String ended = login();
        String other = login();
        String token = token(ended, Duration.ofHours(1));
        List<RawPeer> sockets = new ArrayList<>();
        List<RawPeer> streams = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            sockets.add(socket(token));
            streams.add(events(token));
        }
        RawPeer stays = socket(token(other, Duration.ofHours(1)));
        assertThat(metric("sessiongate_streams_open_streams{kind=\"websocket\"}"))
                .isEqualTo(7);
        assertThat(metric("sessiongate_streams_open_streams{kind=\"event-stream\"}"))
                .isEqualTo(6);
        revoke(ended);
        // A token that is about to expire has its session asked about.
        assertThat(status(expiring(ended))).isEqualTo(401);
        sockets.forEach(peer -> assertThat(peer.rest()).isEqualTo(REVOKED));
        streams.forEach(peer -> assertThat(peer.rest()).isEmpty());
        await().until(() -> metric("sessiongate_streams_ended_streams_total{cause=\"recheck\"}") == 12);
        assertThat(metric("sessiongate_streams_open_streams")).isEqualTo(1);
        assertThat(stays.in().available()).isZero();
        assertThat(metric("sessiongate_upstream_connections_open_connections")).isLessThanOrEqualTo(2);
    }

    @Test
    void closesTheStreamsOfARevokedSessionOnEveryLoopAtOnce() throws Exception {
        start("check: { revalidate-after: 60s }");
        String ended = login();
        String token = token(ended, Duration.ofHours(1));
        List<RawPeer> sockets = new ArrayList<>();
        List<RawPeer> streams = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            sockets.add(socket(token));
            streams.add(events(token));
        }
        RawPeer stays = socket(token(login(), Duration.ofHours(1)));
        HttpRequest order = HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + gateway().adminAddress().getPort() + "/revocations"))
                .header("Authorization", "Bearer " + ADMIN_SECRET)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString("{\"sessions\":[\"" + ended + "\"]}"))
                .build();
        assertThat(client.send(order, HttpResponse.BodyHandlers.discarding()).statusCode())
                .isBetween(200, 299);
        sockets.forEach(peer -> assertThat(peer.rest()).isEqualTo(REVOKED));
        streams.forEach(peer -> assertThat(peer.rest()).isEmpty());
        await().until(() -> metric("sessiongate_streams_ended_streams_total{cause=\"revoked\"}") == 12);
        assertThat(stays.in().available()).isZero();
    }

    @Test
    void closesTheStreamsOfASessionThatIsRevokedInTheDatabase() throws Exception {
        var lookup = new SessionConfig.Lookup.Table(List.of("sessions"), "id", "user_id", "expires_at", "revoked_at");
        POSTGRES.run(
                database, RevocationSql.of("default", lookup, null, "revoked").install());
        start("check: { revalidate-after: 60s }\n      revocations: { channel: revoked }");
        String ended = login();
        RawPeer socket = socket(token(ended, Duration.ofHours(1)));
        RawPeer events = events(token(ended, Duration.ofHours(1)));
        RawPeer stays = socket(token(login(), Duration.ofHours(1)));
        await().until(() -> metric("sessiongate_revocation_listening") == 1);
        revoke(ended);
        assertThat(socket.rest()).isEqualTo(REVOKED);
        assertThat(events.rest()).isEmpty();
        await().until(() -> metric("sessiongate_streams_ended_streams_total{cause=\"revoked\"}") == 2);
        assertThat(stays.in().available()).isZero();
    }

    @Test
    void letsASlowSignOutFinishWhoseAnswerEndsItsOwnSessionAndClosesTheOtherStreams() throws Exception {
        start("check: { revalidate-after: 60s }");
        String token = token(login(), Duration.ofHours(1));
        RawPeer socket = socket(token);
        RawPeer signOut = open("/sign-out", token);
        await().until(() -> metric("sessiongate_streams_open_streams{kind=\"long-running\"}") == 1);
        answerIt.complete(null);
        assertThat(socket.rest()).isEqualTo(REVOKED);
        endIt.complete(null);
        assertThat(signOut.message().body()).isEqualTo("see you...");
    }

    @Test
    void closesStreamsWithinTheIntervalWhereNoPushComes() throws Exception {
        start("check: { revalidate-after: 2s, refresh-ahead: 0s, revalidate-expiring-after: 2s }");
        String session = login();
        String token = token(session, Duration.ofHours(1));
        RawPeer socket = socket(token);
        RawPeer events = events(token);
        double queries = metric("sessiongate_session_queries_total");
        revoke(session);
        long revokedNanos = System.nanoTime();
        assertThat(socket.rest()).isEqualTo(REVOKED);
        assertThat(events.rest()).isEmpty();
        // The interval, a tenth of it between two looks, and what a busy machine takes.
        assertThat(Duration.ofNanos(System.nanoTime() - revokedNanos)).isLessThan(Duration.ofMillis(3_500));
        assertThat(metric("sessiongate_session_queries_total") - queries).isLessThanOrEqualTo(2);
        await().until(() -> metric("sessiongate_streams_ended_streams_total{cause=\"recheck\"}") == 2);
    }

    @Test
    void keepsStreamsOpenForAsLongAsTheirSessionLivesAndAsksSeldom() throws Exception {
        start("check: { revalidate-after: 1s, refresh-ahead: 500ms, revalidate-expiring-after: 1s }");
        RawPeer socket = socket(token(login(), Duration.ofHours(1)));
        await().atMost(Duration.ofSeconds(20)).until(() -> metric("sessiongate_session_queries_total") >= 4);
        assertThat(metric("sessiongate_streams_open_streams")).isEqualTo(1);
        assertThat(socket.in().available()).isZero();
        // Nobody but the stream's checks asked: they are no requests.
        assertThat(metric("sessiongate_session_requests_total")).isEqualTo(1);
    }

    @Test
    void closesStreamsWhenTheirTokenExpires() throws Exception {
        start("check: { revalidate-after: 60s }");
        String session = login();
        RawPeer socket = socket(token(session, Duration.ofSeconds(3)));
        RawPeer events = events(token(session, Duration.ofSeconds(3)));
        RawPeer stays = socket(token(session, Duration.ofHours(1)));
        assertThat(socket.rest()).isEqualTo(closeFrame(1008, "The token has expired."));
        assertThat(events.rest()).isEmpty();
        await().until(() -> metric("sessiongate_streams_ended_streams_total{cause=\"expired\"}") == 2);
        assertThat(stays.in().available()).isZero();
    }

    @Test
    void leavesStreamsOpenBeyondTheirTokenWhereTheConfigurationSaysSo() throws Exception {
        start("close-at-expiry: false");
        long expires = Instant.now().getEpochSecond() + 2;
        RawPeer socket = socket(token(login(), Duration.ofSeconds(2)));
        await().atMost(Duration.ofSeconds(20)).until(() -> Instant.now().getEpochSecond() > expires + 2);
        assertThat(socket.in().available()).isZero();
        assertThat(metric("sessiongate_streams_open_streams")).isEqualTo(1);
    }

    @Test
    void asksToTryAgainLaterWhereTheDatabaseIsAwayForLongerThanAnOldCheckMayStandIn() throws Exception {
        try (TestPostgres own = TestPostgres.start(Map.of())) {
            createTable(own, "postgres");
            start(
                    own.url("postgres") + "?connection_limit=2&pool_timeout=2",
                    "check: { revalidate-after: 1s, refresh-ahead: 0s, revalidate-expiring-after: 1s, serve-stale-for: 3s }");
            RawPeer socket = socket(token(login(own, "postgres"), Duration.ofHours(1)));
            own.stop();
            long awayNanos = System.nanoTime();
            assertThat(socket.rest()).isEqualTo(closeFrame(1013, "The session cannot be checked right now."));
            assertThat(Duration.ofNanos(System.nanoTime() - awayNanos)).isGreaterThan(Duration.ofMillis(1_500));
            await().until(() -> metric("sessiongate_streams_ended_streams_total{cause=\"unavailable\"}") == 1);
        }
    }

    @Test
    void countsInObserveModeWhatItWouldHaveEndedAndEndsNothing() throws Exception {
        mode = "observe";
        start("check: { revalidate-after: 1s, refresh-ahead: 0s, revalidate-expiring-after: 1s }");
        String session = login();
        RawPeer socket = socket(token(session, Duration.ofHours(1)));
        revoke(session);
        await().atMost(Duration.ofSeconds(20))
                .until(() -> metric("sessiongate_streams_ended_streams_total{cause=\"recheck\"}") == 1);
        assertThat(socket.in().available()).isZero();
        assertThat(metric("sessiongate_connections_open_connections")).isEqualTo(1);
    }
}
