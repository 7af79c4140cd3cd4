package io.sessiongate.session;

import org.jspecify.annotations.Nullable;

/**
 * What the database says of one session.
 *
 * @param id as it was asked for
 * @param subject whose it is, or null where no such column is configured
 * @param remainingMillis until the row's own expiry by the database's clock, negative once passed;
 *     {@link Long#MAX_VALUE} where it has none
 */
record SessionRow(String id, @Nullable String subject, long remainingMillis, boolean revoked) {}
