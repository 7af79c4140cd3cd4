package io.sessiongate.upstream;

import io.sessiongate.upstream.policy.RetryRule;
import java.util.concurrent.atomic.AtomicInteger;

/** How many requests to one upstream are under way again, on all loops together. Safe to use from any thread. */
final class RetryBudget {

    private final AtomicInteger now = new AtomicInteger();

    /** One more, which must be {@linkplain #giveBack given back}; false where too many are already. */
    boolean tryTake(RetryRule rule, int requestsNow) {
        int seen = now.get();
        while (rule.allows(seen, requestsNow)) {
            int before = now.compareAndExchange(seen, seen + 1);
            if (before == seen) {
                return true;
            }
            seen = before;
        }
        return false;
    }

    void giveBack() {
        now.decrementAndGet();
    }

    int now() {
        return now.get();
    }
}
