package io.sessiongate.upstream.policy;

/**
 * What is held against a server for its failures. Immutable: every event makes another one, or none where nothing changes.
 *
 * <pre>
 *   good ──n failures in a row──► out ──time──► on trial ──an answer──► good
 *                                  ▲               │
 *                                  └──one failure──┘ twice as long
 * </pre>
 *
 * @param failures in a row
 * @param ejections how often it was left out, as far as it is held against it
 * @param untilNanos end of the last time; without meaning where there was none
 */
public record Standing(int failures, int ejections, long untilNanos) {

    public static final Standing GOOD = new Standing(0, 0, 0);

    /** Whether it is left out now. */
    public boolean out(long nowNanos) {
        return ejections > 0 && untilNanos - nowNanos > 0;
    }

    /** Whether it has been out, and is back. */
    public boolean back(long nowNanos) {
        return ejections > 0 && untilNanos - nowNanos <= 0;
    }

    /** After one more failure; of a server that is out nothing more is held against it. */
    public Standing failed(EjectionRule rule, long nowNanos) {
        if (rule.consecutiveFailures() == 0 || out(nowNanos)) {
            return this;
        }
        if (failures + 1 < rule.consecutiveFailures()) {
            return new Standing(failures + 1, ejections, untilNanos);
        }
        boolean longAgo = ejections > 0 && nowNanos - untilNanos > rule.maxNanos();
        int before = longAgo ? 0 : ejections;
        // On trial when it is back: the next failure is enough.
        return new Standing(rule.consecutiveFailures() - 1, before + 1, nowNanos + span(rule, before));
    }

    private static long span(EjectionRule rule, int before) {
        long span = Math.min(rule.baseNanos(), rule.maxNanos());
        for (int i = 0; i < before && span < rule.maxNanos(); i++) {
            span = span > rule.maxNanos() / 2 ? rule.maxNanos() : span * 2;
        }
        return span;
    }

    /** After an answer; one that comes while it is out was asked for before. */
    public Standing answered(long nowNanos) {
        return failures == 0 || out(nowNanos) ? this : new Standing(0, ejections, untilNanos);
    }
}
