package io.sessiongate.session;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.metrics.ReplicaMeters;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.CheckResult.Failed;
import io.sessiongate.session.CheckResult.Rows;
import io.sessiongate.session.ReplicatedConnector.Limits;
import io.sessiongate.session.ReplicatedConnector.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** A primary with replicas in virtual time: each has the primary's rows as they were at some position of its log. */
final class FakeCluster {

    static final Duration QUERY_TIMEOUT = Duration.ofSeconds(2);
    static final Duration MAX_LAG = Duration.ofSeconds(4);
    static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    final VirtualLoop loop;
    final FakeStore primary;
    /** What the primary's shared link leads to: the same rows, over connections of their own. */
    final FakeStore shared;

    final List<FakeReplica> replicas = new ArrayList<>();
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    final SessionMeters meters = new SessionMeters(registry, "test");
    final ReplicatedConnector connector;
    private final List<Map<String, FakeStore.Row>> log = new ArrayList<>(List.of(Map.of()));
    private final WalSamples samples = new WalSamples(MAX_LAG.toNanos());

    FakeCluster(int count, long seed) {
        this(new VirtualLoop(), count, seed);
    }

    FakeCluster(VirtualLoop loop, int count, long seed) {
        this.loop = loop;
        primary = new FakeStore(loop, QUERY_TIMEOUT);
        shared = new FakeStore(loop, QUERY_TIMEOUT);
        SplittableRandom random = new SplittableRandom(seed);
        Limits limits = new Limits(CONNECT_TIMEOUT.toNanos(), QUERY_TIMEOUT.toNanos(), MAX_LAG.toNanos());
        ReplicaMeters counted = meters.replicas(count);
        List<Server> servers = IntStream.range(0, count)
                .mapToObj(i -> {
                    Replica state = new Replica(
                            "test", i, MAX_LAG.toNanos(), new ConnectBackoff(random.split()), counted.replica(i));
                    FakeReplica replica = new FakeReplica();
                    replicas.add(replica);
                    return new Server(state, replica);
                })
                .toList();
        SharedPrimary link = new SharedPrimary(
                "test", this::openShared, loop, limits, samples, new ConnectBackoff(random.split()), counted);
        connector = new ReplicatedConnector(servers, primary, link, samples, loop, limits, random);
    }

    /** Writes to the primary; replicas have it once they are told to catch up. */
    void write(Consumer<FakeStore> change) {
        change.accept(primary);
        shared.rows.clear();
        shared.rows.putAll(primary.rows);
        log.add(new HashMap<>(primary.rows));
    }

    void catchUp() {
        replicas.forEach(FakeReplica::catchUp);
    }

    private void openShared(Consumer<PrimaryLink.Opened> then) {
        shared.connect(result -> {
            if (result instanceof CheckConnector.ConnectResult.Connected connected) {
                then.accept(new PrimaryLink.Opened.Open(new SharedLink((FakeStore.Connection) connected.connection())));
            } else {
                then.accept(new PrimaryLink.Opened.Refused("connection refused"));
            }
        });
    }

    private final class SharedLink implements PrimaryLink {
        private final FakeStore.Connection connection;

        SharedLink(FakeStore.Connection connection) {
            this.connection = connection;
        }

        @Override
        public void position(Consumer<OptionalLong> then) {
            long position = log.size() - 1L;
            List<List<String>> before = List.copyOf(shared.queries);
            connection.check(
                    List.of("position"),
                    ANY_AGE,
                    result -> then.accept(result instanceof Rows ? OptionalLong.of(position) : OptionalLong.empty()));
            shared.queries.clear();
            shared.queries.addAll(before);
        }

        @Override
        public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> then) {
            connection.check(ids, notOlderThanNanos, then);
        }

        @Override
        public void cancel() {
            connection.cancel();
        }

        @Override
        public void abandon() {
            connection.abandon();
        }

        @Override
        public void onGone(Runnable gone) {
            connection.onGone(gone);
        }
    }

    final class FakeReplica implements CheckConnector {
        final FakeStore store = new FakeStore(loop, QUERY_TIMEOUT);
        private int replayed;

        void catchUp() {
            replayTo(log.size() - 1);
        }

        void replayTo(int position) {
            replayed = position;
            store.rows.clear();
            store.rows.putAll(log.get(position));
        }

        void replayOn(int writes) {
            replayTo(replayed + writes);
        }

        int behind() {
            return log.size() - 1 - replayed;
        }

        @Override
        public void connect(Consumer<ConnectResult> then) {
            store.connect(result -> then.accept(
                    result instanceof ConnectResult.Connected connected
                            ? new ConnectResult.Connected(new Connection(connected.connection()))
                            : result));
        }

        /** Tells the age of its answers by what it had replayed as they were read. */
        private final class Connection implements CheckConnection {
            private final CheckConnection connection;

            Connection(CheckConnection connection) {
                this.connection = connection;
            }

            @Override
            public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> then) {
                long begunNanos = loop.nanoTime();
                int position = replayed;
                connection.check(ids, notOlderThanNanos, result -> {
                    if (result instanceof Rows rows) {
                        then.accept(new Rows(rows.rows(), samples.stalenessNanos(position, begunNanos)));
                    } else if (result instanceof Failed failed) {
                        then.accept(failed);
                    }
                });
            }

            @Override
            public void cancel() {
                connection.cancel();
            }

            @Override
            public void abandon() {
                connection.abandon();
            }

            @Override
            public void onGone(Runnable gone) {
                connection.onGone(gone);
            }
        }
    }
}
