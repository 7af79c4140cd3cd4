package io.sessiongate.upstream;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.metrics.OneUpstream;
import io.sessiongate.upstream.UploadPlaces.Place;
import java.util.Set;
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
 * <p>Owns how many connections are open or being opened, and when unused ones are looked through. {@link ServerChoice} says to
 * which server, {@link KeptConnections} has the unused ones, {@link ConnectionLine} who has none yet. A request counts as under
 * way at its server from the attempt to connect, or from getting a kept connection, until it gives that back.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // the counts have one writer, the loop
final class UpstreamPool {

    private final Upstream upstream;
    private final int index;
    private final EventLoop loop;
    private final ConnectionBudget budget;
    private final ServerNames names;
    private final Dialer dialer;
    private final int headBytes;
    private final HeadStorages storages;
    private final LongSupplier nanoTime;
    private final ServerChoice choice;
    private final KeptConnections kept;
    private final UploadLine uploads;
    private final ConnectionLine line;
    private @Nullable ScheduledFuture<?> sweep;
    private boolean closed;
    private volatile int open;

    /** The pool of a loop, given by its place among them. */
    UpstreamPool(Upstream upstream, int index, Surroundings around) {
        this.upstream = upstream;
        this.index = index;
        this.loop = around.loops().get(index);
        this.budget = upstream.budget();
        this.names = around.names();
        this.dialer = around.dialer().on(loop);
        this.headBytes = around.headBytes();
        this.storages = around.transport().storages(loop);
        this.nanoTime = around.nanoTime();
        this.choice = new ServerChoice(upstream, index, nanoTime);
        this.kept = new KeptConnections(upstream, index, nanoTime);
        this.line = new ConnectionLine(budget);
        this.uploads = new UploadLine(this, upstream.places(), budget);
    }

    EventLoop loop() {
        return loop;
    }

    ServerNames names() {
        return names;
    }

    OneUpstream meters() {
        return upstream.meters();
    }

    Upstream upstream() {
        return upstream;
    }

