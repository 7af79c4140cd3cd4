package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * What the listener of one realm counts. Safe on any thread; every counter is registered at the start, so that counting is a
 * field access.
 */
public final class RevocationMeters {

    static final String LISTENING = "sessiongate.revocation.listening";
    static final String CONNECTS = "sessiongate.revocation.connects";
    static final String GAPS = "sessiongate.revocation.gaps";
    static final String LOST = "sessiongate.revocation.lost";
    static final String NOTIFICATIONS = "sessiongate.revocation.notifications";
    static final String PUSHED = "sessiongate.revocation.pushed";
    static final String IGNORED = "sessiongate.revocation.ignored";
    static final String PUSH_TIME = "sessiongate.revocation.push.time";

    /** What a notification says. */
    public enum Kind {
        SESSION_ENDED("session-ended"),
        SUBJECT_ENDED("subject-ended"),
        SESSION_CHANGED("session-changed"),
        SUBJECT_CHANGED("subject-changed"),
        /** Of a trigger that failed. */
        UNTOLD("untold"),
        PING("ping");

        private final String tag;

        Kind(String tag) {
            this.tag = tag;
        }
    }

    private final MeterRegistry registry;
    private final String realm;
    private final Map<Kind, Counter> notifications = new EnumMap<>(Kind.class);
    private final Map<Kind, Counter> pushed = new EnumMap<>(Kind.class);
    private final Counter connects;
    private final Counter gaps;
    private final Counter pingsLost;
    private final Counter ignored;
    private final Timer pushTime;
    private volatile boolean listening;

    public RevocationMeters(MeterRegistry registry, String realm) {
        this.registry = registry;
        this.realm = realm;
        for (Kind kind : Kind.values()) {
            notifications.put(
                    kind, counter(NOTIFICATIONS, "notifications", "Notifications understood", "kind", kind.tag));
            if (kind != Kind.PING && kind != Kind.UNTOLD) {
                pushed.put(kind, counter(PUSHED, "ids", "Sessions and subjects they told of", "kind", kind.tag));
            }
        }
        connects = counter(CONNECTS, "attempts", "Attempts to connect in order to listen");
        gaps = counter(
                GAPS,
                "gaps",
                "Times that something may have ended unheard: listening was interrupted, or a trigger failed");
        pingsLost = counter(LOST, "pings", "Times that nothing was heard within the deadline");
        ignored = counter(IGNORED, "notifications", "Notifications that were not understood");
        pushTime = Timer.builder(PUSH_TIME)
                .description("From sending a notification to itself to hearing it: what a pushed revocation takes")
                .tag("realm", realm)
                .register(registry);
        Gauges.makeWay(registry, LISTENING, "realm", realm);
        Gauge.builder(LISTENING, () -> listening ? 1 : 0)
                .description("Whether revocations are listened to: 1 or 0")
                .tag("realm", realm)
                .strongReference(true)
                .register(registry);
    }

    public void connecting() {
        connects.increment();
    }

    /** Listening began, or ended. */
    public void listening(boolean now) {
        if (listening && !now) {
            gaps.increment();
        }
        listening = now;
    }

    public void pingLost() {
        pingsLost.increment();
    }

    /** A notification to itself came back. */
    public void pingBack(long nanos) {
        pushTime.record(nanos, TimeUnit.NANOSECONDS);
    }

    /** A notification was understood; it told of so many sessions or subjects. */
    public void notified(Kind kind, int about) {
        Objects.requireNonNull(notifications.get(kind)).increment();
        Counter ids = pushed.get(kind);
        if (ids != null) {
            ids.increment(about);
        }
    }

    public void ignored() {
        ignored.increment();
    }

    private Counter counter(String name, String unit, String description, String... furtherTags) {
        return Counter.builder(name)
                .description(description)
                .baseUnit(unit)
                .tag("realm", realm)
                .tags(furtherTags)
                .register(registry);
    }
}
