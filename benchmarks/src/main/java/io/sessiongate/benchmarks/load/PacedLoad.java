package io.sessiongate.benchmarks.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.HdrHistogram.Histogram;

/**
 * Requests at a fixed rate over kept-alive connections, whatever the answers do (an open loop): request {@code k} is due at
 * {@code start + k / rate}, on connection {@code k modulo connections}; where that one still waits, it goes out late and its
 * latency counts from when it was due, so that a slow server cannot slow down the questions it is asked (coordinated
 * omission). One epoll event loop with a nanosecond timer: between two requests the processor is free for whoever is behind
 * the server. Owner of all state: that loop; the caller waits for it. Bounded by the number of connections and the length.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what does not come to pass is missing in the result
public final class PacedLoad implements Closeable {

    private static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(10);
    private static final int CONNECTING_AT_ONCE = 64;
    private static final int RECEIVE_BYTES = 64 * 1024;
    private static final long CONNECT_SECONDS = 60;

    /** How long after the last request was due its answer may come. */
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private static final Duration ONCE = Duration.ofSeconds(4);

    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final Bootstrap bootstrap;
    private final List<ByteBuf> requests;
    private final PacedConnection[] connections;
    private int opened;
    private int opening;
    private Histogram latencyMicros = new Histogram(HIGHEST_MICROS, 3);
    private Histogram lateMicros = new Histogram(HIGHEST_MICROS, 3);
    private CompletableFuture<PacedResult> result =
            CompletableFuture.completedFuture(new PacedResult(latencyMicros, lateMicros, 0, 0));
    private long errors;
    private long startNanos;
    private double intervalNanos;
    private long total;
    private long sent;
    private long answered;

    private PacedLoad(InetSocketAddress target, int connections, List<byte[]> requests) {
        boolean epoll = Epoll.isAvailable();
        this.group =
                new MultiThreadIoEventLoopGroup(1, epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
        this.loop = group.next();
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channel(epoll ? EpollSocketChannel.class : NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(RECEIVE_BYTES))
                .remoteAddress(target);
        this.requests = requests.stream()
                .map(bytes -> Unpooled.directBuffer(bytes.length).writeBytes(bytes))
                .toList();
        this.connections = new PacedConnection[connections];
    }

    /** Opens all connections; only then is anything asked, so that opening them is no part of what is measured. */
    public static PacedLoad connect(InetSocketAddress target, int connections, List<byte[]> requests)
            throws IOException, InterruptedException {
        var load = new PacedLoad(target, connections, requests);
        try {
            load.open();
            return load;
        } catch (IOException | InterruptedException e) {
            load.close();
            throw e;
        }
    }

    private void open() throws IOException, InterruptedException {
        var all = new CompletableFuture<Void>();
        loop.execute(() -> {
            for (int i = 0; i < Math.min(CONNECTING_AT_ONCE, connections.length); i++) {
                openNext(all);
            }
        });
        await(all, CONNECT_SECONDS);
    }

    private void openNext(CompletableFuture<Void> all) {
        if (opening == connections.length) {
            return;
        }
        int index = opening++;
        var connection = new PacedConnection(this, index);
        connections[index] = connection;
        connect(connection).addListener(done -> {
            if (!done.isSuccess()) {
                all.completeExceptionally(new IOException(
                        "only %d of %d connections were accepted".formatted(opened, connections.length), done.cause()));
            } else if (++opened == connections.length) {
                all.complete(null);
            } else {
                openNext(all);
            }
        });
    }

    private ChannelFuture connect(PacedConnection connection) {
        return bootstrap.clone().handler(connection).connect();
    }

    /** Sends {@code rate} requests a second for {@code length} and returns when the last is answered. */
    public PacedResult run(double rate, Duration length) throws IOException, InterruptedException {
        var done = new CompletableFuture<PacedResult>();
        loop.execute(() -> begin(rate, length, done));
        return await(done, length.plus(PATIENCE).toSeconds() + CONNECT_SECONDS);
    }

    /** One request on each connection: idle connections of the real world have been used. */
    public PacedResult askEachOnce() throws IOException, InterruptedException {
        return run(connections.length / (double) ONCE.toSeconds(), ONCE);
    }

    private void begin(double rate, Duration length, CompletableFuture<PacedResult> done) {
        latencyMicros = new Histogram(HIGHEST_MICROS, 3);
        lateMicros = new Histogram(HIGHEST_MICROS, 3);
        result = done;
        errors = 0;
        sent = 0;
        answered = 0;
        intervalNanos = 1e9 / rate;
        total = Math.round(rate * length.toNanos() / 1e9);
        for (PacedConnection connection : connections) {
            connection.begin();
        }
        startNanos = System.nanoTime();
        long all = length.plus(PATIENCE).toNanos();
        var end = loop.schedule(this::finish, all, TimeUnit.NANOSECONDS);
        done.whenComplete((r, e) -> end.cancel(false));
        tick();
    }

    private void tick() {
        if (result.isDone()) {
            return;
        }
        long now = System.nanoTime();
        while (sent < total && dueNanos(sent) - now <= 0) {
            PacedConnection connection = connections[(int) (sent % connections.length)];
            if (connection.idle()) {
                lateMicros.recordValue(Math.min((now - dueNanos(sent)) / 1000, HIGHEST_MICROS));
            }
            sent++;
            connection.due();
        }
        if (sent < total) {
            loop.schedule(this::tick, Math.max(1, dueNanos(sent) - System.nanoTime()), TimeUnit.NANOSECONDS);
        }
    }

    private long dueNanos(long request) {
        return startNanos + (long) (request * intervalNanos);
    }

    /** The bytes of a connection's {@code nth} request. */
    ByteBuf request(int connection, long nth) {
        long request = nth * connections.length + connection;
        return requests.get((int) (request % requests.size())).retainedDuplicate();
    }

    void answered(int connection, long nth, boolean good) {
        long latency = System.nanoTime() - dueNanos(nth * connections.length + connection);
        latencyMicros.recordValue(Math.min(Math.max(latency, 0) / 1000, HIGHEST_MICROS));
        if (!good) {
            errors++;
        }
        if (++answered == total) {
            finish();
        }
    }

    /** A connection ended; unless all is over, it is opened again. */
    void lost(PacedConnection connection) {
        if (!result.isDone() && !group.isShuttingDown()) {
            connect(connection);
        }
    }

    private void finish() {
        long unanswered = total - answered;
        result.complete(
                new PacedResult(latencyMicros, lateMicros, errors + unanswered, System.nanoTime() - startNanos));
    }

    private static <T> T await(CompletableFuture<T> future, long seconds) throws IOException, InterruptedException {
        try {
            return future.get(seconds, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw new IOException("the load failed: " + e.getCause(), e);
        } catch (TimeoutException e) {
            throw new IOException("the load did not end", e);
        }
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, CONNECT_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
        requests.forEach(ByteBuf::release);
    }
}
