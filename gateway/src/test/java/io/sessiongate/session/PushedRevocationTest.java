package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.RevocationConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.config.SessionConfig.Touch;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Gates of two gateways over one real PostgreSQL that pushes. */
@Timeout(60)
class PushedRevocationTest {

    private static final String APPLICATION = "pushed";
    private static final String CHANNEL = "pushed_revocations";

    private static TestPostgres postgres;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private PostgresSessions here;
    private PostgresSessions there;
    private String schema = "";

    @BeforeAll
    static void start() {
        postgres = TestPostgres.shared();
    }

    @BeforeEach
    void open() {
        schema = postgres.newSchema();
        postgres.run(
                "postgres",
                "create table " + schema + ".sessions (id text primary key, seen timestamptz)",
                "insert into " + schema + ".sessions select 's' || i from generate_series(1, 10) i");
        here = PostgresSessions.start();
        there = PostgresSessions.start();
    }

    @AfterEach
    void close() {
        here.close();
        there.close();
        await().until(() -> postgres.backends(APPLICATION).isEmpty());
    }

    private SessionGate gate(PostgresSessions sessions, String realm) {
        SessionConfig config = new SessionConfig(
                postgres.config().schema(schema).application(APPLICATION).build(),
                List.of(),
                Duration.ofSeconds(5),
                new Lookup.Table(List.of("sessions"), "id", null, null, null),
                new CheckConfig(
                        Duration.ofMinutes(10), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ofMinutes(5)),
                new RevocationConfig(CHANNEL, null, null),
                new Touch("seen", Duration.ofMinutes(1)),
                true,
                Duration.ofSeconds(5),
                100,
                100);
        return sessions.open(realm, config, InstantSource.system(), new SessionMeters(registry, realm));
    }

    private static SessionVerdict decide(SessionGate gate, String session) {
        long now = System.currentTimeMillis();
        VerifiedToken token =
                new VerifiedToken("ann", session, Set.of(), now - 60_000L, now + 3_600_000L, Map.of(), "");
        CompletableFuture<SessionVerdict> verdict = new CompletableFuture<>();
        gate.decide(token, null, Runnable::run, verdict::complete);
        return verdict.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private double listening(String realm) {
        return registry.get("sessiongate.revocation.listening")
                .tag("realm", realm)
                .gauge()
                .value();
    }

    @Test
    void aSessionThatTheDatabaseSaysIsOverIsRefusedLongBeforeItsNextCheck() {
        SessionGate gate = gate(here, "here");
        await().until(() -> listening("here") == 1);
        assertThat(decide(gate, "s1")).isInstanceOf(Live.class);

        postgres.ask("postgres", "select pg_notify('" + CHANNEL + "', 's:" + Fingerprint.hexOf("s1") + "')");

        await().until(() -> decide(gate, "s1") instanceof Ended ended && ended.reason() == EndReason.REVOKED);
        assertThat(decide(gate, "s2")).isInstanceOf(Live.class);
    }

    @Test
    void whatIsAnnouncedHereIsRefusedThere() {
        SessionGate gate = gate(here, "here");
        SessionGate other = gate(there, "there");
        await().until(() -> listening("there") == 1);
        assertThat(decide(other, "s1")).isInstanceOf(Live.class);

        gate.fleet().sessionEnded(Fingerprint.hexOf("s1"));

        await().until(() -> decide(other, "s1") instanceof Ended);
    }

    @Test
    void theUseOfASessionIsWrittenDownOnce() {
        SessionGate gate = gate(here, "here");

        for (int i = 0; i < 100; i++) {
            assertThat(decide(gate, "s1")).isInstanceOf(Live.class);
        }

        await().until(() -> registry.get("sessiongate.session.touches")
                        .tag("outcome", "written")
                        .counter()
                        .count()
                == 1);
        assertThat(postgres.ask("postgres", "select id from " + schema + ".sessions where seen is not null"))
                .containsExactly("s1");
    }

    @Test
    void aGateThatIsClosedListensAndWritesNoMore() {
        SessionGate gate = gate(here, "here");
        await().until(() -> listening("here") == 1);
        decide(gate, "s1");
        gate.fleet().sessionEnded(Fingerprint.hexOf("s2"));
        await().until(() -> postgres.backends(APPLICATION).size() == 3);

        gate.close();

        await().until(() -> postgres.backends(APPLICATION).isEmpty());
        assertThat(listening("here")).isZero();
    }

    @Test
    void aDatabaseThatIsAwayKeepsNoGateFromOpening() {
        SessionConfig config = new SessionConfig(
                postgres.config().port(1).build(),
                List.of(),
                Duration.ofSeconds(5),
                new Lookup.Table(List.of("sessions"), "id", null, null, null),
                new CheckConfig(
                        Duration.ofMinutes(10), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ofMinutes(5)),
                new RevocationConfig(
                        CHANNEL,
                        postgres.config()
                                .schema(schema)
                                .application(APPLICATION)
                                .build(),
                        null),
                null,
                true,
                Duration.ofSeconds(5),
                100,
                100);

        here.open("away", config, InstantSource.system(), new SessionMeters(registry, "away"));

        await().untilAsserted(() -> assertThat(listening("away"))
                .as("listening is on another server")
                .isOne());
    }
}
