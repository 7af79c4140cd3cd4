package io.sessiongate.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.UpstreamMeters;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one upstream. Confined to that loop, but for the three counts that other loops
 * may read. Bounded by the {@link ConnectionBudget} it shares with the other loops; a request that finds no connection
 * waits for at most the connect timeout, and where too many wait it is refused at once.
 *
 * <p>Servers are taken in turn, one that could not be reached being left out for a second; of one server's unused
 * connections the one used last is taken, so that the others can age and be closed.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the volatile counts have one writer, the loop
final class UpstreamPool {

    private static final long SHUNNED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final UpstreamConfig config;
    private final EventLoop loop;
    private final ConnectionBudget budget;
    private final ServerNames names;
    private final Bootstrap bootstrap;
    private final int headBytes;
    private final UpstreamMeters.Upstream meters;
    private final LongSupplier nanoTime;
    private final List<Server> servers = new ArrayList<>();
    private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();
    private int turn;
    private @Nullable ScheduledFuture<?> sweep;
    private boolean closed;

    // Written on the loop alone, so that increments need no lock; read by others.
    private volatile int open;
    private volatile int idle;
    private volatile int waiting;

    UpstreamPool(
            UpstreamConfig config,
            EventLoop loop,
            int firstTurn,
            ConnectionBudget budget,
            ServerNames names,
            Bootstrap bootstrap,
            int headBytes,
            UpstreamMeters.Upstream meters,
            LongSupplier nanoTime) {
        this.config = config;
        this.loop = loop;
        this.turn = firstTurn;
        this.budget = budget;
        this.names = names;
        this.bootstrap = bootstrap.clone(loop);
        this.headBytes = headBytes;
        this.meters = meters;
        this.nanoTime = nanoTime;
        for (InetSocketAddress address : config.servers()) {
            servers.add(new Server(address));
        }
    }

    EventLoop loop() {
        return loop;
    }

    ServerNames names() {
        return names;
    }

    UpstreamMeters.Upstream meters() {
        return meters;
    }

    long nowNanos() {
        return nanoTime.getAsLong();
    }

    int open() {
        return open;
    }

    int idle() {
        return idle;
    }

    int waiting() {
        return waiting;
    }

    /**
     * Finds a connection for a request.
     *
     * @param fresh whether it has to be a new one, because a kept one was stale
     */
    PendingConnection acquire(boolean fresh, UpstreamEvents events) {
        if (!fresh && waiters.isEmpty()) {
            UpstreamConnection kept = keptInTurn();
            if (kept != null) {
                events.onConnection(kept);
                return PendingConnection.NONE;
            }
        }
        if (closed || !budget.tryWait()) {
            events.onUnavailable(Fault.of(FaultKind.UPSTREAM_BUSY));
            return PendingConnection.NONE;
        }
        Waiter waiter = new Waiter(fresh, events);
        waiters.addLast(waiter);
        waiting = waiters.size();
        waiter.startTimer();
        serve();
        return waiter;
    }

    /** The unused connection of the server whose turn it is; of any other only where no new one may be opened. */
    private @Nullable UpstreamConnection keptInTurn() {
        Server next = nextServer();
        UpstreamConnection kept = takeKept(next);
        if (kept == null && idle > 0 && budget.openNow() >= config.maxConnections()) {
            kept = anyKept();
        }
        if (kept != null) {
            turn = servers.indexOf(next) + 1;
        }
        return kept;
    }

    private Server nextServer() {
        if (servers.size() == 1) {
            return servers.get(0);
        }
        long now = nowNanos();
        for (int i = 0; i < servers.size(); i++) {
            Server candidate = servers.get((turn + i) % servers.size());
            if (!candidate.shunned(now)) {
                return candidate;
            }
        }
        return servers.get(turn % servers.size());
    }

    private @Nullable UpstreamConnection anyKept() {
        for (Server server : servers) {
            UpstreamConnection kept = takeKept(server);
            if (kept != null) {
                return kept;
            }
        }
        return null;
    }

    private @Nullable UpstreamConnection takeKept(Server server) {
        UpstreamConnection kept;
        while ((kept = server.kept.pollFirst()) != null) {
            idle--;
            boolean young =
                    nowNanos() - kept.idleSinceNanos() < config.idleTimeout().toNanos();
            if (kept.usable() && young) {
                return kept;
            }
            kept.close();
        }
        return null;
    }

    /** Gives waiting requests what there is: unused connections first, then new ones as far as the budget goes. */
    private void serve() {
        while (!waiters.isEmpty() && !waiters.getFirst().fresh && idle > 0) {
            UpstreamConnection kept = budget.openNow() >= config.maxConnections() ? anyKept() : keptInTurn();
            if (kept == null) {
                break;
            }
            waiters.getFirst().grant(kept);
        }
        Waiter waiter;
        while ((waiter = withoutAttempt()) != null) {
            if (!budget.tryOpen()) {
                makeRoom(waiter);
                return;
            }
            connectFor(waiter);
        }
    }

    private @Nullable Waiter withoutAttempt() {
        for (Waiter waiter : waiters) {
            if (waiter.attempt == null) {
                return waiter;
            }
        }
        return null;
    }

    /** No new connection may be opened: an unused one of our own makes room for a fresh one, else others are asked. */
    private void makeRoom(Waiter waiter) {
        UpstreamConnection own = waiter.fresh ? anyKept() : null;
        if (own != null) {
            own.close();
        } else {
            budget.askForIdle(this);
        }
    }

    private void connectFor(Waiter waiter) {
        open++;
        Server first = nextServer();
        int at = servers.indexOf(first);
        turn = at + 1;
        List<Server> order = servers.size() == 1 ? servers : List.of(first, servers.get((at + 1) % servers.size()));
        ConnectAttempt attempt = new ConnectAttempt(this, bootstrap, order, waiter.deadlineNanos);
        waiter.attempt = attempt;
        attempt.start();
    }

