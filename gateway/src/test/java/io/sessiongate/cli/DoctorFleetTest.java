package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sessiongate.testing.TestPooler;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.testing.TestReplica;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What doctor sees of a streaming replica and of a PgBouncer in transaction mode. */
class DoctorFleetTest {

    private static TestPostgres primary;
    private static TestPostgres replica;
    private DoctorBench bench;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        primary = TestPostgres.start(Map.of());
        replica = TestReplica.of(primary, 1).get(0);
    }

    @AfterAll
    static void stop() {
        replica.close();
        primary.close();
    }

    @BeforeEach
    void begin() {
        bench = new DoctorBench(primary, folder).good();
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private String replicaUrl() {
        return replica.url(bench.database) + "?sslmode=disable";
    }

    @Test
    void seesThatAReplicaKeepsUp() {
        TestReplica.catchUp(primary, replica);
        bench.session("table: sessions, replicas: [ \"" + replicaUrl() + "\" ]");

        assertThat(bench.finding("replica 1").path("verdict").asString()).isEqualTo("ok");
        assertThat(bench.finding("lag of replica 1").path("verdict").asString()).isEqualTo("ok");
        // Should the replica fail, all connections for checks go to the primary, beside those to listen, write and
        // confirm.
        assertThat(bench.finding("max_connections").path("saw").asString()).contains("1 gateway × 5");
    }

    @Test
    void seesThatAReplicaIsBehind() {
        bench.session("table: sessions, max-lag: 500ms, replicas: [ \"" + replicaUrl() + "\" ]");
        TestReplica.catchUp(primary, replica);
        TestReplica.pause(replica);
        try {
            // The test server writes what it commits a moment later, and only what is written counts as the primary's.
            bench.run("set synchronous_commit = local", "update sessions set note = 'new' where id = 's7'");

            var found = bench.finding("lag of replica 1");

            assertThat(found.path("verdict").asString()).isEqualTo("fail");
            assertThat(found.path("saw").asString()).contains("bytes behind (max-lag 500 ms)");
        } finally {
            TestReplica.resume(replica);
        }
    }

    @Test
    void seesThatTheDatabaseIsAStandby() {
        TestReplica.catchUp(primary, replica);
        bench.url(replicaUrl());

        assertThat(bench.finding("database").path("verdict").asString()).isEqualTo("fail");
        assertThat(bench.finding("database").path("saw").asString()).contains("standby");
        assertThat(bench.finding("listener").path("verdict").asString()).isEqualTo("fail");
        assertThat(bench.finding("check query").path("verdict").asString()).isEqualTo("ok");
    }

    @Test
    void seesThatNotificationsDoNotPassAPooler() {
        assumeTrue(TestPooler.program().isPresent(), "no pgbouncer here");
        try (TestPooler pooler = TestPooler.before(primary, 2)) {
            String url = "postgresql://postgres@127.0.0.1:" + pooler.port() + "/" + bench.database + "?sslmode=disable";
            bench.url(url + "&pgbouncer=true");

            assertThat(bench.finding("pooler").path("verdict").asString()).isEqualTo("ok");
            assertThat(bench.finding("check query").path("verdict").asString()).isEqualTo("ok");
            assertThat(bench.finding("triggers").path("verdict").asString()).isEqualTo("ok");
            assertThat(bench.finding("listener").path("verdict").asString()).isEqualTo("fail");
            assertThat(bench.finding("listener").path("fix").asString()).contains("listen-on");

            bench.session("table: sessions, revocations: { channel: c, listen-on: \"" + primary.url(bench.database)
                    + "?sslmode=disable\" }");
            assertThat(bench.finding("listener").path("verdict").asString()).isEqualTo("ok");

            bench.url(url);
            assertThat(bench.finding("database").path("fix").asString()).contains("pgbouncer=true");
        }
    }

    /** Asking PostgreSQL to read by index must end with the question: the next client gets the same connection. */
    @Test
    void leavesNoSettingBehindInAPooler() {
        assumeTrue(TestPooler.program().isPresent(), "no pgbouncer here");
        try (TestPooler pooler = TestPooler.before(primary, 1)) {
            bench.run("truncate sessions", "analyze sessions");
            bench.url("postgresql://postgres@127.0.0.1:" + pooler.port() + "/" + bench.database
                    + "?sslmode=disable&pgbouncer=true");

            assertThat(bench.finding("check query").path("saw").asString()).contains("once there are more rows");
            bench.run("select 1"); // looks again
            assertThat(bench.finding("check query").path("saw").asString()).contains("once there are more rows");
        }
    }
}
