package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;

/**
 * What the applications of one realm announced in their answers and nothing came of; what something came of is counted with
 * the other revocations. Safe on any thread; registered at the start.
 */
public final class AnnouncementMeters {

    static final String IGNORED = "sessiongate.revocations.ignored";

    private final Counter badValue;
    private final Counter noToken;

    public AnnouncementMeters(MeterRegistry registry, String realm) {
        badValue = ignored(registry, realm, "value");
        noToken = ignored(registry, realm, "no-token");
    }

    /** The header said what it cannot mean. */
    public void badValue() {
        badValue.increment();
    }

    /** The request carried no valid token, so that nobody can tell whose session is meant. */
    public void noToken() {
        noToken.increment();
    }

    private static Counter ignored(MeterRegistry registry, String realm, String reason) {
        return Counter.builder(IGNORED)
                .description("Announcements in an answer that ended nothing")
                .tags("realm", realm, "reason", reason)
                .register(registry);
    }
}
