package io.sessiongate.app.doctor;

import org.jspecify.annotations.Nullable;

/**
 * One line of the report.
 *
 * @param about whom it is about: a listener, a realm, or the application
 * @param saw what was seen; no credentials, no values of rows
 * @param fix what to do, or null where there is nothing to do
 */
public record Finding(
        String about,
        String check,
        Verdict verdict,
        String saw,
        @Nullable String fix) {}
