package io.sessiongate.upstream;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.netty.channel.EventLoop;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.sessiongate.config.ServerAddress;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Finds the addresses of servers without blocking an event loop: the system's resolver runs on two threads of its own.
 * A found name is used for {@value #FRESH_SECONDS} s and then refreshed behind the back of those who ask, so only the
 * first request of a name waits. Literal addresses never wait. Holds the {@value #MOST_KNOWN} names used last, as reloads bring
 * others; at most {@value #MOST_WAITING} look-ups wait, the next fails. Safe to use from any thread.
 */
final class ServerNames {

    private static final int FRESH_SECONDS = 10;
    private static final int MOST_WAITING = 256;
    private static final int MOST_KNOWN = 1024;

    private final LongSupplier nanoTime;
    private final Resolver system;
    private final ThreadPoolExecutor resolver;
    private final Cache<String, Found> found = Caffeine.newBuilder()
            .maximumSize(MOST_KNOWN)
            .executor(Runnable::run)
            .build();

    private record Found(List<InetAddress> addresses, long atNanos, boolean literal) {}

    /** The system's resolver, or what stands for it in a test; blocks. */
    @FunctionalInterface
    interface Resolver {
        InetAddress[] resolve(String name) throws UnknownHostException;
    }

    ServerNames(LongSupplier nanoTime) {
        this(nanoTime, InetAddress::getAllByName);
    }

    ServerNames(LongSupplier nanoTime, Resolver system) {
        this.nanoTime = nanoTime;
        this.system = system;
        resolver = new ThreadPoolExecutor(
                2,
                2,
                30,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MOST_WAITING),
                new DefaultThreadFactory("sessiongate-names", true));
        resolver.allowCoreThreadTimeOut(true);
    }

    /**
     * Shows the addresses of a server, in the system's order, inline where they are known and else on the loop; an empty
     * list where there are none.
     */
    void resolve(InetSocketAddress server, EventLoop loop, Consumer<List<InetAddress>> then) {
        if (server.getAddress() != null) {
            then.accept(List.of(server.getAddress()));
            return;
        }
        String name = server.getHostString();
        Found known = found.getIfPresent(name);
        if (known == null) {
            known = literal(name);
        }
        if (known == null) {
            lookUp(name, addresses -> loop.execute(() -> then.accept(addresses)));
            return;
        }
        then.accept(known.addresses);
        long ageNanos = nanoTime.getAsLong() - known.atNanos;
        if (!known.literal && ageNanos > TimeUnit.SECONDS.toNanos(FRESH_SECONDS)) {
            // Counts as fresh while it is looked up, so that one look-up is made and not one a request.
            found.put(name, new Found(known.addresses, nanoTime.getAsLong(), false));
            lookUp(name, addresses -> {});
        }
    }

    private @Nullable Found literal(String name) {
        byte[] bytes = NetUtil.createByteArrayFromIpAddressString(name);
        if (bytes == null) {
            return null;
        }
        try {
            Found literal = new Found(List.of(InetAddress.getByAddress(bytes)), 0, true);
            found.put(name, literal);
            return literal;
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address has 4 or 16 bytes", e);
        }
    }

    /** Whether that server is given by a name that has to be looked up. */
    static boolean isName(ServerAddress server) {
        return server instanceof ServerAddress.Tcp tcp
                && tcp.address().getAddress() == null
                && NetUtil.createByteArrayFromIpAddressString(tcp.address().getHostString()) == null;
    }

    /** Looks a name up, and tells what was found on a thread of the resolver; inline, and nothing, where too many wait. */
    void lookUp(String name, Consumer<List<InetAddress>> then) {
        try {
            resolver.execute(() -> then.accept(blockingLookUp(name)));
        } catch (RejectedExecutionException e) {
            then.accept(List.of());
        }
    }

    private List<InetAddress> blockingLookUp(String name) {
        try {
            List<InetAddress> addresses = List.of(system.resolve(name));
            found.put(name, new Found(addresses, nanoTime.getAsLong(), false));
            return addresses;
        } catch (UnknownHostException e) {
            return List.of();
        }
    }

    void close() {
        resolver.shutdownNow();
    }
}
