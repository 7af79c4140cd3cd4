package io.sessiongate.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A plain web application with logins, as a user of the gateway might have it: a thread a request, one pool of database
 * connections, a session cookie. At most 640 requests run and 2,000 wait; the connection of one more is closed.
 */
public final class DemoApplication implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DemoApplication.class);
    private static final int THREADS = 640;
    private static final int WAITING = 2_000;
    private static final int BACKLOG = 1_024;
    private static final long STACK_BYTES = 256 * 1024;

    private final HttpServer server;
    private final ThreadPoolExecutor threads;
    private final Database database;
    private final SessionStore sessions;
    private final Statistics statistics;
    private final Dashboard dashboard;

    /** Opens the pool and listens; throws {@link java.net.BindException} when the port is taken. */
    public DemoApplication(DemoOptions options) throws IOException {
        // The JDK's server reads these once, at first use. Without the first, an answer of head and body waits 40 ms
        // for an acknowledgement; without the second, it closes all but 200 idle connections of a busy proxy.
        setDefault("sun.net.httpserver.nodelay", "true");
        setDefault("sun.net.httpserver.maxIdleConnections", "2000");
        server = HttpServer.create(options.address(), BACKLOG);
        database = new Database(options);
        sessions = new SessionStore(database, options.sessionQueryDelay());
        var gateway = options.gatewayMetrics();
        statistics = new Statistics(sessions, database::use, gateway == null ? null : new GatewayMetrics(gateway));
        dashboard = new Dashboard(options, database, sessions, statistics);
        var number = new AtomicInteger();
        threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                30,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(WAITING),
                work -> new Thread(null, work, "dashboard-" + number.incrementAndGet(), STACK_BYTES));
        threads.allowCoreThreadTimeOut(true);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    private static void setDefault(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    public InetSocketAddress address() {
        return server.getAddress();
    }

    /** Session queries made by the application itself so far. */
    public long sessionQueries() {
        return sessions.queries();
    }

    private void handle(HttpExchange http) {
        var exchange = new WebExchange(http);
        try (http) {
            answer(exchange);
        } catch (IOException e) {
            LOG.debug("a client went away", e);
        }
        statistics.answered();
    }

    private void answer(WebExchange exchange) throws IOException {
        try {
            dashboard.answer(exchange);
        } catch (Database.PoolTimeoutException e) {
            statistics.failed();
            exchange.json(500, java.util.Map.of("code", "P2024", "message", String.valueOf(e.getMessage())));
        } catch (SQLException | RuntimeException e) {
            statistics.failed();
            LOG.warn("a request failed", e);
            exchange.problem(500, "Internal Server Error", "The dashboard could not answer.");
        }
    }

    /** Stops listening, cuts what is under way and closes the pool. */
    @Override
    public void close() {
        dashboard.stop();
        server.stop(0);
        threads.shutdownNow();
        statistics.close();
        database.close();
    }
}
