package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * What is counted of the read replicas of one realm; tag {@code replica} is their place in the configuration, from 0. Safe on any
 * thread; everything is registered at the start.
 */
public final class ReplicaMeters {

    static final String CHECKS = "sessiongate.session.replica.queries";
    static final String CONNECTIONS = "sessiongate.session.replica.connections";
    static final String RESTING = "sessiongate.session.replica.resting";
    static final String LAG = "sessiongate.session.replica.lag";
    static final String TOO_OLD = "sessiongate.session.replica.too.old";
    static final String FAILOVERS = "sessiongate.session.replica.failovers";
    static final String CONFIRMATIONS = "sessiongate.session.replica.confirmations";
    static final String WAITING = "sessiongate.session.primary.waiting";

    /** Why nothing is asked of a replica for a while. */
    public enum Rest {
        UNREACHABLE,
        FAILING,
        LAGGING,
        PROMOTED;

        private final String tag = name().toLowerCase(Locale.ROOT);
    }

    private final List<Replica> replicas;
    private final Counter queries;
    private final AtomicInteger waiting = new AtomicInteger();

    ReplicaMeters(MeterRegistry registry, String realm, int count, Counter queries) {
        replicas = IntStream.range(0, count)
                .mapToObj(index -> new Replica(registry, realm, Integer.toString(index)))
                .toList();
        this.queries = queries;
        Gauges.makeWay(registry, WAITING, "realm", realm);
        Gauge.builder(WAITING, waiting, AtomicInteger::get)
                .description("Checks that wait for the one connection to the primary that those of replicas share")
                .baseUnit("checks")
                .tag("realm", realm)
                .strongReference(true)
                .register(registry);
    }

    public Replica replica(int index) {
        return replicas.get(index);
    }

    /** A query to confirm on the primary what replicas said goes out. */
    public void askedPrimary() {
        queries.increment();
    }

    public void waitingForPrimary(int checks) {
        waiting.set(checks);
    }

    /** What is counted of one replica. */
    public static final class Replica {
        private final Counter checks;
        private final Counter tooOld;
        private final Counter failovers;
        private final Counter confirmations;
        private final AtomicInteger connections = new AtomicInteger();
        private volatile @Nullable Rest rest;
        private volatile double lagSeconds;

        private Replica(MeterRegistry registry, String realm, String index) {
            checks = counter(registry, realm, index, CHECKS, "queries", "Queries sent to the replica");
            tooOld =
                    counter(registry, realm, index, TOO_OLD, "answers", "Its answers that were not used for their age");
            failovers = counter(
                    registry, realm, index, FAILOVERS, "queries", "Queries asked of the primary as the replica failed");
            confirmations =
                    counter(registry, realm, index, CONFIRMATIONS, "sessions", "Sessions confirmed on the primary");
            gauge(registry, realm, index, CONNECTIONS, "connections", "Connections to it", connections::get);
            gauge(registry, realm, index, LAG, "seconds", "How old its last answer may have been", () -> lagSeconds);
            for (Rest reason : Rest.values()) {
                Gauges.makeWay(registry, RESTING, "realm", realm, "replica", index, "reason", reason.tag);
                Gauge.builder(RESTING, () -> rest == reason ? 1 : 0)
                        .description("1 while nothing is asked of it, for that reason")
                        .tags("realm", realm, "replica", index, "reason", reason.tag)
                        .strongReference(true)
                        .register(registry);
            }
        }

        public void queried() {
            checks.increment();
        }

        public void tooOld() {
            tooOld.increment();
        }

        public void failedOver() {
            failovers.increment();
        }

        public void confirmed(int sessions) {
            confirmations.increment(sessions);
        }

        public void connections(int open) {
            connections.set(open);
        }

        /** Null when it is in use. */
        public void resting(@Nullable Rest reason) {
            rest = reason;
        }

        public void lag(double seconds) {
            lagSeconds = seconds;
        }

        private static Counter counter(
                MeterRegistry registry, String realm, String index, String name, String unit, String description) {
            return Counter.builder(name)
                    .description(description)
                    .baseUnit(unit)
                    .tags("realm", realm, "replica", index)
                    .register(registry);
        }

        private static void gauge(
                MeterRegistry registry,
                String realm,
                String index,
                String name,
                String unit,
                String description,
                DoubleSupplier value) {
            Gauges.makeWay(registry, name, "realm", realm, "replica", index);
            Gauge.builder(name, value, DoubleSupplier::getAsDouble)
                    .description(description)
                    .baseUnit(unit)
                    .tags("realm", realm, "replica", index)
                    .strongReference(true)
                    .register(registry);
        }
    }
}
