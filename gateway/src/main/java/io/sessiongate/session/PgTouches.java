package io.sessiongate.session;

import io.sessiongate.metrics.WriterMeters;
import java.util.List;

/**
 * Writes when sessions were last used; what fails or finds no room is counted and forgotten, the next use after the interval
 * tries again. Confined to the check loop.
 */
final class PgTouches implements SessionUse.TouchSink {

    static final int MOST_WAITING = PgBatches.MOST_WAITING;
    static final long LINGER_NANOS = PgBatches.LINGER_NANOS;

    private final PgBatches<String> batches;

    PgTouches(String realm, PgTouch touch, PgStatements statements, CheckLoop loop, WriterMeters meters) {
        this.batches = new PgBatches<>(
                realm, "The time of last use cannot be written", touch, statements, loop, new PgBatches.Outcome<>() {
                    @Override
                    public void written(List<String> batch, int rows) {
                        meters.touchesWritten(rows);
                    }

                    @Override
                    public void dropped(int sessions) {
                        meters.touchesDropped(sessions);
                    }

                    @Override
                    public void failed(int sessions) {
                        meters.touchesFailed(sessions);
                    }
                });
    }

    @Override
    public void used(String sessionId) {
        batches.add(sessionId, sessionId);
    }

    /** Forgets what waits. */
    void close() {
        batches.close();
    }
}
