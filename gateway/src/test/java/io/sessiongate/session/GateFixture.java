package io.sessiongate.session;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.RevocationConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.testing.DatabaseConfigBuilder;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A gate over a fake store in virtual time, with the defaults of the product unless told otherwise. */
final class GateFixture {

    static final Duration QUERY_TIMEOUT = Duration.ofSeconds(5);
    static final Duration POOL_TIMEOUT = Duration.ofSeconds(10);

    final VirtualLoop loop = new VirtualLoop();
    final FakeStore store = new FakeStore(loop, QUERY_TIMEOUT);
    final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    CheckConfig check = new CheckConfig(
            Duration.ofSeconds(60),
            Duration.ofMinutes(5),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofMinutes(5));
    int connectionLimit = 4;
    int maxWaiting = 1_000_000;
    int cacheSize = 1_000_000;
    int replicas;
    String query = "select 1";
    /** How often a session's use is written down; null for never. */
    @Nullable Duration touchEvery;

    final List<String> touched = new ArrayList<>();
    private @Nullable SessionGate gate;

    SessionGate gate() {
        if (gate == null) {
            gate = open(store, registry);
        }
        return gate;
    }

    /** Another gate over the same store, with the settings of now; the former one goes on until it is closed. */
    SessionGate reload(FakeStore.Port port) {
        gate = open(port, new SimpleMeterRegistry());
        return gate;
    }

    private SessionGate open(CheckConnector connector, SimpleMeterRegistry meters) {
        return new SessionGate(
                "test",
                config(),
                connector,
                touchEvery == null ? null : touched::add,
                loop,
                loop.clock(),
                new SessionMeters(meters, "test"));
    }

    SessionConfig config() {
        // The store is in memory: of the database only the bounds of its pool count.
        DatabaseConfig database = new DatabaseConfigBuilder(5432)
                .connectionLimit(connectionLimit)
                .poolTimeout(POOL_TIMEOUT)
                .build();
        return new SessionConfig(
                database,
                Collections.nCopies(replicas, database),
                Duration.ofSeconds(5),
                new SessionConfig.Lookup.Query(query),
                check,
                RevocationConfig.DEFAULT,
                touchEvery == null ? null : new SessionConfig.Touch("used", touchEvery),
                true,
                QUERY_TIMEOUT,
                maxWaiting,
                cacheSize);
    }

    /** A token of a day. */
    VerifiedToken token(String sessionId, String subject) {
        return token(sessionId, subject, Duration.ofDays(1));
    }

    VerifiedToken token(String sessionId, String subject, Duration lifetime) {
        long now = loop.clock().millis();
        return new VerifiedToken(subject, sessionId, Set.of(), now, now + lifetime.toMillis(), Map.of(), "sha");
    }

    /** Asks; the answers come into the list. */
    List<SessionVerdict> ask(VerifiedToken token) {
        return ask(token, null);
    }

    List<SessionVerdict> ask(VerifiedToken token, @Nullable Duration staleLimit) {
        List<SessionVerdict> answers = new ArrayList<>(1);
        gate().decide(token, staleLimit, loop, answers::add);
        return answers;
    }

    /** Asks and waits for the answer, in virtual time. */
    SessionVerdict answer(VerifiedToken token) {
        return answer(token, null);
    }

    SessionVerdict answer(VerifiedToken token, @Nullable Duration staleLimit) {
        List<SessionVerdict> answers = ask(token, staleLimit);
        for (int i = 0; i < 20_000 && answers.isEmpty(); i++) {
            loop.advance(Duration.ofMillis(1));
        }
        return answers.get(0);
    }

    /** Asks and reads what is known at once; null when the request has to wait. */
    @Nullable SessionVerdict atOnce(VerifiedToken token) {
        List<SessionVerdict> answers = ask(token);
        return answers.isEmpty() ? null : answers.get(0);
    }

    double count(String meter, String... tags) {
        return registry.get(meter).tags(tags).counter().count();
    }

    double gauge(String meter) {
        return registry.get(meter).gauge().value();
    }
}
