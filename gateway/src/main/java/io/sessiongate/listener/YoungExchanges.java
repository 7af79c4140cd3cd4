package io.sessiongate.listener;

import org.jspecify.annotations.Nullable;

/**
 * Forwarded requests that have not gone on for long yet, in the order in which they began: a list through fields of their
 * own, so that entering and leaving it allocates nothing and searches nothing. As many as there are requests under way;
 * confined to their event loop.
 */
final class YoungExchanges {

    private @Nullable Ongoing oldest;
    private @Nullable Ongoing youngest;

    boolean isEmpty() {
        return oldest == null;
    }

    @Nullable Ongoing oldest() {
        return oldest;
    }

    /** Behind all others. */
    void add(Ongoing exchange) {
        exchange.young = true;
        exchange.before = youngest;
        if (youngest == null) {
            oldest = exchange;
        } else {
            youngest.behind = exchange;
        }
        youngest = exchange;
    }

    /** Takes it out, if it is in. */
    void remove(Ongoing exchange) {
        if (!exchange.young) {
            return;
        }
        Ongoing before = exchange.before;
        Ongoing behind = exchange.behind;
        if (before == null) {
            oldest = behind;
        } else {
            before.behind = behind;
        }
        if (behind == null) {
            youngest = before;
        } else {
            behind.before = before;
        }
        exchange.young = false;
        exchange.before = null;
        exchange.behind = null;
    }
}
