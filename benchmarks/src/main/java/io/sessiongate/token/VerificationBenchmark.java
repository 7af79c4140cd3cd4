package io.sessiongate.token;

import io.sessiongate.benchmarks.jmh.Samples.TokenKey;
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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What a token costs that is seen for the first time: form, signature, claims; without the hand-over to a thread. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class VerificationBenchmark {

    private static final int TOKENS = 64;

    @Param({"HS256", "RS256", "ES256", "EdDSA"})
    String algorithm = "HS256";

    private @Nullable TokenVerifier verifier;
    private List<String> tokens = List.of();
    private int next;

    @Setup
    public void setUp() throws GeneralSecurityException {
        TokenKey key = TokenKey.of(algorithm);
        verifier = new TokenVerifier(key.tokenConfig(), List.of(key.config()), InstantSource.system());
        tokens = key.tokens(TOKENS);
        if (!(miss() instanceof TokenVerdict.Valid)) {
            throw new IllegalStateException("a good token is refused");
        }
    }

    @Benchmark
    public @Nullable TokenVerdict miss() {
        String token = tokens.get(next++ & (TOKENS - 1));
        return verifier == null ? null : verifier.prepare(token).run();
    }
}
