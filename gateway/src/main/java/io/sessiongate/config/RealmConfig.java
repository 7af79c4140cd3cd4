package io.sessiongate.config;

/** One population of logins: whose tokens, which sessions, what the application is told. */
public record RealmConfig(String name, TokenConfig token, SessionConfig session, IdentityConfig identity) {}
