package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.socket.ServerSocketChannel;
import io.sessiongate.testing.LeakWatch;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections are read, and what memory that takes, on sockets of one loop. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("FutureReturnValueIgnored") // what is awaited is what came
class ReadsTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final long RING = (long) ReadRing.FIRST * ReadRing.BUFFER_BYTES;
    private static final long MOST = (long) (ReadRing.MOST + ReadRing.SPARE) * ReadRing.BUFFER_BYTES;

    /** Of every connection: what its own reads hold. */
    private final UnpooledByteBufAllocator own = new UnpooledByteBufAllocator(true);

    private final List<Reader> readers = new CopyOnWriteArrayList<>();
    private final List<Socket> clients = new ArrayList<>();
    private final AtomicLong received = new AtomicLong();
    private long sentByEach;
    private @Nullable Transport transport;
    private @Nullable InetSocketAddress address;

    /** Takes what comes, and looks at both ends of every piece. */
    private final class Reader extends ChannelInboundHandlerAdapter {
        private final Channel channel;
        private final boolean goesOn;
        private final boolean keeps;
        private final List<ByteBuf> kept = new CopyOnWriteArrayList<>();
        private final AtomicLong messages = new AtomicLong();
        private volatile int most;
        private volatile boolean disordered;
        private long position;

        Reader(Channel channel, boolean goesOn, boolean keeps) {
            this.channel = channel;
            this.goesOn = goesOn;
            this.keeps = keeps;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            readers.add(this);
            if (goesOn) {
                ctx.read();
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            int bytes = in.readableBytes();
            most = Math.max(most, bytes);
            disordered |= in.getByte(in.readerIndex()) != octet(position);
            position += bytes;
            disordered |= in.getByte(in.writerIndex() - 1) != octet(position - 1);
            if (keeps) {
                kept.add(in);
            } else {
                in.release();
            }
            messages.incrementAndGet();
            received.addAndGet(bytes);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (goesOn) {
                ctx.read();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    private Transport transport() {
        if (transport == null) {
            throw new IllegalStateException("not started");
        }
        return transport;
    }

    private void listen(String kind, boolean goesOn, boolean keeps) {
        try {
            transport = Transport.of(kind, 1);
        } catch (IllegalStateException e) {
            assumeTrue(false, e.getMessage());
        }
        assumeTrue(!kind.equals("IO_URING") || ReadRing.supported());
        EventLoop loop = transport().loops().get(0);
        ServerSocketChannel server =
                new ReflectiveChannelFactory<ServerSocketChannel>(transport().serverChannel()).newChannel();
        server.config().setOption(ChannelOption.SO_BACKLOG, 1024);
        server.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                Channel accepted = transport().prepared((Channel) message);
                accepted.config().setAutoRead(false);
                accepted.config().setAllocator(own);
                accepted.pipeline().addLast(new Reader(accepted, goesOn, keeps));
                loop.register(accepted);
            }
        });
        loop.register(server).syncUninterruptibly();
        server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)).syncUninterruptibly();
        address = server.localAddress();
    }

    private Socket client() throws IOException {
        InetSocketAddress to = address;
        if (to == null) {
            throw new IllegalStateException("not listening");
        }
        Socket client = new Socket(to.getAddress(), to.getPort());
        client.setTcpNoDelay(true);
        clients.add(client);
        return client;
    }

    /** At that place of what any client sends. No piece that could be lost is as long as it takes to repeat. */
    private static byte octet(long position) {
        return (byte) (position % 251);
    }

    private static byte[] octets(long from, int bytes) {
        byte[] piece = new byte[bytes];
        for (int i = 0; i < bytes; i++) {
            piece[i] = octet(from + i);
        }
        return piece;
    }

    /** The next octets of each client. */
    private void sendToAll(int bytes) throws IOException {
        byte[] piece = octets(sentByEach, bytes);
        for (Socket client : clients) {
            client.getOutputStream().write(piece);
        }
        sentByEach += bytes;
    }

    @AfterEach
    void close() throws Exception {
        for (Socket client : clients) {
            client.close();
        }
        for (Reader reader : readers) {
            reader.kept.forEach(ByteBuf::release);
        }
        if (transport != null) {
            transport.close(LONG).toCompletableFuture().get(30, TimeUnit.SECONDS);
            assertThat(transport.readBytes()).as("after the end").isZero();
        }
        assertThat(own.metric().usedDirectMemory()).isZero();
    }

    /** So many that the kernel is behind with telling which of them have something to read. */
    @ParameterizedTest
    @ValueSource(strings = {"EPOLL", "IO_URING"})
    void holdNothingWhileTheyWait(String kind) throws Exception {
        listen(kind, true, false);
        for (int i = 0; i < 2000; i++) {
            client();
        }
        for (int round = 0; round < 16; round++) {
            sendToAll(16 * 1024);
        }
        await().atMost(LONG).until(() -> received.get() == 2000 * sentByEach);
        assertThat(own.metric().usedDirectMemory()).isZero();
        assertThat(transport().readBytes()).isLessThanOrEqualTo(MOST);
        sendToAll(1);
        await().atMost(LONG).until(() -> received.get() == 2000 * sentByEach);
        assertThat(readers).hasSize(2000).noneMatch(reader -> reader.disordered);
    }

    @ParameterizedTest
    @ValueSource(strings = {"EPOLL", "IO_URING"})
    void bringNoMoreThanOneBufferForEachThatWasAskedFor(String kind) throws Exception {
        listen(kind, false, false);
        OutputStream out = client().getOutputStream();
        AtomicLong sent = new AtomicLong();
        CompletableFuture<Void> pushing = CompletableFuture.runAsync(() -> {
            try {
                while (true) {
                    out.write(octets(sent.get(), 64 * 1024));
                    sent.addAndGet(64 * 1024);
                }
            } catch (IOException over) {
                // the end of the test
            }
        });
        await().until(() -> readers.size() == 1);
        Reader reader = readers.get(0);
        for (int asked = 1; asked <= 40; asked++) {
            int upTo = asked;
            reader.channel.read();
            await().pollInterval(Duration.ofMillis(1)).until(() -> reader.messages.get() >= upTo);
        }
        AtomicLong last = new AtomicLong(-1);
        await().pollInterval(Duration.ofMillis(300)).until(() -> last.getAndSet(sent.get()) == sent.get());
        assertThat(reader.messages.get()).isEqualTo(40);
        assertThat(reader.most).isLessThanOrEqualTo(64 * 1024);
        assertThat(sent.get()).as("held back").isLessThan(received.get() + 16 * 1024 * 1024);
        assertThat(reader.disordered).isFalse();
        clients.get(0).close();
        pushing.get(30, TimeUnit.SECONDS);
    }

    @Test
    void loseAndReorderNothingWhenTheRingRunsDry() throws Exception {
        listen("IO_URING", false, false);
        for (int i = 0; i < 400; i++) {
            client();
        }
        await().until(() -> readers.size() == 400);
        for (int round = 0; round < 8; round++) {
            sendToAll(1024);
            // Each read finds something at once, and none gives its buffer back before all have been begun.
            transport().loops().get(0).execute(() -> readers.forEach(reader -> reader.channel.read()));
            await().until(() -> received.get() == 400 * sentByEach);
        }
        assertThat(transport().readBytes()).as("it ran dry, and grew").isBetween(RING + 1, MOST);
        assertThat(readers).noneMatch(reader -> reader.disordered);
    }

    @Test
    void holdLittleOfWhatIsSmallAndKept() throws Exception {
        listen("IO_URING", true, true);
        client();
        for (int n = 0; n < 500; n++) {
            sendToAll(256);
            await().pollInterval(Duration.ofMillis(1)).until(() -> received.get() == sentByEach);
        }
        assertThat(transport().readBytes()).isEqualTo(RING);
        assertThat(readers.get(0).kept).hasSize(500).allMatch(piece -> piece.capacity() <= 512);
    }

    @Test
    void countWhatIsLargeAndKeptUntilItIsReleased() throws Exception {
        listen("IO_URING", true, true);
        byte[] piece = octets(0, 16 * ReadRing.BUFFER_BYTES);
        client().getOutputStream().write(piece);
        await().until(() -> received.get() == piece.length);
        assertThat(transport().readBytes()).isGreaterThan(RING + piece.length / 2);
        // Released by somebody else than the loop: freed.
        readers.get(0).kept.forEach(ByteBuf::release);
        readers.get(0).kept.clear();
        assertThat(transport().readBytes()).isBetween(RING, RING + (long) ReadRing.SPARE * ReadRing.BUFFER_BYTES);
    }

    @Test
    void takeNoBufferFromTheRingForTheEndOfAConnection() throws Exception {
        listen("IO_URING", true, false);
        for (int i = 0; i < 2 * ReadRing.MOST; i++) {
            Socket client = client();
            client.getOutputStream().write(octets(0, 1));
            long all = i + 1L;
            await().pollInterval(Duration.ofMillis(1)).until(() -> received.get() == all);
            if (i % 2 == 0) {
                client.setSoLinger(true, 0);
            }
            client.close();
        }
        clients.clear();
        await().until(() -> readers.stream().noneMatch(reader -> reader.channel.isOpen()));
        long before = received.get();
        client();
        for (int n = 0; n < ReadRing.FIRST; n++) {
            sendToAll(1024);
            await().pollInterval(Duration.ofMillis(1)).until(() -> received.get() == before + sentByEach);
        }
        assertThat(readers).noneMatch(reader -> reader.disordered);
    }
}
