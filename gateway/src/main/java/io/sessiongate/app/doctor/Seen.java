package io.sessiongate.app.doctor;

import org.jspecify.annotations.Nullable;

/** What a check saw and makes of it. */
record Seen(Verdict verdict, String saw, @Nullable String fix) {

    static Seen ok(String saw) {
        return new Seen(Verdict.OK, saw, null);
    }

    static Seen warn(String saw, String fix) {
        return new Seen(Verdict.WARN, saw, fix);
    }

    static Seen fail(String saw, @Nullable String fix) {
        return new Seen(Verdict.FAIL, saw, fix);
    }

    static Seen skipped(String why, @Nullable String fix) {
        return new Seen(Verdict.SKIPPED, why, fix);
    }
}
