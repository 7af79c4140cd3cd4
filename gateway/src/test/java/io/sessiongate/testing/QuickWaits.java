package io.sessiongate.testing;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.awaitility.pollinterval.IterativePollInterval;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Has Awaitility look early: at once, a few milliseconds later, and each time after twice as long, up to its own tenth of a
 * second. Most of what the tests wait for is there within milliseconds, and they wait hundreds of times. Registered for every
 * class by {@code META-INF/services}; says nothing about how long a wait may take.
 */
public final class QuickWaits implements BeforeAllCallback {

    private static final Duration FIRST = Duration.ofMillis(4);
    private static final Duration LONGEST = Duration.ofMillis(100);

    @Override
    public void beforeAll(ExtensionContext context) {
        Awaitility.setDefaultPollInterval(IterativePollInterval.iterative(QuickWaits::next, FIRST));
    }

    private static Duration next(Duration before) {
        Duration twice = before.multipliedBy(2);
        return twice.compareTo(LONGEST) < 0 ? twice : LONGEST;
    }
}
