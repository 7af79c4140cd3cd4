package io.sessiongate.flow;

import io.sessiongate.identity.IdentityWriter;
import io.sessiongate.session.SessionGate;
import io.sessiongate.token.TokenGate;
import org.jspecify.annotations.Nullable;

/**
 * One population of logins at work.
 *
 * @param tokens who judges its tokens; {@code sessions} its sessions
 * @param identity who tells the application
 * @param revoker who ends its sessions on somebody's word
 * @param signals what its applications say of sessions in their answers
 * @param answers what they said when asked for a session; null where no route keeps it
 * @param cookies who gives clients their cookie again; null where that is the application's
 */
public record Realm(
        String name,
        TokenGate tokens,
        SessionGate sessions,
        IdentityWriter identity,
        Revoker revoker,
        Signals signals,
        @Nullable SessionAnswers answers,
        @Nullable RenewedCookies cookies) {

    /** One whose sessions are prolonged by its application, if at all. */
    public Realm(
            String name,
            TokenGate tokens,
            SessionGate sessions,
            IdentityWriter identity,
            Revoker revoker,
            Signals signals,
            @Nullable SessionAnswers answers) {
        this(name, tokens, sessions, identity, revoker, signals, answers, null);
    }
}
