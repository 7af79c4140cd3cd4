package io.sessiongate.app;

import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.ConfigFile;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** One gateway after the other on the same port, under clients that never stop to ask. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class HandOverTest {

    private static final String KEPT = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String LAST = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    private static final String READY = "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n";

    @TempDir
    private Path folder;

    private final RawUpstream app = RawUpstream.answering(r -> ok("served"));
    private final List<Gateway> gateways = new ArrayList<>();
    private InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private InetSocketAddress admin = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    @BeforeEach
    void makeTheFolderPrivate() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
    }

    @AfterEach
    void stop() {
        gateways.forEach(Gateway::stop);
        app.close();
    }

    private Gateway start(boolean takeOver, String... more) {
        try {
            Path file = folder.resolve("sessiongate.yaml");
            Files.writeString(file, """
                    listeners: [ { address: "127.0.0.1:%d" } ]
                    admin: { address: "127.0.0.1:%d" }
                    event-loops: 2
                    drain: 5s
                    hand-over: { socket: gate.sock }
                    log: { access: false }
                    upstreams: { app: { servers: [ "http://127.0.0.1:%d" ] } }
                    routes: [ { path: /**, access: public, upstream: app } ]
                    %s
                    """.formatted(
                            address.getPort(), admin.getPort(), app.address().getPort(), String.join("\n", more)));
            ConfigFile from = new ConfigFile(file, name -> null);
            Gateway gateway = Gateway.start(from, from.read(), Ahead.begin(), takeOver);
            gateways.add(gateway);
            address = gateway.addresses().get(0);
            admin = gateway.adminAddress();
            return gateway;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void awaitStopped(Gateway gateway) {
        await().atMost(Duration.ofSeconds(15)).until(() -> {
            Thread waiting = new Thread(() -> {
                try {
                    gateway.awaitStopped();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            waiting.start();
            waiting.join(50);
            boolean over = !waiting.isAlive();
            waiting.interrupt();
            return over;
        });
    }

    @Test
    void losesNoRequestWhileGatewaysTakeOverFromEachOther() throws Exception {
        Gateway running = start(false);
        assertThat(status()).contains("\"sockets\":\"its own\"");
        Load load = new Load(address);
        try {
            for (int i = 0; i < 3; i++) {
                load.awaitMore(60);
                Gateway next = start(true);
                assertThat(next.addresses()).isEqualTo(running.addresses());
                awaitStopped(running);
                running = next;
            }
            load.awaitMore(60);
        } finally {
            load.stop();
        }
        assertThat(load.failures).isEmpty();
        assertThat(status()).contains("\"sockets\":\"from the gateway before\"");
    }

    private String status() {
        try (RawPeer peer = RawPeer.connect(admin)) {
            return peer.send("GET /status.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                    .message()
                    .body();
        }
    }

    @Test
    void servesOnAllPortsOnceTheOtherIsGone() {
        Gateway first = start(false);
        start(true);
        awaitStopped(first);
        try (RawPeer client = RawPeer.connect(address);
                RawPeer scrape = RawPeer.connect(admin)) {
            assertThat(client.send(LAST).message().body()).isEqualTo("served");
            assertThat(scrape.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                            .message()
                            .status())
                    .isEqualTo(200);
        }
    }

    /** Who ends a session there must not be answered by the one that serves nobody new. */
    @Test
    void isOffTheAdminPortWhileItFinishesItsRequests() {
        Gateway first = start(false);
        try (RawPeer unfinished = RawPeer.connect(address);
                RawPeer kept = RawPeer.connect(admin)) {
            unfinished.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n");
            assertThat(kept.send(READY).message().status()).isEqualTo(200);
            await().until(() -> app.accepted() > 0);
            start(true);
            assertThat(kept.ended()).isTrue();
            for (int i = 0; i < 100; i++) {
                try (RawPeer probe = RawPeer.connect(admin)) {
                    assertThat(probe.send(READY).message().status()).isEqualTo(200);
                }
            }
            unfinished.send("123456789");
            assertThat(unfinished.message().body()).isEqualTo("served");
        }
        awaitStopped(first);
    }

    /** In a container all have the same number. */
    @Test
    void replacesWhatAGatewayThatDiedLeftBehind() throws Exception {
        Path left = Files.createFile(
                folder.resolve("gate.sock." + ProcessHandle.current().pid()));
        Gateway first = start(false);
        assertThat(left).doesNotExist();
        start(true);
        awaitStopped(first);
    }

    @Test
    void leavesTheOtherInPlaceWhereNobodyCouldTakeOverFromTheSuccessor() throws Exception {
        Gateway first = start(false);
        Path inTheWay = folder.resolve("gate.sock." + ProcessHandle.current().pid());
        Files.createDirectory(inTheWay);
        assertThatThrownBy(() -> start(true)).hasMessageContaining("cannot listen on hand-over.socket");
        try (RawPeer client = RawPeer.connect(address)) {
            assertThat(client.send(LAST).message().body()).isEqualTo("served");
        }
        Files.delete(inTheWay);
        start(true);
        awaitStopped(first);
    }

    @Test
    void failsBesideAnotherGatewayWithoutBeingToldToTakeOver() {
        start(false);
        assertThatThrownBy(() -> start(false))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("another gateway runs")
                .hasMessageContaining("--take-over");
        try (RawPeer client = RawPeer.connect(address)) {
            assertThat(client.send(LAST).message().body()).isEqualTo("served");
        }
    }

    @Test
    void leavesTheOtherInPlaceWhereTheSuccessorCannotStart() throws Exception {
        Gateway first = start(false);
        try (java.net.ServerSocket taken = new java.net.ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            InetSocketAddress here = address;
            assertThatThrownBy(() -> {
                        address = new InetSocketAddress(InetAddress.getLoopbackAddress(), taken.getLocalPort());
                        start(true);
                    })
                    .hasMessageContaining("cannot listen on");
            address = here;
        }
        try (RawPeer client = RawPeer.connect(address)) {
            assertThat(client.send(LAST).message().body()).isEqualTo("served");
        }
        start(true);
        awaitStopped(first);
    }

    @Test
    void startsAsEverWhereThereIsNobodyToSucceed() throws IOException {
        Files.createFile(folder.resolve("gate.sock")); // left behind, and no socket
        Gateway gateway = start(true);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("gate.sock"))))
                .isEqualTo("rw-------");
        gateway.stop();
        assertThat(folder.resolve("gate.sock")).doesNotExist();
    }

    @Test
    void refusesAFolderIntoWhichOthersMayWrite() throws IOException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        assertThatThrownBy(() -> start(false)).hasMessageContaining("others may write");
    }

    /** Clients that ask one request after the other: with new connections, with kept ones, and by HTTP/2. */
    private static final class Load {
        final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
        private final AtomicBoolean over = new AtomicBoolean();
        private final List<Thread> threads = new ArrayList<>();
        private final List<AtomicInteger> counts = new ArrayList<>();
        private final InetSocketAddress address;

        Load(InetSocketAddress address) {
            this.address = address;
            for (int i = 0; i < 2; i++) {
                begin(this::once);
                begin(this::kept);
                begin(this::http2);
            }
        }

        private void begin(java.util.function.Consumer<AtomicInteger> client) {
            AtomicInteger count = new AtomicInteger();
            counts.add(count);
            Thread thread = new Thread(() -> {
                while (!over.get()) {
                    try {
                        client.accept(count);
                    } catch (RuntimeException | AssertionError e) {
                        failures.add(e + " " + List.of(e.getStackTrace()).subList(0, 6));
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }

        private static void answered(AtomicInteger count, int status) {
            assertThat(status).isEqualTo(200);
            count.incrementAndGet();
        }

        /** Nothing allows the request of a new connection to fail. */
        private void once(AtomicInteger count) {
            try (RawPeer client = RawPeer.connect(address)) {
                answered(count, client.send(LAST).message().status());
            }
        }

        /** One that was sent on a connection which ends may be sent again (RFC 9110 section 9.2.2), but not the first of one. */
        private void kept(AtomicInteger count) {
            try (RawPeer client = RawPeer.connect(address)) {
                for (int sent = 0; !over.get(); sent++) {
                    RawPeer.Message answer;
                    try {
                        answer = client.send(KEPT).message();
                    } catch (RuntimeException | AssertionError e) {
                        if (sent == 0) {
                            throw e;
                        }
                        return;
                    }
                    answered(count, answer.status());
                    if (answer.field("connection").equals("close")) {
                        return;
                    }
                }
            }
        }

        /** GOAWAY names the last stream that is answered (RFC 9113 section 6.8). */
        private void http2(AtomicInteger count) {
            try (Http2Peer client = Http2Peer.connect(address)) {
                while (!over.get()) {
                    int stream = client.get("/");
                    Http2Peer.Answer answer = client.seen(stream);
                    boolean leaving = false;
                    while (!answer.ended && answer.reset < 0) {
                        Http2Peer.Frame frame = client.next();
                        if (frame == null) {
                            throw new AssertionError("ended before stream " + stream);
                        }
                        leaving |= frame.type() == Http2Peer.GOAWAY;
                        if (leaving && frame.type() == Http2Peer.GOAWAY && frame.lastStream() < stream) {
                            return;
                        }
                    }
                    answered(count, answer.status());
                    if (leaving) {
                        return;
                    }
                }
            }
        }

        void awaitMore(int requests) {
            int[] before = counts.stream().mapToInt(AtomicInteger::get).toArray();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                for (int i = 0; i < before.length; i++) {
                    if (counts.get(i).get() < before[i] + requests) {
                        return false;
                    }
                }
                return true;
            });
        }

        void stop() throws InterruptedException {
            over.set(true);
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }
}
