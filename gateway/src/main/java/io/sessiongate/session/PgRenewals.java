package io.sessiongate.session;

import io.sessiongate.metrics.WriterMeters;
import io.sessiongate.token.VerifiedToken;
import java.util.List;
import java.util.function.Consumer;

/**
 * Prolongs sessions in the database, behind their requests. Whatever was written, also by another gateway or the application in the
 * meantime, is what the next check finds: nothing here says how long a session lives. Confined to the check loop.
 */
final class PgRenewals implements SessionUse.RenewalSink {

    private final PgBatches<VerifiedToken> batches;

    /** {@code renewed} is told of the sessions of which the database may have another expiry now. */
    PgRenewals(
            String realm,
            PgRenewal renewal,
            PgStatements statements,
            CheckLoop loop,
            WriterMeters meters,
            Consumer<List<VerifiedToken>> renewed) {
        this.batches = new PgBatches<>(
                realm, "Sessions cannot be renewed", renewal, statements, loop, new PgBatches.Outcome<>() {
                    @Override
                    public void written(List<VerifiedToken> batch, int rows) {
                        meters.renewalsWritten(rows);
                        renewed.accept(batch);
                    }

                    @Override
                    public void dropped(int sessions) {
                        meters.renewalsDropped(sessions);
                    }

                    @Override
                    public void failed(int sessions) {
                        meters.renewalsFailed(sessions);
                    }
                });
    }

    @Override
    public void wanted(VerifiedToken token) {
        batches.add(token.sessionId(), token);
    }

    /** Forgets what waits. */
    void close() {
        batches.close();
    }
}
