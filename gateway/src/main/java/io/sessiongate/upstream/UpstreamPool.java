package io.sessiongate.upstream;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.http.AddressBlock;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.metrics.UpstreamMeters;
import io.sessiongate.upstream.UploadPlaces.Place;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one upstream. Confined to that loop, but for the three counts that other loops
 * may read. Bounded by the {@link ConnectionBudget} it shares with the other loops: a request that finds no connection
 * opens one, or waits for one where none may be opened, and is refused at once where too many wait already; both end at
 * the connect timeout.
 *
 * <p>Owns how many connections are open or being opened, and when unused ones are looked through. {@link KeptConnections} has
 * the unused ones, {@link ConnectionLine} who has none yet.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the counts have one writer, the loop
final class UpstreamPool {

    private final UpstreamConfig config;
    private final EventLoop loop;
    private final ConnectionBudget budget;
    private final ServerNames names;
    private final Dialer dialer;
    private final int headBytes;
    private final HeadStorages storages;
    private final UpstreamMeters.Upstream meters;
    private final LongSupplier nanoTime;
    private final KeptConnections kept;
    private final UploadLine uploads;
    private final ConnectionLine line;
    private @Nullable ScheduledFuture<?> sweep;
    private boolean closed;
    private boolean draining;
    private volatile int open;

