package io.sessiongate.upstream.policy;

/**
 * How much of what is sent may be sent again: servers that fail under their load must not be given more of it.
 *
 * @param attempts for one request
 * @param budgetPercent of all requests under way
 */
public record RetryRule(int attempts, int budgetPercent) {

    /** However few are under way. */
    static final int ALWAYS = 3;

    /** Whether one more may be under way. */
    public boolean allows(int retriesNow, int requestsNow) {
        return retriesNow < Math.max(ALWAYS, (long) requestsNow * budgetPercent / 100);
    }
}
