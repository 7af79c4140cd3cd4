package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;

/**
 * What was said of the sessions and subjects of one realm between two checks, whoever said it, and how much of that is
 * remembered. Safe on any thread; every counter is registered at the start.
 */
public final class WordMeters {

    static final String REVOCATIONS = "sessiongate.session.revocations";
    static final String WORDS = "sessiongate.session.words";
    static final String WORDS_LIMIT = "sessiongate.session.words.limit";
    static final String WORDS_OVERFLOWS = "sessiongate.session.words.overflows";

    /** What was said of a session between two checks. */
    public enum RevocationKind {
        SESSION_ENDED("session-ended"),
        SUBJECT_ENDED("subject-ended"),
        SESSION_CHANGED("session-changed"),
        SUBJECT_CHANGED("subject-changed");

        private final String tag;

        RevocationKind(String tag) {
            this.tag = tag;
        }
    }

    private final MeterRegistry registry;
    private final String realm;
    private final Map<String, Map<RevocationKind, Counter>> revocations = new HashMap<>();

    private final Counter overflows;

    WordMeters(MeterRegistry registry, String realm) {
        this.registry = registry;
        this.realm = realm;
        for (String source : new String[] {"pushed", "announced", "admin"}) {
            Map<RevocationKind, Counter> bySource = new EnumMap<>(RevocationKind.class);
            for (RevocationKind kind : RevocationKind.values()) {
                bySource.put(
                        kind,
                        Counter.builder(REVOCATIONS)
                                .description("What was said of sessions and subjects between checks")
                                .baseUnit("words")
                                .tags("realm", realm, "source", source, "kind", kind.tag)
                                .register(registry));
            }
            revocations.put(source, bySource);
        }
        overflows = Counter.builder(WORDS_OVERFLOWS)
                .description("How often they were too many, and every session was checked in their place")
                .baseUnit("times")
                .tag("realm", realm)
                .register(registry);
    }

    /**
     * Something was said of a session or subject.
     *
     * @param source {@code pushed}, {@code announced} or {@code admin}
     */
    public void revocation(String source, RevocationKind kind) {
        Map<RevocationKind, Counter> bySource = revocations.get(source);
        if (bySource != null) {
            Objects.requireNonNull(bySource.get(kind)).increment();
        }
    }

    /** They were too many. */
    public void overflowed() {
        overflows.increment();
    }

    /** Tells the bound of what is remembered of that, and how to read its size. */
    public void watch(int limit, LongSupplier size) {
        gauge(WORDS_LIMIT, "Most words on sessions, and on subjects, remembered", () -> limit);
        gauge(WORDS, "Words on sessions and subjects remembered", size);
    }

    private void gauge(String name, String description, LongSupplier value) {
        Gauges.makeWay(registry, name, "realm", realm);
        Gauge.builder(name, value, LongSupplier::getAsLong)
                .description(description)
                .baseUnit("words")
                .tag("realm", realm)
                .strongReference(true)
                .register(registry);
    }
}
