package io.sessiongate.session;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.Secret;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.policy.CheckPolicy;
import io.sessiongate.session.policy.CheckPolicy.Decision;
import io.sessiongate.session.policy.CheckPolicy.Standing;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What the question costs whether a session is still good, when memory has the answer. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class SessionBenchmark {

    private static final int USERS = 1_024;

    /** So long that nothing becomes due while it is measured. */
    private static final CheckConfig CHECK = new CheckConfig(
            Duration.ofHours(1), Duration.ofMinutes(5), Duration.ofSeconds(10), Duration.ofSeconds(10), Duration.ZERO);

    private static final DatabaseConfig DATABASE = new DatabaseConfig(
            "127.0.0.1",
            5432,
            "none",
            "none",
            new Secret(""),
            new DatabaseConfig.Tls(DatabaseConfig.Tls.Mode.DISABLE, false, null),
            4,
            Duration.ofSeconds(10),
            Duration.ofSeconds(5),
            null,
            false,
            "benchmark",
            Map.of(),
            List.of());

    private final CheckPolicy policy = new CheckPolicy(
            CHECK.revalidateAfter(),
            CHECK.revalidateAfterWhileListening(),
            CHECK.expiringWithin(),
            CHECK.revalidateExpiringAfter(),
            CHECK.refreshAhead(),
            CHECK.serveStaleFor());
    private final long checkedNanos = System.nanoTime();
    private final long issuedAtMillis = System.currentTimeMillis();
    private final long expiresAtMillis = issuedAtMillis + TimeUnit.HOURS.toMillis(6);
    private final List<VerifiedToken> tokens = new ArrayList<>();
    private @Nullable SessionGate gate;
    private @Nullable SessionGate gateWithWords;
    private @Nullable SessionVerdict verdict;
    private final Consumer<SessionVerdict> then = new Keep();
    private final Executor requestLoop = Runnable::run;
    private int next;

    @Setup
    public void setUp() {
        gate = gate();
        gateWithWords = gate();
        for (int i = 0; i < USERS; i++) {
            tokens.add(new VerifiedToken(
                    "user-" + i, "session-" + i, Set.of("admin"), issuedAtMillis, expiresAtMillis, Map.of(), "hash"));
            gateWithWords.distrustSubject(Fingerprint.of("other-" + i), RevocationSource.PUSHED);
        }
        for (int i = 0; i < 2 * USERS; i++) {
            cachedHit();
            cachedHitBesideWords();
        }
        if (!(verdict instanceof SessionVerdict.Live live) || live.how() != SessionVerdict.How.CACHED) {
            throw new IllegalStateException("not served from memory: " + verdict);
        }
    }

    private static SessionGate gate() {
        var config = new SessionConfig(
                DATABASE,
                new SessionConfig.Lookup.Table(List.of("sessions"), "id", null, null, null),
                CHECK,
                Duration.ofSeconds(5),
                1_000,
                100_000);
        return new SessionGate(
                "default",
                config,
                then -> then.accept(new CheckConnector.ConnectResult.Connected(new AlwaysLive())),
                null,
                new CallersLoop(),
                InstantSource.system(),
                new SessionMeters(new SimpleMeterRegistry(), "default"));
    }

    /** The policy's arithmetic, with both clocks read. */
    @Benchmark
    public Decision policyAlone() {
        return policy.decide(
                Standing.LIVE,
                checkedNanos,
                Long.MAX_VALUE,
                next++ & 0xffff,
                false,
                System.nanoTime(),
                issuedAtMillis,
                expiresAtMillis,
                System.currentTimeMillis());
    }

    /** All of it: look-up, policy, clocks, verdict, meters. */
    @Benchmark
    public @Nullable SessionVerdict cachedHit() {
        VerifiedToken token = tokens.get(next++ & (USERS - 1));
        if (gate != null) {
            gate.decide(token, null, requestLoop, then);
        }
        return verdict;
    }

    /** The same while a thousand words on other subjects are remembered. */
    @Benchmark
    public @Nullable SessionVerdict cachedHitBesideWords() {
        VerifiedToken token = tokens.get(next++ & (USERS - 1));
        if (gateWithWords != null) {
            gateWithWords.decide(token, null, requestLoop, then);
        }
        return verdict;
    }

    /** Made once: one made for each call would be counted as the gate's garbage. */
    private final class Keep implements Consumer<SessionVerdict> {
        @Override
        public void accept(SessionVerdict decided) {
            verdict = decided;
        }
    }

    /** Runs everything where it is called; nothing is ever due here. */
    private static final class CallersLoop implements CheckLoop {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public Timer schedule(long delayNanos, Runnable task) {
            return () -> {};
        }

        @Override
        public void execute(Runnable command) {
            command.run();
        }
    }

    /** A store in which every session lives. */
    private static final class AlwaysLive implements CheckConnection {
        @Override
        public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> then) {
            then.accept(new CheckResult.Rows(ids.stream()
                    .map(id -> new SessionRow(id, null, Long.MAX_VALUE, false))
                    .toList()));
        }

        @Override
        public void cancel() {}

        @Override
        public void abandon() {}

        @Override
        public void onGone(Runnable gone) {}
    }
}
