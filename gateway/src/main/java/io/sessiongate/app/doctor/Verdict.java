package io.sessiongate.app.doctor;

/** How a check ended. */
public enum Verdict {
    OK,
    /** It works, and will hurt one day. */
    WARN,
    FAIL,
    /** It was not looked at, and what was seen says why. */
    SKIPPED
}
