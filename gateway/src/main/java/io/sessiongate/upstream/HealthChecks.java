package io.sessiongate.upstream;

import io.netty.channel.EventLoop;
import io.sessiongate.config.HealthCheckConfig;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks each server of one upstream at intervals whether it is well, where that is configured. One {@link HealthProbe} a server
 * at a time, which ends within its timeout. Confined to one traffic loop, but for {@link #follow} and {@link #stop}.
 */
final class HealthChecks {

    private static final Logger LOG = LoggerFactory.getLogger(HealthChecks.class);

    /** Part of the interval by which a check may come early, so that they do not march in step. */
    private static final int JITTER = 10;

    private final Upstream upstream;
    private final Surroundings around;
    private final EventLoop loop;
    private final Dialer dialer;
    private final SplittableRandom lot;
    private final Map<Server, Round> rounds = new HashMap<>();
    private boolean stopped;

    HealthChecks(Upstream upstream, Surroundings around) {
        this.upstream = upstream;
        this.around = around;
        this.loop = around.loops()
                .get(Math.floorMod(upstream.name().hashCode(), around.loops().size()));
        this.dialer = around.dialer().on(loop);
        this.lot = new SplittableRandom(around.nowNanos());
    }

    /** From any thread: the servers, or what they are asked, may be others. */
    void follow() {
        loop.execute(this::settle);
    }

    /** From any thread: nobody is asked from now on. */
    void stop() {
        loop.execute(() -> {
            stopped = true;
            settle();
        });
    }

    private @Nullable HealthCheckConfig rule() {
        return stopped ? null : upstream.settings().config.spread().healthCheck();
    }

    private void settle() {
        HealthCheckConfig rule = rule();
        Set<Server> servers = rule == null ? Set.of() : Set.of(upstream.settings().servers);
        Iterator<Map.Entry<Server, Round>> known = rounds.entrySet().iterator();
        while (known.hasNext()) {
            Map.Entry<Server, Round> one = known.next();
            if (!servers.contains(one.getKey())) {
                one.getValue().stop();
                known.remove();
            }
        }
        if (rule != null) {
            for (Server server : servers) {
                if (!rounds.containsKey(server)) {
                    Round round = new Round(server);
                    rounds.put(server, round);
                    round.in(lot.nextLong(rule.interval().toNanos() / JITTER + 1));
                }
            }
        }
    }

    /** The checks of one server, one after the other. */
    private final class Round {

        private final Server server;
        private @Nullable ScheduledFuture<?> timer;
        private @Nullable HealthProbe probe;
        private boolean over;

        Round(Server server) {
            this.server = server;
        }

        void in(long nanos) {
            timer = loop.schedule(this::ask, nanos, TimeUnit.NANOSECONDS);
        }

        private void ask() {
            HealthCheckConfig rule = rule();
            if (rule != null && !over) {
                probe = new HealthProbe(around, dialer, loop, upstream.settings(), server, rule, this::found);
                probe.start();
            }
        }

        private void found(@Nullable String flaw) {
            HealthCheckConfig rule = rule();
            probe = null;
            if (rule == null || over) {
                return;
            }
            boolean good = flaw == null;
            server.meters().checked(good);
            if (server.health().checked(good, rule.healthyAfter(), rule.unhealthyAfter(), around.nowNanos())) {
                tell(good, flaw);
            }
            long nanos = rule.interval().toNanos();
            in(nanos - lot.nextLong(nanos / JITTER + 1));
        }

        private void tell(boolean good, @Nullable String flaw) {
            (good ? LOG.atInfo() : LOG.atWarn())
                    .addKeyValue("upstream", upstream.name())
                    .addKeyValue("server", server.name())
                    .addKeyValue("flaw", flaw == null ? "none" : flaw)
                    .log(good ? "A server is well again" : "A server that is not well is left out");
        }

        void stop() {
            over = true;
            server.health().unchecked();
            if (timer != null) {
                timer.cancel(false);
            }
            if (probe != null) {
                probe.cancel();
            }
        }
    }
}
