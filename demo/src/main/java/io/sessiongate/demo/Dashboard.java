package io.sessiongate.demo;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * What the application answers, request by request; runs on the server's threads. Event streams hold a thread each, so
 * there are 100 of them at most, and each ends after five minutes: a browser comes back, and is validated anew.
 */
final class Dashboard {

    private static final Duration SESSION_LIFE = Duration.ofHours(1);
    /** As the gateway names it when it sends a browser here to sign in (and Auth.js before it). */
    private static final String RETURN_TO = "callbackUrl";

    private static final int MAX_STREAMS = 100;
    private static final int STREAM_EVENTS = 300;
    private static final String REVOKE_PREFIX = "/api/sessions/";
    private static final String REVOKE_SUFFIX = "/revoke";

    private final DemoOptions options;
    private final Database database;
    private final SessionStore sessions;
    private final Users users;
    private final Statistics statistics;
    private final Authenticator authenticator;
    private final Pages pages = new Pages();
    private final Semaphore streams = new Semaphore(MAX_STREAMS);
    private final CountDownLatch stopped = new CountDownLatch(1);

    Dashboard(DemoOptions options, Database database, SessionStore sessions, Statistics statistics) {
        this.options = options;
        this.database = database;
        this.sessions = sessions;
        this.statistics = statistics;
        this.users = new Users(database);
        this.authenticator = options.validation() == Validation.ITSELF
                ? Authenticator.itself(options.tokens(), sessions)
                : Authenticator.gateway();
    }

    /** Ends the event streams. */
    void stop() {
        stopped.countDown();
    }

    void answer(WebExchange exchange) throws IOException, SQLException {
        String path = exchange.path();
        if (exchange.method().equals("POST") && !exchange.isSameOrigin()) {
            exchange.problem(403, "Forbidden", "Another site's page sent this.");
            return;
        }
        switch (exchange.method() + " " + path) {
            case "GET /healthz" -> exchange.send(200, "text/plain", "ok\n".getBytes(StandardCharsets.UTF_8));
            case "GET /login" ->
                pages.login(
                        exchange,
                        200,
                        "",
                        returnAddress(exchange.queryParameter(RETURN_TO).orElse("/")));
            case "POST /login" -> signIn(exchange);
            case "POST /logout" -> signOut(exchange);
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
            case "GET /api/events" -> stream(exchange);
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

    private void signIn(WebExchange exchange) throws IOException, SQLException {
        Map<String, String> form = exchange.form();
        String returnTo = returnAddress(form.getOrDefault(RETURN_TO, "/"));
        var user = users.signIn(form.getOrDefault("email", ""), form.getOrDefault("password", ""));
        if (user.isEmpty()) {
            pages.login(exchange, 401, "That password is not right.", returnTo);
            return;
        }
        String userAgent = exchange.header("User-Agent").orElse("");
        try (Connection connection = database.connect()) {
            var session = SessionStore.create(
                    connection,
                    user.get().id(),
                    SESSION_LIFE,
                    limited(userAgent, 300),
                    limited(exchange.clientAddress(), 64));
            String token = options.tokens()
                    .mint(user.get().id(), session.id(), user.get().role(), SESSION_LIFE);
            exchange.setCookie(token, SESSION_LIFE.toSeconds());
        }
        exchange.redirect(returnTo);
    }

    private static String limited(String text, int length) {
        return text.substring(0, Math.min(text.length(), length));
    }

    /** Open to everyone, as signing out must work when the session has ended already; the token itself says which. */
    private void signOut(WebExchange exchange) throws IOException, SQLException {
        var claims = exchange.token().flatMap(options.tokens()::verify);
        if (claims.isPresent()) {
            sessions.end(claims.get().sessionId());
        }
        exchange.setCookie("", 0);
        exchange.redirect("/login");
    }

    /** A path of this site, never another site's address: {@code //host} and {@code /\host} are such in browsers. */
    private static String returnAddress(String wanted) {
        boolean ours = wanted.startsWith("/")
                && !wanted.startsWith("//")
                && wanted.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '\\');
        return ours ? wanted : "/";
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

    private void stream(WebExchange exchange) throws IOException {
        if (!streams.tryAcquire()) {
            exchange.problem(503, "Service Unavailable", "Too many pages are watching.");
            return;
        }
        try (OutputStream out = exchange.eventStream()) {
            for (int i = 0; i < STREAM_EVENTS; i++) {
                out.write("data: ".getBytes(StandardCharsets.UTF_8));
                out.write(Json.bytes(statistics.snapshot()));
                out.write("\n\n".getBytes(StandardCharsets.UTF_8));
                out.flush();
                if (stopped.await(1, TimeUnit.SECONDS)) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            streams.release();
        }
    }
}
