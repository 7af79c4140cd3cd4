package io.sessiongate.config;

/**
 * How often a request is tried on another server.
 *
 * @param attempts after the first one
 * @param budgetPercent of the requests under way that may be such, over a few that always may
 */
public record RetryConfig(int attempts, int budgetPercent) {

    /** As where a file says nothing of it. */
    public static final RetryConfig STANDARD = new RetryConfig(2, 20);
}
