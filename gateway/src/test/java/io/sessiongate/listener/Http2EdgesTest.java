package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.listener.Http2SpecCase.PROTOCOL_ERROR;
import static io.sessiongate.listener.Http2SpecCase.prioritise;
import static io.sessiongate.testing.Http2Peer.CONTINUATION;
import static io.sessiongate.testing.Http2Peer.DATA;
import static io.sessiongate.testing.Http2Peer.END_HEADERS;
import static io.sessiongate.testing.Http2Peer.END_STREAM;
import static io.sessiongate.testing.Http2Peer.GOAWAY;
import static io.sessiongate.testing.Http2Peer.HEADERS;
import static io.sessiongate.testing.Http2Peer.PING;
import static io.sessiongate.testing.Http2Peer.WINDOW_UPDATE;
import static io.sessiongate.testing.Http2Peer.request;
import static io.sessiongate.testing.RawUpstream.ok;
import static io.sessiongate.testing.RawUpstream.webSocket;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.Http2Peer.Answer;
import io.sessiongate.testing.Http2Peer.Frame;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.token.Fingerprint;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a connection of HTTP/2 makes of the odd order of things: frames that come late, ends that meet, clients that wait. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class Http2EdgesTest {

    private static Http2Peer client(GatewayFixture gate, int... settings) {
        return Http2Peer.connect(gate.address, settings);
    }

    private static LimitsConfig limits(int requestsPerConnection) {
        return new LimitsConfig(
                32 * 1024, 8192, 100, Long.MAX_VALUE, 65_536, 10, 10, requestsPerConnection, 100, LimitsConfig.AUTO);
    }

    private static void sayDrained(Http2Peer client) {
        client.send(
                PING,
                Http2Peer.ACK,
                0,
                ByteBuffer.allocate(8).putLong(0x73657373696f6e67L).array());
    }

    // ---- streams that come too late, or are over

    @Test
    void takesNoOffenceAtTheTrailersOfAStreamThatCameTooLate() throws IOException {
        CompletableFuture<Void> release = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    release.get();
                    peer.send(ok("done"));
                });
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int stream = client.get("/");
            await().until(() -> app.accepted() == 1);
            CompletableFuture<Void> drained =
                    gate.server.drain(Duration.ofSeconds(10)).toCompletableFuture();
            assertThat(client.await(GOAWAY)).isNotNull();
            sayDrained(client);
            assertThat(Objects.requireNonNull(client.await(GOAWAY)).lastStream())
                    .isEqualTo(stream);
            int late = client.open(false, request("POST", "/"));
            client.data(late, "abc", false).headers(late, true, "x-checksum", "1");
            assertThat(client.alive()).isTrue();
            release.complete(null);
            assertThat(client.answer(stream).text()).isEqualTo("done");
            client.socket().close();
            drained.orTimeout(10, TimeUnit.SECONDS).join();
        }
    }

    @Test
    void forgivesWhatIsOnItsWayOfManyStreamsThatWereAnsweredEarly() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            List<Integer> streams = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                streams.add(client.open(false, request("POST", "/reply")));
            }
            for (int stream : streams) {
                assertThat(client.answer(stream).status()).isEqualTo(401);
            }
            for (int round = 0; round < 5; round++) {
                for (int stream : streams) {
                    client.data(stream, "some of the body", round == 4);
                }
            }
            assertThat(client.alive()).isTrue();
            assertThat(streams).allMatch(stream -> client.seen(stream).reset <= 0);
        }
    }

    @Test
    void doesNotResetAStreamThatWasNeverOpened() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate);
                Http2Peer other = client(gate)) {
            assertThat(prioritise(client, 1, 1, 16).goneWith()).isEqualTo(PROTOCOL_ERROR);
            assertThat(client.seen(1).reset).isEqualTo(-1);
            // Of one that is over nothing is to be said.
            other.answer(other.get("/"));
            assertThat(prioritise(other, 1, 1, 16).alive()).isTrue();
            assertThat(other.seen(1).reset).isEqualTo(-1);
        }
    }

    @Test
    void knowsNoWindowOfAStreamThatOnlyAServerCouldOpen() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            client.answer(client.get("/"));
            client.answer(client.get("/"));
            assertThat(client.window(2, 10).goneWith()).isEqualTo(PROTOCOL_ERROR);
        }
    }

    // ---- settings and windows

    @Test
    void sendsNothingInTheMiddleOfAFrameOfSettings() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("0123456789"));
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate, 4, 0)) {
            int stream = client.get("/");
            assertThat(client.await(HEADERS)).isNotNull();
            client.settings(4, 5, 4, 0);
            assertThat(client.alive()).isTrue();
            assertThat(client.seen(stream).body.size()).isZero();
            client.settings(4, 0, 4, 3);
            assertThat(Objects.requireNonNull(client.await(DATA)).payload()).hasSize(3);
            assertThat(client.settings(4, 65_535).answer(stream).text()).isEqualTo("0123456789");
        }
    }

    @Test
    void tellsAClientThatWantsASmallTableThatThereIsNone() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                Http2Peer none = client(gate, 1, 0);
                Http2Peer less = client(gate)) {
            assertThat(none.answer(none.get("/")).text()).isEqualTo("x");
            assertThat(none.answer(none.get("/reply")).status()).isEqualTo(401);
            assertThat(less.answer(less.get("/")).text()).isEqualTo("x");
            less.settings(1, 100);
            assertThat(less.answer(less.get("/")).text()).isEqualTo("x");
        }
    }

    @Test
    void endsARevokedWebSocketWhoseClientTakesNothing() {
        CompletableFuture<Void> over = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.send(webSocket(peer.head()));
                    over.get(); // it goes on though the client has ended
                });
                GatewayFixture gate = gateway().before(app)) {
            gate.flow.guards = request -> new FakeGuard("default", "session", "ada");
            try (Http2Peer client = client(gate, 4, 0)) {
                int stream = client.open(false, request("CONNECT", "/chat", ":protocol", "websocket"));
                assertThat(client.await(HEADERS)).isNotNull();
                client.data(stream, "", true);
                assertThat(client.alive()).isTrue();
                gate.server.revocations("default").sessionEnded(Fingerprint.of("session"));
                Answer answer = client.answer(stream);
                assertThat(answer.reset).isNotNegative();
                over.complete(null);
            }
        }
    }

    /** Where memory is tight, a connection for which something waits is given no more until that is gone. */
    @Test
    void goesOnWithAStreamOnceNothingIsHeldBackForAnother() throws IOException {
        holdBackOne((client, held, readers) -> client.window(held, 1_000_000));
    }

    @Test
    void goesOnWithAStreamOnceThereIsMemoryAgain() throws IOException {
        holdBackOne((client, held, readers) -> readers.forEach(RawPeer::close));
    }

    private interface Relief {
        void give(Http2Peer client, int held, List<RawPeer> readers);
    }

    /** Its client waits no longer than a few seconds: at the end of ten the application would move something itself. */
    private static void holdBackOne(Relief relief) throws IOException {
        long bound = 1024 * 1024;
        String large = "x".repeat(300_000);
        List<RawPeer> readers = new ArrayList<>();
        try (RawUpstream app = RawUpstream.answering(r -> ok(
                        r.startLine().contains("/little")
                                ? "x".repeat(10_000)
                                : large.repeat(r.startLine().contains("/endless") ? 100 : 1)));
                GatewayFixture gate = gateway()
                        .loops(1)
                        .limits(new LimitsConfig(
                                32 * 1024, 8192, 100, Long.MAX_VALUE, 65_536, 40, 40, 1000, 100, bound))
                        .before(app);
                Http2Peer client = client(gate, 4, 0)) {
            while (gate.gauge("sessiongate.buffered") < bound * 0.55) {
                int before = readers.size();
                readers.add(RawPeer.connect(gate.address, 4096).send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n"));
                await().until(() -> gate.gauge("sessiongate.buffered") > before * 50_000.0 + 40_000);
            }
            client.socket().setSoTimeout(5_000);
            client.window(0, 1_000_000_000);
            int little = client.get("/little");
            assertThat(client.await(HEADERS)).isNotNull();
            int other = client.get("/large");
            client.window(other, 1_000_000);
            assertThat(client.await(DATA)).isNotNull();
            assertThat(client.alive()).isTrue();
            assertThat(client.seen(other).ended).isFalse();
            relief.give(client, little, readers);
            while (!client.seen(other).ended) {
                assertThat(client.await(DATA)).isNotNull();
            }
            assertThat(client.seen(other).body.size()).isEqualTo(large.length());
        } finally {
            readers.forEach(RawPeer::close);
        }
    }

    /** Twelve bodies wait for the one connection to the application: most of what may come of all bodies together. */
    @Test
    void letsABodyGoOnBesideManyThatNobodyTakes() {
        try (RawUpstream app =
                        RawUpstream.answering(r -> ok(Integer.toString(r.body().length())));
                GatewayFixture gate = gateway().pool(1, 64).before(app);
                Http2Peer client = client(gate)) {
            int going = client.open(false, request("POST", "/"));
            await().until(() -> app.accepted() == 1);
            String piece = "x".repeat(13_107);
            List<Integer> waiting = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                int stuck = client.open(false, request("POST", "/"));
                waiting.add(stuck);
                for (int sent = 0; sent < 5; sent++) {
                    client.data(stuck, piece, false);
                }
            }
            long ofAll = 65_535 - 12 * 65_535;
            long ofIt = 65_535;
            int pieces = 100;
            for (int sent = 0; sent < pieces; sent++) {
                while (Math.min(ofAll, ofIt) < piece.length()) {
                    Frame frame = Objects.requireNonNull(client.await(WINDOW_UPDATE));
                    ofAll += frame.stream() == 0 ? frame.increment() : 0;
                    ofIt += frame.stream() == going ? frame.increment() : 0;
                }
                client.data(going, piece, sent == pieces - 1);
                ofAll -= piece.length();
                ofIt -= piece.length();
            }
            assertThat(waiting).allMatch(stream -> client.seen(stream).head == null && client.seen(stream).reset < 0);
            assertThat(client.answer(going).text()).isEqualTo(Integer.toString(pieces * piece.length()));
        }
    }

    // ---- memory

    @Test
    void countsABodyThatWaitsUntilItWasPassedOnAndNoLonger() {
        CompletableFuture<Void> release = new CompletableFuture<>();
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    while (true) {
                        peer.message();
                        release.get();
                        peer.send(ok("x"));
                    }
                });
                GatewayFixture gate = gateway().pool(1, 64).before(app);
                Http2Peer client = client(gate)) {
            client.get("/");
            await().until(() -> app.accepted() == 1);
            int waiting = client.open(false, request("POST", "/"));
            client.data(waiting, "x".repeat(10_000), true);
            await().until(() -> gate.gauge("sessiongate.buffered") >= 10_000);
            release.complete(null);
            while (client.seen(waiting).head == null) {
                assertThat(client.await(HEADERS)).isNotNull();
            }
            // The client sends nothing more, so no turn of reading comes that could make up for it.
            await().until(() -> gate.gauge("sessiongate.buffered") == 0);
        }
    }

    @Test
    void countsLargeHeadsUntilTheirRequestIsOver() {
        try (RawUpstream app = new RawUpstream((peer, n) -> peer.ended());
                GatewayFixture gate = gateway().before(app);
                Http2Peer client = client(gate)) {
            int one = client.get("/", "x-large", "x".repeat(17_000));
            int other = client.get("/", "x-large", "x".repeat(17_000));
            await().until(() -> gate.gauge("sessiongate.buffered") >= 34_000);
            client.reset(one, 8).reset(other, 8);
            await().until(() -> gate.gauge("sessiongate.buffered") == 0);
        }
    }

    // ---- time

    @Test
    void doesNotWaitForTheEndOfABlockBehindOneThatCameLate() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway()
                        .timeouts(
                                Duration.ofMillis(500),
                                Duration.ofSeconds(60),
                                Duration.ofSeconds(60),
                                Duration.ofSeconds(60))
                        .before(app);
                Http2Peer client = client(gate)) {
            assertThat(client.alive()).isTrue();
            byte[] first = client.block(request("GET", "/reply"));
            client.send(HEADERS, END_STREAM, 1, first);
            await().until(() -> gate.gauge("sessiongate.buffered") > 0);
            client.raw(Http2SpecCase.join(
                    Http2Peer.frame(CONTINUATION, END_HEADERS, 1, new byte[0]),
                    Http2Peer.frame(HEADERS, END_STREAM, 3, client.block(request("GET", "/reply")))));
            assertThat(client.goneWith()).isEqualTo(PROTOCOL_ERROR);
        }
    }

    // ---- the end of a connection

    /** The last answer is still in our memory, and then in the kernel's, when its stream is over. */
    @Test
    void closesOnlyBehindAnAnswerThatTheClientHasTaken() throws IOException {
        String body = "x".repeat(4_000_000);
        try (RawUpstream app = RawUpstream.answering(r -> ok(body));
                GatewayFixture gate = gateway().limits(limits(1)).before(app);
                Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.connect(gate.address, 10_000);
            Http2Peer client = new Http2Peer(socket).begin(4, Integer.MAX_VALUE);
            client.window(0, Integer.MAX_VALUE - 65_535);
            int stream = client.get("/");
            sayDrained(client);
            int received = 0;
            while (received < body.length()) {
                Frame frame = client.await(DATA);
                assertThat(frame).as("after %d octets", received).isNotNull();
                received += frame.payload().length;
                // As clients do: what comes for a closed socket would have it reset.
                client.window(0, 1);
            }
            assertThat(client.seen(stream).ended).isTrue();
            assertThat(client.goneWith()).isEqualTo(-1);
        }
    }

    @Test
    void leavesAConnectionThatHasCarriedMoreThanItNowMay() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().limits(limits(1000)).before(app);
                Http2Peer client = client(gate)) {
            client.answer(client.get("/"));
            client.answer(client.get("/"));
            RecordingFlow next = new RecordingFlow();
            gate.use(next, gateway().limits(limits(2)));
            client.get("/");
            assertThat(Objects.requireNonNull(client.await(GOAWAY)).error()).isZero();
        }
    }

    // ---- what goes on

    @Test
    void forwardsTheSameHeadWhateverItCameBy() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer old = gate.client();
                Http2Peer client = client(gate)) {
            old.send("POST /a?b=c HTTP/1.1\r\nHost: x\r\nx-one: 1\r\nx-two: a\r\nx-two: b\r\ncookie: a=1; b=2\r\n"
                            + "content-length: 4\r\n\r\ntest")
                    .message();
            int stream = client.open(
                    false,
                    request(
                            "POST",
                            "/a?b=c",
                            "x-one",
                            "1",
                            "x-two",
                            "a",
                            "x-two",
                            "b",
                            "cookie",
                            "a=1",
                            "cookie",
                            "b=2",
                            "content-length",
                            "4"));
            client.data(stream, "test", true).answer(stream);
            assertThat(app.heads()).hasSize(2);
            assertThat(lines(app.heads().get(1))).isEqualTo(lines(app.heads().get(0)));
        }
    }

    /** But for what says by which protocol it came, and the name of Host, which HTTP/2 has in lower case. */
    private static List<String> lines(String head) {
        return head.lines()
                .filter(line -> !line.regionMatches(true, 0, "via:", 0, 4))
                .map(line -> line.replaceFirst("^Host:", "host:"))
                .toList();
    }
}