    void connected(ConnectAttempt attempt, Server server, Channel channel) {
        meters.connected();
        server.reached();
        UpstreamConnection connection = new UpstreamConnection(this, server, channel, headBytes);
        Waiter own = find(attempt);
        Waiter next = own != null ? own : waiters.peekFirst();
        if (closed) {
            connection.close();
        } else if (next != null) {
            next.grant(connection);
        } else {
            keep(connection);
        }
    }

    void connectFailed(ConnectAttempt attempt) {
        Waiter own = find(attempt);
        open--;
        if (own != null) {
            own.refuse(FaultKind.UPSTREAM_UNREACHABLE);
        }
        budget.closed();
    }

    private @Nullable Waiter find(ConnectAttempt attempt) {
        for (Waiter waiter : waiters) {
            if (waiter.attempt == attempt) {
                return waiter;
            }
        }
        return null;
    }

    /** A connection has served its request and may serve another. */
    void released(UpstreamConnection connection) {
        Waiter next = waiters.peekFirst();
        if (closed || (next == null ? budget.othersStarve(this) : next.fresh)) {
            connection.close();
        } else if (next != null && !budget.othersStarve(this)) {
            next.grant(connection);
        } else if (next != null) {
            connection.close();
        } else {
            keep(connection);
        }
    }

    private void keep(UpstreamConnection connection) {
        connection.idleSince(nowNanos());
        connection.server().kept.addFirst(connection);
        idle++;
        if (sweep == null) {
            sweepAfter(config.idleTimeout().toNanos());
        }
    }

    /** A connection is closed, for whatever reason; called once for each. */
    void closed(UpstreamConnection connection) {
        if (connection.server().kept.remove(connection)) {
            idle--;
        }
        open--;
        budget.closed();
    }

    private void sweepAfter(long nanos) {
        sweep = loop.schedule(this::sweep, nanos, TimeUnit.NANOSECONDS);
    }

    /** Closes connections that were unused for too long: the oldest are last. */
    private void sweep() {
        sweep = null;
        long now = nowNanos();
        long nextNanos = Long.MAX_VALUE;
        for (Server server : servers) {
            UpstreamConnection oldest;
            while ((oldest = server.kept.peekLast()) != null) {
                long leftNanos = config.idleTimeout().toNanos() - (now - oldest.idleSinceNanos());
                if (leftNanos > 0) {
                    nextNanos = Math.min(nextNanos, leftNanos);
                    break;
                }
                oldest.close();
            }
        }
        if (nextNanos != Long.MAX_VALUE && !closed) {
            sweepAfter(nextNanos);
        }
    }

    /** From any thread: a place may be free. */
    void poke() {
        loop.execute(this::serve);
    }

    /** From any thread: another loop waits; an unused connection here is better closed. */
    void askToYield() {
        loop.execute(() -> {
            UpstreamConnection kept = anyKept();
            if (kept != null) {
                kept.close();
            }
        });
    }

    /** Closes unused connections and refuses who waits; those in use are closed when they are released. */
    void close() {
        closed = true;
        if (sweep != null) {
            sweep.cancel(false);
        }
        UpstreamConnection kept;
        while ((kept = anyKept()) != null) {
            kept.close();
        }
        new ArrayList<>(waiters).forEach(w -> w.refuse(FaultKind.UPSTREAM_BUSY));
    }

    /** One server of the upstream, as this loop sees it. */
    static final class Server {
        private final InetSocketAddress address;
        private final String name;
        private final ArrayDeque<UpstreamConnection> kept = new ArrayDeque<>();
        private boolean unreachable;
        private long failedNanos;

        Server(InetSocketAddress address) {
            this.address = address;
            this.name = address.getHostString() + ":" + address.getPort();
        }

        InetSocketAddress address() {
            return address;
        }

        String name() {
            return name;
        }

        void failed(long nowNanos) {
            unreachable = true;
            failedNanos = nowNanos;
        }

        void reached() {
            unreachable = false;
        }

        boolean shunned(long nowNanos) {
            return unreachable && nowNanos - failedNanos < SHUNNED_NANOS;
        }
    }

    /** One request that waits; leaves the queue exactly once: granted, refused or taken back. */
    private final class Waiter implements PendingConnection {
        private final boolean fresh;
        private final UpstreamEvents events;
        private final long sinceNanos = nowNanos();
        private final long deadlineNanos = sinceNanos + config.connectTimeout().toNanos();
        private @Nullable ConnectAttempt attempt;
        private @Nullable ScheduledFuture<?> timer;
        private boolean done;

        Waiter(boolean fresh, UpstreamEvents events) {
            this.fresh = fresh;
            this.events = events;
        }

        void startTimer() {
            timer = loop.schedule(
                    () -> refuse(attempt != null ? FaultKind.UPSTREAM_UNREACHABLE : FaultKind.UPSTREAM_BUSY),
                    config.connectTimeout().toNanos(),
                    TimeUnit.NANOSECONDS);
        }

        void grant(UpstreamConnection connection) {
            if (leave()) {
                meters.waited(nowNanos() - sinceNanos);
                events.onConnection(connection);
            }
        }

        void refuse(FaultKind kind) {
            if (leave()) {
                events.onUnavailable(Fault.of(kind));
            }
        }

        @Override
        public void cancel() {
            leave();
        }

        private boolean leave() {
            if (done) {
                return false;
            }
            done = true;
            waiters.remove(this);
            waiting = waiters.size();
            budget.waited();
            if (timer != null) {
                timer.cancel(false);
            }
            return true;
        }
    }
}
