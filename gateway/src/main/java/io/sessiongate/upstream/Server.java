package io.sessiongate.upstream;

import io.sessiongate.config.ServerAddress;
import io.sessiongate.metrics.OneServer;
import io.sessiongate.upstream.policy.Balancing;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One server of an upstream, as all event loops share it: what is under way at it, how it stands, and whether it is still
 * one. Where the name of a server has several addresses, each is a server. Safe to use from any thread; what {@link #on} gives
 * is confined to its loop.
 */
final class Server {

    private final ServerAddress address;
    private volatile @Nullable InetAddress fixed;
    private volatile String name;
    private volatile long seed;
    private final OneServer meters;
    private final LoopServer[] byLoop;
    private final InFlight inFlight = new InFlight();
    private final ServerHealth health;

    /** The one it is, and those of the other family that stand for the same; empty where it is no name, or none is known. */
    private volatile List<InetAddress> addresses = List.of();

    private volatile boolean gone;

    /**
     * A server.
     *
     * @param fixed which of its addresses this is; null where it is no name, or none is known yet
     * @param health how it stands
     */
    Server(ServerAddress address, @Nullable InetAddress fixed, int loops, OneServer meters, ServerHealth health) {
        this.address = address;
        this.fixed = fixed;
        this.name = name(address, fixed);
        this.seed = seed(name);
        this.meters = meters;
        this.health = health;
        this.byLoop = new LoopServer[loops];
        for (int i = 0; i < loops; i++) {
            byLoop[i] = new LoopServer(this);
        }
    }

    private static String name(ServerAddress address, @Nullable InetAddress fixed) {
        return fixed == null ? address.name() : address.name() + " (" + fixed.getHostAddress() + ")";
    }

    /** What was only a name until now is this address, and keeps its connections: most likely they lead there. */
    void become(InetAddress one) {
        addresses = List.of(one); // first: whoever sees which address it is goes there
        fixed = one;
        name = name(address, one);
        seed = seed(name);
    }

    /** The same in every gateway; FNV-1a, as {@code String.hashCode} of names that differ in their last digit is too alike. */
    private static long seed(String name) {
        long hash = 0xcbf29ce484222325L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
        }
        return Balancing.mix(hash);
    }

    /** As configured, so perhaps a name. */
    ServerAddress address() {
        return address;
    }

    /** Which of the addresses of a name; null where there is no name, or none is known yet. */
    @Nullable InetAddress fixed() {
        return fixed;
    }

    /** Where to connect to, in this order. */
    List<InetAddress> addresses() {
        return addresses;
    }

    void addresses(List<InetAddress> found) {
        addresses = found;
    }

    boolean is(ServerAddress configured, @Nullable InetAddress which) {
        return address.equals(configured) && Objects.equals(fixed, which);
    }

    /** {@code host:port}, with the address behind it where there is a choice, or {@code unix:/path}. */
    String name() {
        return name;
    }

    long seed() {
        return seed;
    }

    OneServer meters() {
        return meters;
    }

    LoopServer on(int loop) {
        return byLoop[loop];
    }

    InFlight inFlight() {
        return inFlight;
    }

    ServerHealth health() {
        return health;
    }

    /** It is no server of the upstream any more: what is under way ends, and no connection is kept. */
    void leave() {
        gone = true;
    }

    boolean gone() {
        return gone;
    }
}
