package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.sessiongate.session.SessionVerdict.How;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/**
 * Thousands of {@linkplain RandomHistory random histories} in virtual time. A failure names its seed: {@code new
 * RandomHistory(seed).run(STEPS)} is that history again.
 */
class RandomHistoriesTest {

    private static final int STEPS = 120;
    private static final int HISTORIES = 500;
    private static final Logger HEALTH = (Logger) LoggerFactory.getLogger(StoreHealth.class);

    @BeforeAll
    static void quiet() {
        HEALTH.setLevel(Level.OFF); // thousands of outages are meant
    }

    @AfterAll
    static void loud() {
        HEALTH.setLevel(null);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 10_000, 20_000, 30_000, 40_000, 50_000})
    void whatIsServedIsWhatTheModelAllows(long firstSeed) {
        Map<How, Integer> served = new EnumMap<>(How.class);
        int ended = 0;
        for (long seed = firstSeed; seed < firstSeed + HISTORIES; seed++) {
            RandomHistory history = new RandomHistory(seed);
            try {
                history.run(STEPS);
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
            history.served.forEach((how, count) -> served.merge(how, count, Integer::sum));
            ended += history.ended;
        }
        for (How how : How.values()) {
            assertThat(served.getOrDefault(how, 0)).as("served %s", how).isGreaterThan(100);
        }
        assertThat(ended).isGreaterThan(1_000);
    }
}
