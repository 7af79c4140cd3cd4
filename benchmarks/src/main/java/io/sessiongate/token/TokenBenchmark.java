package io.sessiongate.token;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.benchmarks.jmh.Samples;
import io.sessiongate.benchmarks.jmh.Samples.TokenKey;
import io.sessiongate.http.WireRequest;
import io.sessiongate.metrics.CryptoMeters;
import io.sessiongate.metrics.TokenMeters;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What a token costs that is known: found among the header fields, looked up, counted. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class TokenBenchmark {

    private static final int USERS = 1_024;

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CryptoPool pool = new CryptoPool(new CryptoMeters(registry));
    private @Nullable TokenGate gate;
    private List<WireRequest> requests = List.of();
    private @Nullable TokenVerdict verdict;
    private int next;

    @Setup
    public void setUp() throws GeneralSecurityException {
        TokenKey key = TokenKey.of("HS256");
        gate = new TokenGate(
                key.tokenConfig(),
                pool,
                InstantSource.system(),
                System::nanoTime,
                new TokenMeters(registry),
                "default");
        requests = key.tokens(USERS).stream().map(Samples::request).toList();
        for (int i = 0; i < USERS; i++) {
            cachedHit();
            if (!(verdict instanceof TokenVerdict.Valid)) {
                throw new IllegalStateException("a good token is refused: " + verdict);
            }
        }
    }

    @Benchmark
    public @Nullable TokenVerdict cachedHit() {
        WireRequest head = requests.get(next++ & (USERS - 1));
        if (gate != null) {
            gate.check(head, Runnable::run, v -> verdict = v);
        }
        return verdict;
    }

    @TearDown
    public void tearDown() {
        pool.close();
    }
}
