package io.sessiongate.session;

import java.util.List;
import java.util.function.Consumer;

/**
 * A connection to the primary while no replica is of use; it makes room once one is. Confined to the check loop.
 */
final class StandInConnection implements CheckConnection {

    private final CheckConnection connection;
    private final ReplicatedConnector home;
    private boolean spent;

    StandInConnection(CheckConnection connection, ReplicatedConnector home) {
        this.connection = connection;
        this.home = home;
    }

    @Override
    public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> then) {
        home.knock();
        connection.check(ids, notOlderThanNanos, result -> {
            spent = spent || home.shouldMove(null);
            then.accept(result);
        });
    }

    @Override
    public boolean isSpent() {
        return spent;
    }

    @Override
    public void cancel() {
        connection.cancel();
    }

    @Override
    public void abandon() {
        connection.abandon();
    }

    @Override
    public void onGone(Runnable gone) {
        connection.onGone(gone);
    }
}
