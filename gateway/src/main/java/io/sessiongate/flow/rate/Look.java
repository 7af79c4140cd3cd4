package io.sessiongate.flow.rate;

/**
 * What one limit said of one request. Immutable.
 *
 * @param key whose bucket it was
 * @param left tokens that were left behind it; below zero where more were taken than there were
 * @param waitNanos until the next token is there; 0 where it passes
 * @param fullNanos until all tokens are there
 */
record Look(RateLimit limit, Object key, boolean passes, long left, long waitNanos, long fullNanos) {}
