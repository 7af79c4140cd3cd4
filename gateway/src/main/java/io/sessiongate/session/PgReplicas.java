package io.sessiongate.session;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.metrics.ReplicaMeters;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.ReplicatedConnector.Limits;
import io.sessiongate.session.ReplicatedConnector.Server;
import io.sessiongate.session.policy.CheckPolicy;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Puts together what checks over read replicas of a PostgreSQL need. */
final class PgReplicas {

    private PgReplicas() {}

    /** Connections to the configured replicas, with {@code primary} beside them. */
    static CheckConnector beside(
            PgConnector primary, String realm, SessionConfig config, VertxCheckLoop loop, SessionMeters meters) {
        SplittableRandom random = new SplittableRandom(loop.nanoTime() ^ ~realm.hashCode());
        Limits limits = new Limits(
                CheckPolicy.nanos(config.database().connectTimeout()),
                CheckPolicy.nanos(config.queryTimeout()),
                CheckPolicy.nanos(config.maxLag()));
        ReplicaMeters counted = meters.replicas(config.replicas().size());
        WalSamples samples = new WalSamples(limits.maxLagNanos());
        SharedPrimary shared = new SharedPrimary(
                realm, new PgPrimary(primary), loop, limits, samples, new ConnectBackoff(random.split()), counted);
        List<Server> servers = new ArrayList<>();
        for (DatabaseConfig database : config.replicas()) {
            int index = servers.size();
            Replica replica = new Replica(
                    realm, index, limits.maxLagNanos(), new ConnectBackoff(random.split()), counted.replica(index));
            Freshness freshness =
                    new PgReplicaFreshness(database.pgbouncer(), samples, () -> replica.promoted(loop.nanoTime()));
            servers.add(new Server(
                    replica, new PgConnector(database, config.lookup(), config.queryTimeout(), loop, freshness)));
        }
        return new ReplicatedConnector(servers, primary, shared, samples, loop, limits, random);
    }
}