    Settings settings() {
        return upstream.settings();
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

    /** Finds a connection for a request. */
    PendingConnection acquire(Wish wish) {
        return wish.bodyComing() ? uploads.acquire(wish) : acquire(wish, null, settings().connectNanos);
    }

    /**
     * The same past the {@link UploadLine}.
     *
     * @param place what it has of the {@link UploadPlaces}, if it does, which goes with the connection
     */
    PendingConnection acquire(Wish wish, @Nullable Place place, long boundNanos) {
        Server server = null;
        if (!closed && line.waiting() == 0) {
            server = choice.choose(wish.key(), wish.tried());
            UpstreamConnection connection = server == null || wish.fresh() ? null : keptTo(server, wish.tried());
            if (connection != null) {
                connection.uploading(place);
                wish.events().onConnection(connection);
                return PendingConnection.NONE;
            }
        }
        boolean opens = server != null && opens(server, wish.tried());
        if (closed || (!opens && (noneIn(server) || !budget.tryWait()))) {
            uploads.over(place);
            refuse(closed || !noneIn(server) ? FaultKind.UPSTREAM_BUSY : FaultKind.UPSTREAM_UNREACHABLE, wish.events());
            return PendingConnection.NONE;
        }
        Waiter waiter = new Waiter(this, wish, place, settings().waitNanos, boundNanos);
        if (opens && server != null) {
            line.add(waiter);
            connectFor(waiter, server);
        } else {
            line.addWaiting(waiter);
            serve();
        }
        return waiter;
    }

    private boolean noneIn(@Nullable Server chosen) {
        return chosen == null && choice.noneIn();
    }

    void refuse(FaultKind kind, UpstreamEvents events) {
        meters().error(kind);
        events.onUnavailable(Fault.of(kind));
    }

    /** The unused connection of that server, and the request under way on it; of any other only where no new one may be opened. */
    private @Nullable UpstreamConnection keptTo(Server server, @Nullable Tried tried) {
        UpstreamConnection connection = kept.take(server);
        if (connection == null && kept.count() > 0 && budget.full()) {
            connection = kept.takeAny(choice, tried);
        }
        if (connection == null) {
            return null;
        }
        if (!connection.tryBegin(settings().maxInFlight)) {
            kept.put(connection); // another loop was faster
            return null;
        }
        turn(server, tried);
        return connection;
    }

    /** Whether a connection to that server may be opened for a request, which is under way there from now on. */
    private boolean opens(Server server, @Nullable Tried tried) {
        if (!budget.tryOpen()) {
            return false;
        }
        if (!server.inFlight().tryBegin(settings().maxInFlight)) {
            budget.closed();
            return false;
        }
        turn(server, tried);
        return true;
    }

    /** What is sent again does not change whose turn it is, or a server that fails would get every turn. */
    private void turn(Server taken, @Nullable Tried tried) {
        if (tried == null) {
            choice.taken(taken);
        }
    }

    /** Gives waiting requests what there is: unused connections first, then new ones as far as the budget goes. */
    private void serve() {
        Waiter waiter = line.firstWaiting();
        while (waiter != null) {
            Server server = choice.choose(waiter.key(), waiter.tried());
            if (server == null) {
                return; // who ends a request at one of them says so
            }
            UpstreamConnection connection = waiter.fresh() ? null : keptTo(server, waiter.tried());
            if (connection != null) {
                waiter.grant(connection);
            } else if (opens(server, waiter.tried())) {
                line.waitsNoMore();
                connectFor(waiter, server);
            } else {
                makeRoom();
                return;
            }
            waiter = line.firstWaiting();
        }
    }

    /** No new connection may be opened: an unused one of our own makes room, else others are asked. */
    private void makeRoom() {
        UpstreamConnection own = budget.full() ? kept.takeAny() : null;
        if (own != null) {
            own.close();
        } else {
            budget.askForIdle(this);
        }
    }

    /** A place is taken already, and the request under way at the server. */
    private void connectFor(Waiter waiter, Server server) {
        open++;
        ConnectAttempt attempt = new ConnectAttempt(this, dialer, waiter, server);
        waiter.attempt(attempt);
        attempt.start();
    }

    /** Whether there is a server in use that the request was not sent to yet. */
    boolean hasOther(@Nullable Tried tried) {
        return choice.hasOther(tried);
    }

    /** Another server for an attempt, which is under way there and no longer at the one before; null where there is none. */
    @Nullable Server another(long key, @Nullable Tried tried, Server before) {
        Server next = choice.chooseOther(key, tried);
        if (next == null || !next.inFlight().tryBegin(settings().maxInFlight)) {
            return null;
        }
        upstream.over(before);
        return next;
    }

    void connected(ConnectAttempt attempt, Server server, Channel channel) {
        meters().connected();
        server.health().reached();
        UpstreamConnection connection = new UpstreamConnection(this, server.on(index), channel, headBytes, storages);
        Waiter own = line.of(attempt);
        offer(connection, own != null ? own : line.firstFor(server));
    }

    void connectFailed(ConnectAttempt attempt, Server server) {
        open--;
        upstream.over(server);
        Waiter own = line.of(attempt);
        if (own != null) {
            own.refuse(FaultKind.UPSTREAM_UNREACHABLE);
        }
        budget.closed();
    }

    /** A connection has served its request, which still counts as under way, and may serve another. */
    void released(UpstreamConnection connection) {
        Waiter first = line.first();
        Server server = connection.server().server();
        if ((first != null && first.fresh()) || server.gone() || budget.othersStarve(this)) {
            connection.close();
        } else {
            // Where servers are full, others may wait for this very end: then it is not passed on past them.
            boolean othersWait = settings().maxInFlight > 0 && budget.waitingNow() > line.waiting();
            offer(connection, othersWait ? null : line.firstFor(server));
        }
    }

    /** The count of what is under way goes from one request to the next, where there is one. */
    private void offer(UpstreamConnection connection, @Nullable Waiter next) {
        if (closed) {
            connection.close();
        } else if (next != null) {
            next.grant(connection);
        } else if (upstream.leaving() || connection.server().server().gone()) {
            connection.close();
        } else {
            connection.over();
            kept.put(connection);
            if (sweep == null) {
                sweepAfter(settings().idleNanos);
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

    /** From any thread: the configuration has changed, and these servers are none any more. */
    void changed(Set<Server> gone) {
        loop.execute(() -> {
            gone.forEach(kept::closeAll);
            if (upstream.leaving()) {
                kept.closeAll();
            }
            serve();
        });
    }

    /** Closes unused connections and refuses who waits; those in use are closed when they are released. */
    void close() {
        closed = true;
        if (sweep != null) {
            sweep.cancel(false);
        }
        kept.closeAll();
        line.close();
        uploads.close();
    }
}
