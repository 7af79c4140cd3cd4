package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.metrics.RevocationMeters;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.Fingerprint;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Listening to a real PostgreSQL that is healthy, ends a connection, freezes, or is away. */
@Timeout(90)
class PgListenerFaultsTest {

    private static final String APPLICATION = "listener";
    private static final String CHANNEL = "Revoked \"sessions\"";

    private static TestPostgres postgres;

    private final RecordingIntake intake = new RecordingIntake();
    private PgBench bench;
    private PgListener listener;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.start(Map.of("max_connections", "10"));
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @BeforeEach
    void open() {
        bench = new PgBench();
        PgLinks links =
                new PgLinks(postgres.config().application(APPLICATION).build(), Duration.ofSeconds(5), bench.loop);
        listener = new PgListener(
                "test",
                CHANNEL,
                links,
                bench.loop,
                new SplittableRandom(1),
                intake,
                new RevocationMeters(new SimpleMeterRegistry(), "test"));
        bench.run(listener::open);
        await().until(() -> intake.isListening);
    }

    @AfterEach
    void close() {
        bench.run(listener::close);
        bench.close();
        await().until(() -> postgres.backends(APPLICATION).isEmpty());
    }

    private static void tell(Connection connection, String payload) {
        try (PreparedStatement statement = connection.prepareStatement("select pg_notify(?, ?)")) {
            statement.setString(1, CHANNEL);
            statement.setString(2, payload);
            statement.execute();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void tell(String payload) {
        try (Connection connection = postgres.connect("postgres")) {
            tell(connection, payload);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void end(String id) {
        tell("s:" + Fingerprint.hexOf(id));
    }

    @Test
    void whatTheDatabaseHashesIsWhatTheGatewayKnows() {
        postgres.ask(
                "postgres",
                "select pg_notify('" + CHANNEL + "', 'u:' || encode(sha256(convert_to('Ünï·7', 'UTF8')), 'hex'))");

        await().until(() -> intake.endedSubjects.equals(List.of(Fingerprint.of("Ünï·7"))));
    }

    @Test
    void aNotificationTakesEffectWithinMilliseconds() throws Exception {
        long[] nanos = new long[1_000];
        try (Connection connection = postgres.connect("postgres")) {
            for (int i = 0; i < nanos.length; i++) {
                String payload = "s:" + Fingerprint.hexOf("fast" + i);
                long begun = System.nanoTime();
                tell(connection, payload);
                assertThat(intake.ends.poll(10, TimeUnit.SECONDS)).isEqualTo(Fingerprint.of("fast" + i));
                nanos[i] = System.nanoTime() - begun;
            }
        }
        Arrays.sort(nanos);
        System.out.printf(
                "notification to intake, from before its statement: p50 %.2f ms, p99 %.2f ms%n",
                nanos[500] / 1e6, nanos[990] / 1e6);
        // The median alone is asserted: what disturbs one in a hundred here is the machine's other work.
        assertThat(Duration.ofNanos(nanos[500])).isLessThan(Duration.ofMillis(50));
    }

    @Test
    void aBackendThatIsTerminatedIsAGapAndReplaced() {
        long pid = postgres.backends(APPLICATION).get(0);

        postgres.ask("postgres", "select pg_terminate_backend(" + pid + ")");

        await().untilAtomic(intake.gaps, org.hamcrest.Matchers.is(1));
        await().until(() -> intake.isListening);
        assertThat(intake.listening.get(1)).isGreaterThan(intake.listening.get(0));
        end("after");
        await().until(() -> intake.endedSessions.contains(Fingerprint.of("after")));
        assertThat(postgres.backends(APPLICATION)).hasSize(1).doesNotContain(pid);
    }

    @Test
    void aBackendThatFreezesIsNoticedWithinFifteenSecondsAndReplaced() {
        long pid = postgres.backends(APPLICATION).get(0);
        long begun = System.nanoTime();
        TestPostgres.freeze(pid);
        try {
            await().atMost(Duration.ofSeconds(20)).untilAtomic(intake.gaps, org.hamcrest.Matchers.is(1));
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(15));
            await().until(() -> intake.isListening);
            await().until(() -> PgBench.socketsTo(postgres.port()) == 1);
        } finally {
            TestPostgres.thaw(pid);
        }
        end("after");
        await().until(() -> intake.endedSessions.contains(Fingerprint.of("after")));
    }

    @Test
    void aQuietHealthyConnectionStaysTrusted() {
        long pid = postgres.backends(APPLICATION).get(0);

        await().during(Duration.ofSeconds(12))
                .atMost(Duration.ofSeconds(14))
                .until(() -> intake.isListening && intake.gaps.get() == 0);

        assertThat(postgres.backends(APPLICATION)).containsExactly(pid);
    }

    @Test
    void aServerThatRestartsIsListenedToAgain() {
        postgres.stop();
        await().untilAtomic(intake.gaps, org.hamcrest.Matchers.is(1));
        postgres.startAgain();

        await().atMost(Duration.ofSeconds(5)).until(() -> intake.isListening);
        end("after");
        await().until(() -> intake.endedSessions.contains(Fingerprint.of("after")));
    }

    @Test
    void nonsenseOnTheChannelDisturbsNothing() {
        tell("");
        tell("x".repeat(7_999));
        tell("s:" + "0".repeat(63));
        end("after");

        await().until(() -> intake.endedSessions.contains(Fingerprint.of("after")));
        assertThat(intake.endedSessions).hasSize(1);
        assertThat(intake.gaps).hasValue(0);
    }
}
