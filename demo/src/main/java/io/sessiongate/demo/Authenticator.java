package io.sessiongate.demo;

import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** How a request's sender becomes known: the one part in which the two modes differ. */
interface Authenticator {

    /** May block for a query and the wait for a connection. */
    Identity identify(WebExchange exchange) throws SQLException;

    /** What an application does for want of a gateway: verify the token, and ask the database about each request. */
    static Authenticator itself(SessionTokens tokens, SessionStore sessions) {
        return exchange -> {
            Optional<SessionTokens.Claims> claims = exchange.token().flatMap(tokens::verify);
            if (claims.isEmpty()) {
                return new Identity.Refused("Sign in first.");
            }
            SessionTokens.Claims who = claims.get();
            return sessions.isLive(who.sessionId(), who.subject())
                    ? new Identity.Known(who.subject(), who.sessionId(), java.util.Set.of(who.role()))
                    : new Identity.Refused("This session has ended.");
        };
    }

    /**
     * What is left of it behind the gateway: it removes these headers from whatever clients send, and nobody else can
     * connect, for the application listens where only the gateway reaches it.
     */
    static Authenticator gateway() {
        return exchange -> {
            Optional<String> subject = exchange.header("X-Auth-Subject");
            Optional<String> session = exchange.header("X-Auth-Session");
            if (subject.isEmpty() || session.isEmpty()) {
                return new Identity.Refused("This request did not come through the gateway.");
            }
            String roles = exchange.header("X-Auth-Roles").orElse("");
            return new Identity.Known(
                    subject.get(),
                    session.get(),
                    Arrays.stream(roles.split("[ ,]+", -1))
                            .filter(role -> !role.isEmpty())
                            .collect(Collectors.toUnmodifiableSet()));
        };
    }
}
