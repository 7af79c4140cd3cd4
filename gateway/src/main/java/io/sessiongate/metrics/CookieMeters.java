package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/** Session cookies that one realm gives again. Safe on any thread. */
public final class CookieMeters {

    static final String RENEWED = "sessiongate.session.cookies.renewed";

    private final Counter renewed;

    public CookieMeters(MeterRegistry registry, String realm) {
        renewed = Counter.builder(RENEWED)
                .description("Session cookies given again with a later expiry")
                .baseUnit("cookies")
                .tag("realm", realm)
                .register(registry);
    }

    public void renewed() {
        renewed.increment();
    }
}
