package io.sessiongate.flow;

import io.sessiongate.identity.IdentityWriter;
import io.sessiongate.session.SessionGate;
import io.sessiongate.token.TokenGate;

/** One population of logins at work: who judges its tokens and sessions, and who tells the application. */
public record Realm(String name, TokenGate tokens, SessionGate sessions, IdentityWriter identity) {}
