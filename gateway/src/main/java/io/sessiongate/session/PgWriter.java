package io.sessiongate.session;

import io.sessiongate.config.SessionConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.metrics.WriterMeters;
import io.sessiongate.session.policy.CheckPolicy;
import io.sessiongate.token.VerifiedToken;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a realm writes to its primary: when sessions were {@linkplain PgTouches last used}, a {@linkplain PgRenewals later expiry}, and what the other gateways
 * {@linkplain PgBroadcast should hear}. One connection for all, beside those for checks, opened when there is something to
 * write. No request waits for it. Confined to the check loop but where it says otherwise.
 */
final class PgWriter implements SessionUse.TouchSink, RevocationBroadcast {

    private final CheckLoop loop;
    private final PgErrands errands;
    private final @Nullable PgTouches touches;
    private final @Nullable PgRenewals renewals;
    private final @Nullable PgBroadcast broadcast;
    private Consumer<List<VerifiedToken>> renewed = tokens -> {};
    private final boolean sharedByLogins;

    PgWriter(
            String realm,
            SessionConfig config,
            PgLink.Source links,
            CheckLoop loop,
            RandomGenerator random,
            WriterMeters meters) {
        this.loop = loop;
        this.errands = new PgErrands(links, loop, CheckPolicy.nanos(config.queryTimeout()), new ConnectBackoff(random));
        String schema = config.database().schema();
        this.touches = config.touch() != null && config.lookup() instanceof Lookup.Table table
                ? new PgTouches(realm, PgTouch.of(table, config.touch(), schema), errands, loop, meters)
                : null;
        this.renewals = config.renew() != null && config.lookup() instanceof Lookup.Table sessions
                ? new PgRenewals(
                        realm,
                        PgRenewal.of(sessions, config.renew(), schema),
                        errands,
                        loop,
                        meters,
                        tokens -> renewed.accept(tokens))
                : null;
        this.sharedByLogins = config.sharesSessions();
        String channel = config.revocations().channel();
        this.broadcast = channel == null ? null : new PgBroadcast(channel, errands, meters);
    }

    /** Does nothing where the configuration has no column for it. */
    @Override
    public void used(String sessionId) {
        if (touches != null) {
            touches.used(sessionId);
        }
    }

    /** What prolongs sessions, or null; {@code renewed} is told, on the check loop, of those to be looked at again. */
    SessionUse.@Nullable RenewalSink renewals(Consumer<List<VerifiedToken>> renewed) {
        this.renewed = renewed;
        return renewals;
    }

    @Override
    public void sessionEnded(String sha256Hex) {
        broadcast(
                sharedByLogins ? RevocationPayload.Kind.SESSION_CHANGED : RevocationPayload.Kind.SESSION_ENDED,
                sha256Hex);
    }

    @Override
    public void subjectEnded(String sha256Hex) {
        broadcast(
                sharedByLogins ? RevocationPayload.Kind.SUBJECT_CHANGED : RevocationPayload.Kind.SUBJECT_ENDED,
                sha256Hex);
    }

    /** Tells the fleet; does nothing where no channel is configured. Any thread. */
    void broadcast(RevocationPayload.Kind kind, String... hexes) {
        PgBroadcast told = broadcast;
        if (told == null) {
            return;
        }
        List<String> all = List.of(hexes);
        try {
            loop.execute(() -> told.tell(kind, all));
        } catch (RejectedExecutionException e) {
            // Stopping: the others' checks find it.
        }
    }

    /** Closes the connection; forgets what waits. May be called again. */
    void close() {
        if (touches != null) {
            touches.close();
        }
        if (renewals != null) {
            renewals.close();
        }
        if (broadcast != null) {
            broadcast.close();
        }
        errands.close();
    }
}
