package io.sessiongate.flow;

import io.sessiongate.config.RouteConfig;
import io.sessiongate.http.FaultKind;
import io.sessiongate.identity.Roles;
import io.sessiongate.session.SessionVerdict;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The session behind a request that was let in: judged again as a request of its route would be, session and role. Immutable. */
final class SessionGuard implements StreamGuard {

    private final Realm realm;
    private final RouteConfig route;
    private final VerifiedToken token;
    private final Fingerprint subject;

    /** {@code live}: what the session was when it was let in. */
    SessionGuard(Realm realm, RouteConfig route, VerifiedToken token, SessionVerdict.Live live) {
        this.realm = realm;
        this.route = route;
        this.token = token;
        @Nullable Fingerprint found = live.attributes().subjectKey();
        this.subject = found == null ? token.subjectKey() : found;
    }

    @Override
    public String realm() {
        return realm.name();
    }

    @Override
    public Fingerprint session() {
        return token.sessionKey();
    }

    @Override
    public Fingerprint subject() {
        return subject;
    }

    @Override
    public long closeAtEpochMillis() {
        // An opaque token has no expiry; that of its session's row is found by checking it.
        return realm.sessions().closesStreamsAtExpiry() && !token.isOpaque()
                ? realm.tokens().acceptedUntilEpochMillis(token)
                : Long.MAX_VALUE;
    }

    @Override
    public void recheck(Executor loop, Consumer<@Nullable FaultKind> then) {
        realm.sessions().recheck(token, route.staleLimit(), loop, verdict -> then.accept(fault(verdict)));
    }

    private @Nullable FaultKind fault(SessionVerdict verdict) {
        if (verdict instanceof SessionVerdict.Live live) {
            @Nullable Fingerprint now = live.attributes().subjectKey();
            if (now != null && !now.equals(subject)) {
                return FaultKind.SESSION_ENDED; // it is somebody else's now
            }
            boolean mayStill = Passage.mayUse(route.access(), Roles.of(token, live.attributes()));
            return mayStill ? null : FaultKind.ROLE_MISSING;
        }
        return verdict instanceof SessionVerdict.Ended ? FaultKind.SESSION_ENDED : FaultKind.SESSION_CHECK_UNAVAILABLE;
    }
}
