package io.sessiongate.app;

import io.sessiongate.app.status.StatusReport;
import io.sessiongate.flow.Realm;
import io.sessiongate.session.SessionGate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Whether traffic should come here, and why not. Not ready before listening, while draining, and before the database of
 * every realm has answered once and it has a key to verify tokens with; an outage after that only degrades (docs/adr/0002-readiness.md). Thread-safe.
 */
final class Health {

    private enum Phase {
        STARTING,
        SERVING,
        DRAINING
    }

    /** What {@code /readyz} says. */
    record Readiness(boolean ready, List<String> reasons, List<String> degraded) {}

    private final Supplier<Map<String, Realm>> realms;
    private final Set<String> reached = ConcurrentHashMap.newKeySet();
    private final Set<String> keyed = ConcurrentHashMap.newKeySet();
    /** Once it was, a realm that is new keeps nobody away from those that were there. */
    private volatile boolean everReady;

    private volatile Phase phase = Phase.STARTING;

    /** {@code realms}: those there are now, asked for each time. */
    Health(Supplier<Map<String, Realm>> realms) {
        this.realms = realms;
    }

    void started() {
        phase = Phase.SERVING;
        // Asking makes an attempt to connect: the database is looked for before the first request needs it.
        readiness();
    }

    void draining() {
        phase = Phase.DRAINING;
    }

    /** The same for the status page. */
    StatusReport.Readiness status() {
        Readiness now = readiness();
        return new StatusReport.Readiness(now.ready(), now.reasons(), now.degraded());
    }

    Readiness readiness() {
        boolean wasReady = everReady;
        List<String> reasons = new ArrayList<>();
        List<String> degraded = new ArrayList<>();
        if (phase == Phase.STARTING) {
            reasons.add("starting");
        } else if (phase == Phase.DRAINING) {
            reasons.add("draining");
        }
        for (Realm realm : realms.get().values()) {
            SessionGate.Health store = realm.sessions().health();
            if (store.connected()) {
                reached.add(realm.name());
            } else {
                String why = "realm " + realm.name() + ": session database "
                        + (store.lastFailure() == null ? "not reached yet" : "unreachable: " + store.lastFailure());
                (wasReady || reached.contains(realm.name()) ? degraded : reasons).add(why);
            }
            keys(realm, wasReady, reasons, degraded);
        }
        everReady |= reasons.isEmpty();
        return new Readiness(reasons.isEmpty(), List.copyOf(reasons), List.copyOf(degraded));
    }

    /** A realm that has never had a key can let nobody in; one that lacks some, or cannot renew them, goes on with the rest. */
    private void keys(Realm realm, boolean wasReady, List<String> reasons, List<String> degraded) {
        if (realm.tokens().hasKeys()) {
            keyed.add(realm.name());
        }
        List<String> troubles = realm.tokens().keyTroubles();
        boolean known = wasReady || keyed.contains(realm.name());
        List<String> to = known ? degraded : reasons;
        if (!keyed.contains(realm.name()) && troubles.isEmpty()) {
            to.add("realm " + realm.name() + ": keys not in use yet");
        }
        for (String trouble : troubles) {
            to.add("realm " + realm.name() + ": keys of " + trouble);
        }
    }
}
