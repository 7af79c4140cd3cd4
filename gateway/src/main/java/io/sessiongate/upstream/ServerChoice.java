package io.sessiongate.upstream;

import io.sessiongate.upstream.policy.Balancing;
import io.sessiongate.upstream.policy.Candidates;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Chooses the server of a request, for one event loop and one upstream: shows the policy the servers as they stand, with less
 * and less to say against one, until one can be taken. Confined to the loop.
 */
final class ServerChoice implements Candidates {

    private final Upstream upstream;
    private final LongSupplier nanoTime;
    private final SplittableRandom lot;
    private int turn;

    // Of the choice under way.
    private Settings settings;
    private long nowNanos;
    private boolean panic;
    private boolean noneIn;
    private boolean restsCount;
    private @Nullable Tried tried;

    ServerChoice(Upstream upstream, int firstTurn, LongSupplier nanoTime) {
        this.upstream = upstream;
        this.settings = upstream.settings();
        this.turn = firstTurn;
        this.nanoTime = nanoTime;
        this.lot = new SplittableRandom(nanoTime.getAsLong() + firstTurn);
    }

    /**
     * The server for a request; null where all that are in have as much to do as they may.
     *
     * @param had servers that had it already, taken only where there is no other
     */
    @Nullable Server choose(long key, @Nullable Tried had) {
        Server other = chooseOther(key, had);
        return other != null || had == null ? other : chooseOther(key, null);
    }

    /** The same, but null rather than one that had it already. */
    @Nullable Server chooseOther(long key, @Nullable Tried had) {
        look(had);
        Server[] servers = settings.servers;
        if (servers.length == 1) {
            return mayTake(0) ? servers[0] : null;
        }
        restsCount = true;
        int chosen = choose(key);
        if (chosen < 0) {
            restsCount = false;
            chosen = choose(key);
        }
        return chosen < 0 ? null : servers[chosen];
    }

    /** Whether there is another server that is in. */
    boolean hasOther(@Nullable Tried had) {
        look(had);
        restsCount = false;
        for (int i = 0; i < settings.servers.length; i++) {
            if (mayTake(i)) {
                return true;
            }
        }
        return false;
    }

    private void look(@Nullable Tried had) {
        settings = upstream.settings();
        nowNanos = nanoTime.getAsLong();
        restsCount = false;
        tried = had;
        Server[] servers = settings.servers;
        int out = 0;
        for (Server server : servers) {
            if (!server.health().in(nowNanos)) {
                out++;
            }
        }
        panic = settings.ejection.panics(out, servers.length);
        noneIn = !panic && out == servers.length;
    }

    /** Whether the last choice found every server out, as a configuration that lets all be ejected makes possible. */
    boolean noneIn() {
        return noneIn;
    }

    private int choose(long key) {
        return switch (settings.config.spread().balance()) {
            case ROUND_ROBIN -> Balancing.inTurn(this, turn, lot);
            case LEAST_REQUESTS -> Balancing.leastRequests(this, lot);
            case SESSION -> Balancing.bySession(this, key);
        };
    }

    /** That server was taken: it is the turn of the one behind it. */
    void taken(Server server) {
        Server[] servers = settings.servers;
        for (int i = 0; i < servers.length; i++) {
            if (servers[i] == server) {
                turn = i + 1;
            }
        }
    }

    @Override
    public int count() {
        return settings.servers.length;
    }

    /** Whether that server may be taken, by what the last choice saw. */
    boolean mayTakeNow(Server server, @Nullable Tried had) {
        restsCount = false;
        tried = had;
        return mayTake(server);
    }

    @Override
    public boolean mayTake(int index) {
        return mayTake(settings.servers[index]);
    }

    private boolean mayTake(Server server) {
        return (panic || server.health().in(nowNanos))
                && (settings.maxInFlight == 0 || server.inFlight().now() < settings.maxInFlight)
                && !(restsCount && server.health().rests(nowNanos))
                && !Tried.contains(tried, server);
    }

    @Override
    public int inFlight(int index) {
        return settings.servers[index].inFlight().now();
    }

    @Override
    public double share(int index) {
        return settings.servers[index].health().share(nowNanos, settings.slowStartNanos);
    }

    @Override
    public long seed(int index) {
        return settings.servers[index].seed();
    }
}