    UpstreamPool(
            UpstreamConfig config,
            EventLoop loop,
            int firstTurn,
            ConnectionBudget budget,
            UploadPlaces places,
            ServerNames names,
            Dialer dialer,
            int headBytes,
            HeadStorages storages,
            UpstreamMeters.Upstream meters,
            LongSupplier nanoTime) {
        this.config = config;
        this.loop = loop;
        this.budget = budget;
        this.names = names;
        this.dialer = dialer.on(loop);
        this.headBytes = headBytes;
        this.storages = storages;
        this.meters = meters;
        this.nanoTime = nanoTime;
        this.kept = new KeptConnections(
                config.servers(), firstTurn, config.idleTimeout().toNanos(), nanoTime);
        this.line = new ConnectionLine(budget);
        this.uploads =
                new UploadLine(this, places, budget, config.connectTimeout().toNanos());
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

    /** Connections open or being opened; from any thread, as the next two. */
    int open() {
        return open;
    }

    int idle() {
        return kept.count();
    }

    /** Requests for which there is not even an attempt to connect. */
    int waiting() {
        return line.waiting();
    }

    UploadLine uploads() {
        return uploads;
    }

    /**
     * Finds a connection for a request.
     *
     * @param fresh whether it has to be a new one, because a kept one was stale
     * @param bodyComing whether the request has a body that is not here yet, so that who sends it decides how long
     * @param client who sends it; null for a proxy that is trusted
     */
    PendingConnection acquire(boolean fresh, boolean bodyComing, @Nullable AddressBlock client, UpstreamEvents events) {
        return bodyComing
                ? uploads.acquire(fresh, client, events)
                : acquire(fresh, null, config.connectTimeout().toNanos(), events);
    }

    /**
     * The same past the {@link UploadLine}.
     *
     * @param place what it has of the {@link UploadPlaces}, if it does, which goes with the connection
     */
    PendingConnection acquire(boolean fresh, @Nullable Place place, long boundNanos, UpstreamEvents events) {
        if (!fresh && line.isEmpty()) {
            UpstreamConnection connection = keptInTurn();
            if (connection != null) {
                connection.uploading(place);
                events.onConnection(connection);
                return PendingConnection.NONE;
            }
        }
        boolean opens = !closed && line.waiting() == 0 && budget.tryOpen();
        if (closed || (!opens && !budget.tryWait())) {
            uploads.over(place);
            refuse(events);
            return PendingConnection.NONE;
        }
        Waiter waiter = new Waiter(this, events, fresh, place, boundNanos);
        if (opens) {
            line.add(waiter);
            connectFor(waiter);
        } else {
            line.addWaiting(waiter);
            serve();
        }
        return waiter;
    }

    void refuse(UpstreamEvents events) {
        meters.error(FaultKind.UPSTREAM_BUSY);
        events.onUnavailable(Fault.of(FaultKind.UPSTREAM_BUSY));
    }

    /** The unused connection of the server whose turn it is; of any other only where no new one may be opened. */
    private @Nullable UpstreamConnection keptInTurn() {
        UpstreamServer next = kept.next();
        UpstreamConnection connection = kept.take(next);
        if (connection == null && kept.count() > 0 && budget.full()) {
            connection = kept.takeAny();
        }
        if (connection != null) {
            kept.taken(next);
        }
        return connection;
    }

    /** Gives waiting requests what there is: unused connections first, then new ones as far as the budget goes. */
    private void serve() {
        Waiter waiter = line.firstWaiting();
        while (waiter != null) {
            UpstreamConnection connection = waiter.fresh() ? null : keptInTurn();
            if (connection != null) {
                waiter.grant(connection);
            } else if (budget.tryOpen()) {
                line.waitsNoMore();
                connectFor(waiter);
            } else {
                makeRoom(waiter);
                return;
            }
            waiter = line.firstWaiting();
        }
    }

    /** No new connection may be opened: an unused one of our own makes room for a fresh one, else others are asked. */
    private void makeRoom(Waiter waiter) {
        UpstreamConnection own = waiter.fresh() ? kept.takeAny() : null;
        if (own != null) {
            own.close();
        } else {
            budget.askForIdle(this);
        }
    }

    /** A place is taken already. */
    private void connectFor(Waiter waiter) {
        open++;
        UpstreamServer server = kept.next();
        kept.taken(server);
        ConnectAttempt attempt = new ConnectAttempt(this, dialer, kept.withNext(server), waiter.deadlineNanos());
        waiter.attempt(attempt);
        attempt.start();
    }

    void connected(ConnectAttempt attempt, UpstreamServer server, Channel channel) {
        meters.connected();
        server.reached();
        UpstreamConnection connection = new UpstreamConnection(this, server, channel, headBytes, storages);
        Waiter own = line.of(attempt);
        handOver(connection, own != null ? own : line.first());
    }

    void connectFailed(ConnectAttempt attempt) {
        open--;
        Waiter own = line.of(attempt);
        if (own != null) {
            own.refuse(FaultKind.UPSTREAM_UNREACHABLE);
        }
        budget.closed();
    }

    /** A connection has served its request and may serve another. */
    void released(UpstreamConnection connection) {
        Waiter next = line.first();
        if ((next != null && next.fresh()) || budget.othersStarve(this)) {
            connection.close();
        } else {
            handOver(connection, next);
        }
    }

    private void handOver(UpstreamConnection connection, @Nullable Waiter next) {
        if (closed) {
            connection.close();
        } else if (next != null) {
            next.grant(connection);
        } else if (draining) {
            connection.close();
        } else {
            kept.put(connection);
            if (sweep == null) {
                sweepAfter(config.idleTimeout().toNanos());
            }
        }
    }

    /** A waiting request is out of the queue, however it ended. */
    void left(Waiter waiter) {
        line.left(waiter);
    }

    /** A connection is closed, for whatever reason; called once for each. */
    void closed(UpstreamConnection connection) {
        kept.remove(connection);
        open--;
        budget.closed();
    }

    private void sweepAfter(long nanos) {
        sweep = loop.schedule(this::sweep, nanos, TimeUnit.NANOSECONDS);
    }

    private void sweep() {
        sweep = null;
        long nextNanos = kept.closeOld();
        if (nextNanos >= 0 && !closed) {
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
            UpstreamConnection connection = kept.takeAny();
            if (connection != null) {
                connection.close();
            }
        });
    }

    /** Nobody new comes here: unused connections are closed, those in use once they are released, and who waits gets one. */
    void drain() {
        draining = true;
        closeUnused();
    }

    private void closeUnused() {
        if (sweep != null) {
            sweep.cancel(false);
            sweep = null;
        }
        UpstreamConnection connection = kept.takeAny();
        while (connection != null) {
            connection.close();
            connection = kept.takeAny();
        }
    }

    /** Closes unused connections and refuses who waits; those in use are closed when they are released. */
    void close() {
        closed = true;
        closeUnused();
        line.close();
        uploads.close();
    }
}
