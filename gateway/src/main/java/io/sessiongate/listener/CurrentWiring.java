package io.sessiongate.listener;

/**
 * What the connections of a server share at the moment. A request takes it once, as it begins, and keeps it to its end: so it is
 * dealt with by one configuration, whichever comes meanwhile. Read on any thread, without a lock; replaced by one.
 */
final class CurrentWiring {

    private volatile Wiring now;

    CurrentWiring(Wiring first) {
        this.now = first;
    }

    Wiring now() {
        return now;
    }

    /** Requests that begin from now on take this one. */
    void become(Wiring next) {
        now = next;
    }
}
