package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.RevocationConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.config.SessionConfig.Touch;
import io.sessiongate.metrics.WriterMeters;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.Fingerprint;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Writing to a real PostgreSQL what no request waits for. */
@Timeout(60)
class PgWriterTest {

    private static final String APPLICATION = "writer";

    private static TestPostgres postgres;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private PgBench bench;
    private String schema = "";
    private @Nullable PgWriter writer;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.shared();
    }

    @BeforeEach
    void open() {
        bench = new PgBench();
        schema = postgres.newSchema();
    }

    @AfterEach
    void close() {
        if (writer != null) {
            bench.run(writer::close);
        }
        bench.close();
        await().until(() -> postgres.backends(APPLICATION).isEmpty());
    }

    private DatabaseConfig database() {
        return postgres.config().schema(schema).application(APPLICATION).build();
    }

    private SessionConfig config(Duration every, @Nullable String channel) {
        return new SessionConfig(
                database(),
                List.of(),
                Duration.ofSeconds(5),
                new Lookup.Table(List.of("Sessions"), "Id", null, null, null),
                new CheckConfig(
                        Duration.ofSeconds(60), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ofMinutes(5)),
                new RevocationConfig(channel, null, null),
                new Touch("Last Seen", every),
                true,
                Duration.ofSeconds(4),
                100,
                100);
    }

    private PgWriter writer(SessionConfig config) {
        PgWriter opened = new PgWriter(
                "test",
                config,
                new PgLinks(PgSettings.impatient(database()), config.queryTimeout(), bench.loop),
                bench.loop,
                new SplittableRandom(1),
                new WriterMeters(registry, "test"));
        writer = opened;
        return opened;
    }

    private void sql(String... statements) {
        for (String statement : statements) {
            postgres.run("postgres", statement.replace("@", schema + ".\"Sessions\""));
        }
    }

    private List<String> ask(String query) {
        return postgres.ask("postgres", query.replace("@", schema + ".\"Sessions\""));
    }

    private void sessions(int count) {
        sql(
                "create table @ (\"Id\" text primary key, \"Last Seen\" timestamp)",
                "insert into @ select 's' || i from generate_series(1, " + count + ") i");
    }

    private void used(PgWriter by, String... ids) {
        bench.run(() -> List.of(ids).forEach(by::used));
    }

    private double touches(String outcome) {
        return registry.get("sessiongate.session.touches")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    private String touched() {
        return ask("select count(*) from @ where \"Last Seen\" is not null").get(0);
    }

    private static String[] ids(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(i -> "s" + i).toArray(String[]::new);
    }

    @ParameterizedTest
    @CsvSource({
        "text, timestamp(3), abc",
        "uuid, timestamptz, 0f8fad5b-d9cb-469f-a165-70867728950e",
        "char(12), timestamptz, abc",
        "integer, timestamp, 12",
    })
    void writesTheTimeInUtcWhateverTheTypes(String idType, String type, String id) {
        sql(
                "create table @ (\"Id\" " + idType + " primary key, \"Last Seen\" " + type + ")",
                "insert into @ values ('" + id + "')");

        used(writer(config(Duration.ofMinutes(1), null)), id, "no such id", UUID.randomUUID() + "0");

        await().until(() -> touches("written") == 1);
        assertThat(
                        ask(
                                "select abs(extract(epoch from \"Last Seen\") - extract(epoch from clock_timestamp())) < 5 from @"))
                .containsExactly("t");
        assertThat(touches("failed")).isZero();
    }

    @Test
    void writesInBatchesOfAFewHundred() {
        sessions(1_000);
        sql("create table @_log (n int)".replace("@_log", schema + ".log"));
        sql(
                "create function " + schema + ".log() returns trigger language plpgsql as" + " $$ begin insert into "
                        + schema + ".log select count(*) from rows; return null; end $$",
                "create trigger log after update on @ referencing new table as rows for each statement execute function "
                        + schema + ".log()");

        used(writer(config(Duration.ofMinutes(1), null)), ids(1, 1_000));

        await().until(() -> touches("written") == 1_000);
        assertThat(postgres.ask("postgres", "select n from " + schema + ".log order by n desc"))
                .containsExactly("256", "256", "256", "232");
        assertThat(touched()).isEqualTo("1000");
        assertThat(postgres.backends(APPLICATION)).hasSize(1);
    }

    @Test
    void aSessionUsedOftenIsWrittenOnceInABatch() {
        sessions(1);
        PgWriter by = writer(config(Duration.ofMinutes(1), null));

        for (int i = 0; i < 100; i++) {
            used(by, "s1");
        }

        await().until(() -> touches("written") == 1);
        assertThat(touches("dropped") + touches("failed")).isZero();
    }

    @Test
    void whatAnotherGatewayHasWrittenIsNotWrittenAgain() {
        sessions(2);
        sql("update @ set \"Last Seen\" = clock_timestamp() at time zone 'utc' - interval '20 s' where \"Id\" = 's1'");
        sql("update @ set \"Last Seen\" = clock_timestamp() at time zone 'utc' - interval '40 s' where \"Id\" = 's2'");

        used(writer(config(Duration.ofMinutes(1), null)), "s1", "s2");

        await().until(() -> touches("written") == 1);
        assertThat(
                        ask(
                                "select \"Id\" from @ where \"Last Seen\" > clock_timestamp() at time zone 'utc' - interval '10 s'"))
                .containsExactly("s2");
    }

    @Test
    void neverSetsTheTimeBack() {
        sessions(1);
        sql("update @ set \"Last Seen\" = '2999-01-01'");

        used(writer(config(Duration.ZERO, null)), "s1");

        bench.run(() -> {});
        await().during(Duration.ofMillis(1_500))
                .atMost(Duration.ofSeconds(5))
                .until(() -> ask("select \"Last Seen\"::date from @").equals(List.of("2999-01-01")));
        assertThat(touches("failed")).isZero();
    }

    @Test
    void aRowThatSomebodyHoldsIsLeftOutAndTheOthersAreWritten() throws SQLException {
        sessions(3);
        try (Connection holder = postgres.connect("postgres")) {
            holder.setAutoCommit(false);
            try (Statement statement = holder.createStatement()) {
                statement.execute("update " + schema + ".\"Sessions\" set \"Last Seen\" = null where \"Id\" = 's2'");
            }

            used(writer(config(Duration.ofMinutes(1), null)), ids(1, 3));

            await().until(() -> touches("written") == 2);
            holder.rollback();
        }
    }

    @Test
    void twoGatewaysThatWriteTheSameSessionsDoNotDisturbEachOther() {
        sessions(1_000);
        PgWriter one = writer(config(Duration.ofSeconds(1), null));
        PgWriter other = writer(config(Duration.ofSeconds(1), null));
        try {
            String[] up = ids(1, 1_000);
            String[] down = ids(1, 1_000);
            java.util.Collections.reverse(java.util.Arrays.asList(down));
            for (int i = 0; i < 5; i++) {
                used(one, up);
                used(other, down);
            }

            await().until(() -> touched().equals("1000"));
            assertThat(touches("failed")).isZero();
        } finally {
            bench.run(one::close);
        }
    }

    @Test
    void aLockedTableMakesTouchesFailSoonAndChecksGoOnAsBefore() throws SQLException {
        sessions(1);
        sql("create table " + schema + ".other (\"Id\" text)", "insert into " + schema + ".other values ('s1')");
        var checks = bench.connected(database(), new Lookup.Table(List.of("other"), "Id", null, null, null));
        PgWriter by = writer(config(Duration.ofMinutes(1), "told"));
        used(by, "s1");
        await().until(() -> touches("written") == 1);
        try (Connection holder = postgres.connect("postgres")) {
            holder.setAutoCommit(false);
            try (Statement statement = holder.createStatement()) {
                statement.execute("lock table " + schema + ".\"Sessions\" in access exclusive mode");
            }
            long begun = System.nanoTime();
            used(by, "s1");
            for (int i = 0; i < 20; i++) {
                assertThat(bench.found(checks, "s1")).containsExactly("s1");
            }
            by.sessionEnded(Fingerprint.hexOf("s1"));

            await().until(() -> touches("failed") == 1);
            await().until(() -> broadcasts("sent") == 1);
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as("a second until the batch goes out, half a second for the lock")
                    .isLessThan(Duration.ofSeconds(4));
            holder.rollback();
        }
        sql("update @ set \"Last Seen\" = null");
        used(by, "s1");
        await().until(() -> touches("written") == 2);
        assertThat(checks.gone).hasValue(0);
    }

    private double broadcasts(String outcome) {
        return registry.get("sessiongate.revocation.broadcasts")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    @Test
    void aFrozenServerHoldsNothingUpAndIsLeft() {
        sessions(1);
        PgWriter by = writer(config(Duration.ofMinutes(1), null));
        used(by, "s1");
        await().until(() -> touches("written") == 1);
        long backend = postgres.backends(APPLICATION).get(0);
        TestPostgres.freeze(backend);
        try {
            used(by, "s1");
            await().until(() -> touches("failed") == 1);
            sql("update @ set \"Last Seen\" = null");
            used(by, "s1");
            await().until(() -> touches("written") == 2);
        } finally {
            TestPostgres.thaw(backend);
        }
    }

    @Test
    void aColumnThatIsNoTimeIsComplainedOfAndNothingIsWritten() {
        sql("create table @ (\"Id\" text, \"Last Seen\" bigint)", "insert into @ values ('s1')");
        PgWriter by = writer(config(Duration.ofMinutes(1), null));

        used(by, "s1");

        await().until(() -> touches("failed") == 1);
        sql("alter table @ alter \"Last Seen\" type timestamptz using null");
        used(by, "s1");
        await().until(() -> touches("written") == 1);
    }

    @Test
    void aColumnWhoseTypeChangesIsWrittenAsWhatItIs() {
        sessions(1);
        PgWriter by = writer(config(Duration.ofMinutes(1), null));
        used(by, "s1");
        await().until(() -> touches("written") == 1);
        sql("drop table @", "create table @ (\"Id\" int, \"Last Seen\" timestamptz)", "insert into @ values (1)");

        used(by, "1");
        await().until(() -> touches("failed") == 1);
        used(by, "1");

        await().until(() -> touches("written") == 2);
    }

    @Test
    void tellsTheFleetWhatWasAnnounced() throws Exception {
        sessions(1);
        RecordingIntake intake = new RecordingIntake();
        PgListener listener = new PgListener(
                "test",
                "Told",
                new PgLinks(postgres.config().application(APPLICATION).build(), Duration.ofSeconds(5), bench.loop),
                bench.loop,
                new SplittableRandom(1),
                intake,
                new io.sessiongate.metrics.RevocationMeters(registry, "test"));
        bench.run(listener::open);
        await().until(() -> intake.isListening);
        PgWriter by = writer(config(Duration.ofMinutes(1), "Told"));

        String[] hexes = IntStream.range(0, 1_000)
                .mapToObj(i -> Fingerprint.hexOf("s" + i))
                .toArray(String[]::new);
        by.broadcast(RevocationPayload.Kind.SESSION_ENDED, hexes);
        by.subjectEnded(Fingerprint.hexOf("ann"));
        by.broadcast(RevocationPayload.Kind.SESSION_CHANGED, Fingerprint.hexOf("s7"));
        by.broadcast(RevocationPayload.Kind.SUBJECT_CHANGED, Fingerprint.hexOf("bob"));

        await().until(() -> intake.endedSessions.size() == 1_000);
        await().until(() -> intake.changedSubjects.equals(List.of(Fingerprint.of("bob"))));
        assertThat(intake.endedSubjects).containsExactly(Fingerprint.of("ann"));
        assertThat(intake.changedSessions).containsExactly(Fingerprint.of("s7"));
        assertThat(broadcasts("sent")).isEqualTo(1_003);
        bench.run(listener::close);
    }

    @Test
    void withoutAChannelNobodyIsTold() {
        PgWriter by = writer(config(Duration.ofMinutes(1), null));

        by.sessionEnded(Fingerprint.hexOf("s1"));
        bench.run(() -> {});

        assertThat(postgres.backends(APPLICATION)).isEmpty();
        assertThat(broadcasts("sent") + broadcasts("lost")).isZero();
    }
}
