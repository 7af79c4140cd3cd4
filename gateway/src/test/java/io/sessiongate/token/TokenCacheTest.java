package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Valid;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TokenCacheTest {

    private final VirtualTime time = new VirtualTime();
    private final TokenCache cache = new TokenCache(
            10,
            Duration.ofSeconds(5),
            time,
            time::nanoTime,
            new TokenMeters(new SimpleMeterRegistry()).realm("default", EnumSet.allOf(Reason.class)));

    /** As when two requests with a new token are verified side by side. */
    @Test
    void aLaterPutOfTheSameTokenProlongsNothing() {
        TokenText text = new TokenText("a.b.c");
        Valid forOneMinute = new Valid(
                new VerifiedToken("u1", "s1", Set.of(), -1, (Tokens.NOW_SECONDS + 60) * 1000, Map.of(), "sha"));
        cache.put(text, forOneMinute, null);
        time.pass(Duration.ofSeconds(40));
        cache.put(text, forOneMinute, null);

        time.pass(Duration.ofSeconds(25).minusMillis(1));
        assertThat(cache.get(text)).isSameAs(forOneMinute);

        time.pass(Duration.ofMillis(1));
        assertThat(cache.get(text)).isNull();
    }
}
