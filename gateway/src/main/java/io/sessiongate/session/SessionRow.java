package io.sessiongate.session;

import org.jspecify.annotations.Nullable;

/**
 * What the database says of one session.
 *
 * @param id as it was asked for
 * @param subject whose it is, or null where no such column is configured
 * @param remainingMillis until the row's own expiry by the database's clock, negative once passed;
 *     {@link Long#MAX_VALUE} where it has none
 * @param attributes what was found beside it
 * @param spelledAlike whether the database spells the id as it was asked for; where it does not (a UUID in capitals), a
 *     pushed revocation names an id nobody here knows
 */
record SessionRow(
        String id,
        @Nullable String subject,
        long remainingMillis,
        boolean revoked,
        Attributes attributes,
        boolean spelledAlike) {

    /** A row that brings nothing along. */
    SessionRow(String id, @Nullable String subject, long remainingMillis, boolean revoked) {
        this(id, subject, remainingMillis, revoked, Attributes.NONE, true);
    }
}
