package io.sessiongate.session;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How the session store fares. Written on the check loop, read on any thread; logs when it fails and when it recovers. */
final class StoreHealth {

    private static final Logger LOG = LoggerFactory.getLogger(StoreHealth.class);

    private final String realm;
    private volatile @Nullable String lastFailure;
    private boolean cannotConnect;
    private volatile boolean connected;
    private volatile int connections;
    private volatile int waiting;

    StoreHealth(String realm) {
        this.realm = realm;
    }

    /** A connection is open: if the trouble was to connect, it is over. */
    void connected() {
        if (cannotConnect) {
            recovered();
        }
    }

    /** A connection could not be opened. */
    void refused(String message) {
        cannotConnect = lastFailure == null || cannotConnect;
        report(message);
    }

    /** A query was answered. */
    void answered(boolean ambiguous) {
        if (ambiguous) {
            failed("the session query returned rows that differ for one session");
        } else {
            recovered();
        }
    }

    /** {@code message} carries no credentials and no ids. */
    void failed(String message) {
        cannotConnect = false;
        report(message);
    }

    /** It failed several times in a row: nobody waits for it any more. */
    void circuitOpened() {
        LOG.atWarn()
                .setMessage("Nobody waits for session checks until one succeeds")
                .addKeyValue("realm", realm)
                .addKeyValue("reason", lastFailure)
                .log();
    }

    private void report(String message) {
        if (lastFailure == null) {
            LOG.atWarn()
                    .setMessage("Sessions cannot be checked")
                    .addKeyValue("realm", realm)
                    .addKeyValue("reason", message)
                    .log();
        }
        lastFailure = message;
    }

    void pool(boolean connected, int connections, int waiting) {
        this.connected = connected;
        this.connections = connections;
        this.waiting = waiting;
    }

    SessionGate.Health read() {
        return new SessionGate.Health(connected, lastFailure, connections, waiting);
    }

    private void recovered() {
        if (lastFailure != null) {
            lastFailure = null;
            LOG.atInfo()
                    .setMessage("Sessions can be checked again")
                    .addKeyValue("realm", realm)
                    .log();
        }
    }
}
