package io.sessiongate.demo;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;

/** How sessions begin and end, and what a login may learn of its end; runs on the server's threads. */
final class SignIns {

    private static final Duration SESSION_LIFE = Duration.ofHours(1);
    /** As the gateway names it when it sends a browser here to sign in (and Auth.js before it). */
    private static final String RETURN_TO = "callbackUrl";

    private final SessionTokens tokens;
    private final Database database;
    private final SessionStore sessions;
    private final Users users;
    private final Pages pages;

    SignIns(SessionTokens tokens, Database database, SessionStore sessions, Users users, Pages pages) {
        this.tokens = tokens;
        this.database = database;
        this.sessions = sessions;
        this.users = users;
        this.pages = pages;
    }

    void form(WebExchange exchange) throws IOException {
        pages.login(
                exchange,
                200,
                "",
                returnAddress(exchange.queryParameter(RETURN_TO).orElse("/")));
    }

    void signIn(WebExchange exchange) throws IOException, SQLException {
        Map<String, String> form = exchange.form();
        String returnTo = returnAddress(form.getOrDefault(RETURN_TO, "/"));
        var user = users.signIn(form.getOrDefault("email", ""), form.getOrDefault("password", ""));
        if (user.isEmpty()) {
            pages.login(exchange, 401, "That password is not right.", returnTo);
            return;
        }
        var session =
                create(exchange, user.get().id(), exchange.header("User-Agent").orElse(""));
        exchange.setCookie(
                tokens.mint(user.get().id(), session.id(), user.get().role(), SESSION_LIFE), SESSION_LIFE.toSeconds());
        exchange.redirect(returnTo);
    }

    /** A session more for who is signed in, whose token the page gets to hold: the one it shows being revoked. */
    void second(WebExchange exchange, Identity.Known viewer) throws IOException, SQLException {
        var session = create(exchange, viewer.subject(), "second session of a page");
        String role = viewer.isAdministrator() ? "admin" : "member";
        exchange.json(
                201,
                Map.of(
                        "handle",
                        session.handle(),
                        "token",
                        tokens.mint(viewer.subject(), session.id(), role, SESSION_LIFE)));
    }

    private SessionStore.NewSession create(WebExchange exchange, String userId, String userAgent) throws SQLException {
        try (Connection connection = database.connect()) {
            return SessionStore.create(
                    connection, userId, SESSION_LIFE, limited(userAgent, 300), limited(exchange.clientAddress(), 64));
        }
    }

    private static String limited(String text, int length) {
        return text.substring(0, Math.min(text.length(), length));
    }

    /** Open to everyone, as signing out must work when the session has ended already; the token itself says which. */
    void signOut(WebExchange exchange) throws IOException, SQLException {
        var claims = exchange.token().flatMap(tokens::verify);
        if (claims.isPresent()) {
            sessions.end(claims.get().sessionId());
        }
        exchange.setCookie("", 0);
        exchange.redirect("/login");
    }

    /**
     * How long ago the session of this token was revoked, null if it was not; open like {@link #signOut}, for an ended session is
     * let in nowhere else.
     */
    void tellEnd(WebExchange exchange) throws IOException, SQLException {
        var claims = exchange.token().flatMap(tokens::verify);
        if (claims.isEmpty()) {
            exchange.unauthorized("Sign in first.");
            return;
        }
        var ago = sessions.revokedMillisAgo(claims.get().sessionId());
        exchange.json(200, Collections.singletonMap("millisAgo", ago.isPresent() ? ago.getAsDouble() : null));
    }

    /** A path of this site, never another site's address: {@code //host} and {@code /\host} are such in browsers. */
    private static String returnAddress(String wanted) {
        boolean ours = wanted.startsWith("/")
                && !wanted.startsWith("//")
                && wanted.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '\\');
        return ours ? wanted : "/";
    }
}
