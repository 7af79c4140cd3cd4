package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.metrics.RevocationMeters;
import io.sessiongate.testing.TestPooler;
import io.sessiongate.testing.TestPostgres;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

/** Listening through a real PgBouncer in transaction mode; skipped where none is installed. */
@Timeout(60)
class PgListenerPoolerTest {

    private static final String APPLICATION = "listener-pooled";

    @BeforeAll
    static void isInstalled() {
        Assumptions.assumeTrue(
                TestPooler.program().isPresent(), "pgbouncer is not installed: nothing is shown about poolers");
    }

    @Test
    void isRefusedWithTheCureAndLeavesNothingWithAServerThatOthersUse() {
        TestPostgres postgres = TestPostgres.shared();
        RecordingIntake intake = new RecordingIntake();
        ListAppender<ILoggingEvent> log = new ListAppender<>();
        Logger logger = (Logger) LoggerFactory.getLogger(PgListener.class);
        log.start();
        logger.addAppender(log);
        // One connection to the server, so that a ping would come back to who sent it.
        try (TestPooler pooler = TestPooler.before(postgres, 1);
                PgBench bench = new PgBench()) {
            DatabaseConfig through = pooler.config().application(APPLICATION).build();
            PgListener listener = new PgListener(
                    "test",
                    "pooled_channel",
                    new PgLinks(through, Duration.ofSeconds(5), bench.loop),
                    bench.loop,
                    new SplittableRandom(1),
                    intake,
                    new RevocationMeters(new SimpleMeterRegistry(), "test"));
            bench.run(listener::open);

            await().untilAsserted(() -> assertThat(List.copyOf(log.list))
                    .singleElement()
                    .satisfies(warning -> assertThat(warning.getKeyValuePairs().toString())
                            .contains("a pooler stands between; set listen-on to the URL of the primary itself")));

            assertThat(intake.listening).isEmpty();
            try (PostgresConsole console = PostgresConsole.open(through, Duration.ofSeconds(5))
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join()) {
                assertThat(console.ask("select pg_listening_channels()").join().rows())
                        .isEmpty();
                assertThat(console.isPooled().join()).isTrue();
            }
            bench.run(listener::close);
        } finally {
            logger.detachAppender(log);
        }
    }

    @Test
    void aServerWithoutOneIsKnownAsSuch() {
        try (PostgresConsole console = PostgresConsole.open(
                        TestPostgres.shared().config().build(), Duration.ofSeconds(5))
                .orTimeout(20, TimeUnit.SECONDS)
                .join()) {
            assertThat(console.isPooled().join()).isFalse();
        }
    }
}
