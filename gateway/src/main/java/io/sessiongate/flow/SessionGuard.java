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

    SessionGuard(Realm realm, RouteConfig route, VerifiedToken token) {
        this.realm = realm;
        this.route = route;
        this.token = token;
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
        return token.subjectKey();
    }

    @Override
    public long closeAtEpochMillis() {
        return realm.sessions().closesStreamsAtExpiry()
                ? realm.tokens().acceptedUntilEpochMillis(token)
                : Long.MAX_VALUE;
    }

    @Override
    public void recheck(Executor loop, Consumer<@Nullable FaultKind> then) {
        realm.sessions().recheck(token, route.staleLimit(), loop, verdict -> then.accept(fault(verdict)));
    }

    private @Nullable FaultKind fault(SessionVerdict verdict) {
        if (verdict instanceof SessionVerdict.Live live) {
            boolean mayStill = RequestFlow.mayUse(route.access(), Roles.of(token, live.attributes()));
            return mayStill ? null : FaultKind.ROLE_MISSING;
        }
        return verdict instanceof SessionVerdict.Ended ? FaultKind.SESSION_ENDED : FaultKind.SESSION_CHECK_UNAVAILABLE;
    }
}
