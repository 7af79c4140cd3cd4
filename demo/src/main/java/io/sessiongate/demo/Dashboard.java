package io.sessiongate.demo;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;

/** What the application answers, request by request; runs on the server's threads. */
final class Dashboard {

    private static final String REVOKE_PREFIX = "/api/sessions/";
    private static final String REVOKE_SUFFIX = "/revoke";

    private final DemoOptions options;
    private final Database database;
    private final SessionStore sessions;
    private final Users users;
    private final Statistics statistics;
    private final Authenticator authenticator;
    private final Pages pages = new Pages();
    private final SignIns signIns;
    private final LiveEvents events;

    Dashboard(DemoOptions options, Database database, SessionStore sessions, Statistics statistics) {
        this.options = options;
        this.database = database;
        this.sessions = sessions;
        this.statistics = statistics;
        this.users = new Users(database);
        this.signIns = new SignIns(options.tokens(), database, sessions, users, pages);
        this.events = new LiveEvents(statistics);
        this.authenticator = options.validation() == Validation.ITSELF
                ? Authenticator.itself(options.tokens(), sessions)
                : Authenticator.gateway();
    }

    /** Ends the event streams. */
    void stop() {
        events.stop();
    }

    void answer(WebExchange exchange) throws IOException, SQLException {
        String path = exchange.path();
        if (exchange.method().equals("POST") && !exchange.isSameOrigin()) {
            exchange.problem(403, "Forbidden", "Another site's page sent this.");
            return;
        }
        switch (exchange.method() + " " + path) {
            case "GET /healthz" -> exchange.send(200, "text/plain", "ok\n".getBytes(StandardCharsets.UTF_8));
            case "GET /login" -> signIns.form(exchange);
            case "POST /login" -> signIns.signIn(exchange);
            case "POST /logout" -> signIns.signOut(exchange);
            case "GET /session-end" -> signIns.tellEnd(exchange);
            default -> {
                boolean asset =
                        path.startsWith("/assets/") && pages.asset(exchange, path.substring("/assets/".length()));
                if (!asset) {
                    answerKnown(exchange);
                }
            }
        }
    }

    private void answerKnown(WebExchange exchange) throws IOException, SQLException {
        Identity identity = authenticator.identify(exchange);
        if (identity instanceof Identity.Known known) {
            if (exchange.path().startsWith("/api/admin/") && !known.isAdministrator()) {
                exchange.problem(403, "Forbidden", "This needs the role admin.");
            } else {
                answer(exchange, known);
            }
        } else if (identity instanceof Identity.Refused refused) {
            if (exchange.method().equals("GET") && exchange.path().equals("/")) {
                exchange.redirect("/login");
            } else {
                exchange.unauthorized(refused.reason());
            }
        }
    }

    private void answer(WebExchange exchange, Identity.Known viewer) throws IOException, SQLException {
        switch (exchange.method() + " " + exchange.path()) {
            case "GET /" -> pages.dashboard(exchange);
            case "GET /api/me" -> exchange.json(200, me(viewer));
            case "GET /api/dashboard-stats", "GET /api/admin/dashboard-stats" ->
                exchange.json(200, statistics.snapshot());
            case "GET /api/gateway-stats" ->
                exchange.json(200, statistics.snapshot().sessionQueries());
            case "GET /api/sessions" -> exchange.json(200, sessions.list(viewer));
            case "POST /api/sessions" -> signIns.second(exchange, viewer);
            case "GET /api/events" -> events.stream(exchange);
            default -> {
                if (exchange.method().equals("POST")
                        && exchange.path().startsWith(REVOKE_PREFIX)
                        && exchange.path().endsWith(REVOKE_SUFFIX)) {
                    revoke(exchange, viewer);
                } else {
                    exchange.problem(404, "Not Found", "There is nothing here.");
                }
            }
        }
    }

    private Map<String, Object> me(Identity.Known viewer) throws SQLException {
        return Map.of(
                "id", viewer.subject(),
                "name", users.find(viewer.subject()).map(DemoData.User::name).orElse(viewer.subject()),
                "administrator", viewer.isAdministrator(),
                "validation", options.validation() == Validation.ITSELF ? "itself" : "gateway",
                "revalidateAfterSeconds", options.revalidateAfter().toSeconds());
    }

    private void revoke(WebExchange exchange, Identity.Known viewer) throws IOException, SQLException {
        String path = exchange.path();
        String handle = path.substring(
                REVOKE_PREFIX.length(), Math.max(REVOKE_PREFIX.length(), path.length() - REVOKE_SUFFIX.length()));
        boolean done;
        try (Connection connection = database.connect()) {
            done = SessionStore.revoke(connection, handle, viewer.subject(), viewer.isAdministrator());
        }
        if (done) {
            exchange.noContent();
        } else {
            exchange.problem(404, "Not Found", "There is no live session of that name.");
        }
    }
}
