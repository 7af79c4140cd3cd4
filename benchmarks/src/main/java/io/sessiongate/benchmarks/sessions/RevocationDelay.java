package io.sessiongate.benchmarks.sessions;

import com.sun.net.httpserver.HttpServer;
import io.sessiongate.benchmarks.Table;
import io.sessiongate.benchmarks.load.LoadGenerator;
import io.sessiongate.benchmarks.load.LoadPlan;
import io.sessiongate.benchmarks.load.LoadPlan.Pace;
import io.sessiongate.benchmarks.load.LoadResult;
import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.GatewayProcess;
import io.sessiongate.benchmarks.process.Tools;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.demo.DatabaseRole;
import io.sessiongate.demo.DemoData.Login;
import io.sessiongate.demo.EmbeddedDatabase;
import io.sessiongate.demo.SessionTokens;
import io.sessiongate.session.RevocationSql;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * From the return of the COMMIT that revokes a session to the first request of it that is refused, one session after the
 * other, while other users keep the gateway busy. The session's own client asks over one kept connection, without a pause
 * between answer and next request, so a delay is too long by at most one request.
 */
final class RevocationDelay {

    private static final byte[] BODY = "served".getBytes(StandardCharsets.US_ASCII);
    private static final String CHANNEL = "sessiongate_revoked";
    private static final Duration PATIENCE = Duration.ofSeconds(70);
    private static final Duration INTERVAL = Duration.ofMillis(100);

    private final EmbeddedDatabase database;
    private final String secret;
    private final Path directory;

    RevocationDelay(EmbeddedDatabase database, String secret, Path directory) {
        this.database = database;
        this.secret = secret;
        this.directory = directory;
    }

    String measure(List<Login> revoked, List<Login> busy) throws Exception {
        var lookup = new Lookup.Table(List.of("sessions"), "id", "user_id", "expires_at", "revoked_at");
        try (Connection owner = database.connect(DatabaseRole.APPLICATION);
                Statement statement = owner.createStatement()) {
            statement.execute(RevocationSql.of("default", lookup, null, CHANNEL).install());
        }
        InetSocketAddress upstream = Tools.freeAddress();
        InetSocketAddress address = Tools.freeAddress();
        var settings = new GatewayProcess.Settings(
                address,
                Tools.freeAddress(),
                upstream,
                database.url(DatabaseRole.GATEWAY),
                secret,
                SessionTokens.ISSUER,
                new GatewayProcess.Lookup(
                        GatewayProcess.Lookup.table().yaml() + "      revocations: { channel: " + CHANNEL + " }\n"));
        // Else its head and its body wait for each other's acknowledgement, 40 ms that are not the gateway's.
        System.setProperty("sun.net.httpserver.nodelay", "true");
        HttpServer application = HttpServer.create(upstream, 1024);
        application.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, BODY.length);
            exchange.getResponseBody().write(BODY);
            exchange.close();
        });
        ExecutorService threads = Executors.newFixedThreadPool(4);
        application.setExecutor(threads);
        application.start();
        try (ChildProcess gateway = GatewayProcess.start(settings, directory, -1)) {
            System.out.println("Sessiongate runs on " + gateway.program());
            return measure(address, revoked, busy);
        } finally {
            application.stop(0);
            threads.shutdownNow();
        }
    }

    private String measure(InetSocketAddress address, List<Login> revoked, List<Login> busy) throws Exception {
        var load = new Load(address, busy);
        load.start();
        var delayMicros = new Histogram(PATIENCE.toNanos() / 1000, 3);
        try (Connection application = database.connect(DatabaseRole.APPLICATION);
                PreparedStatement revoke = application.prepareStatement(
                        "update sessions set revoked_at = now() at time zone 'utc' where id = ?")) {
            for (Login login : revoked) {
                delayMicros.recordValue(delayMicros(address, login, revoke));
            }
        } finally {
            load.end();
        }
        var table = new Table(
                "revocations",
                "p50 ms",
                "p99 ms",
                "longest ms",
                "requests/s beside",
                "their p99 ms",
                "not 200 of them");
        LoadResult beside = load.result();
        table.row(
                revoked.size(),
                millis(delayMicros.getValueAtPercentile(50)),
                millis(delayMicros.getValueAtPercentile(99)),
                millis(delayMicros.getMaxValue()),
                String.format(Locale.ROOT, "%,.0f", beside.requestsPerSecond()),
                String.format(Locale.ROOT, "%.1f", beside.percentileMillis(99)),
                beside.requests() - beside.good());
        return table.toString();
    }

    private static String millis(long micros) {
        return String.format(Locale.ROOT, "%.1f", micros / 1000.0);
    }

    private static long delayMicros(InetSocketAddress address, Login login, PreparedStatement revoke)
            throws IOException, SQLException {
        byte[] request = LoadPlan.get(address, "/", login.token());
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) PATIENCE.toMillis());
            if (status(socket, request) != 200) {
                throw new IllegalStateException("a live session was refused");
            }
            revoke.setString(1, login.sessionId());
            revoke.executeUpdate();
            long committed = System.nanoTime();
            while (System.nanoTime() - committed < PATIENCE.toNanos()) {
                if (status(socket, request) == 401) {
                    return (System.nanoTime() - committed) / 1000;
                }
            }
        }
        throw new IllegalStateException("a revoked session was still served after " + PATIENCE);
    }

    /** The answers here are small: their head and body come in one piece or few, and their length is in the head. */
    private static int status(Socket socket, byte[] request) throws IOException {
        OutputStream out = socket.getOutputStream();
        out.write(request);
        var answer = new StringBuilder();
        byte[] piece = new byte[8192];
        while (true) {
            int read = socket.getInputStream().read(piece);
            if (read < 0) {
                throw new IOException("the gateway closed the connection");
            }
            answer.append(new String(piece, 0, read, StandardCharsets.ISO_8859_1));
            int head = answer.indexOf("\r\n\r\n");
            if (head > 0 && answer.length() >= head + 4 + length(answer.substring(0, head))) {
                return Integer.parseInt(answer.substring(9, 12));
            }
        }
    }

    private static int length(String head) {
        String field = "content-length:";
        int at = head.toLowerCase(Locale.ROOT).indexOf(field);
        if (at < 0) {
            return 0;
        }
        int end = head.indexOf('\r', at);
        return Integer.parseInt(head.substring(at + field.length(), end < 0 ? head.length() : end)
                .strip());
    }

    /** Requests of the other users, ten a second each, until it is ended. */
    private static final class Load extends Thread {
        private final InetSocketAddress address;
        private final List<Login> users;
        private volatile boolean over;
        private @Nullable LoadResult last;

        Load(InetSocketAddress address, List<Login> users) {
            super("load");
            this.address = address;
            this.users = users;
        }

        @Override
        public void run() {
            List<byte[]> requests = users.stream()
                    .map(user -> LoadPlan.get(address, "/", user.token()))
                    .toList();
            while (!over) {
                try {
                    last = LoadGenerator.run(new LoadPlan(
                            address,
                            requests.size(),
                            requests,
                            new Pace.Every(INTERVAL, Duration.ofSeconds(5)),
                            Duration.ofSeconds(20)));
                } catch (IOException e) {
                    throw new java.io.UncheckedIOException(e);
                }
            }
        }

        void end() throws InterruptedException {
            over = true;
            join(TimeUnit.SECONDS.toMillis(60));
        }

        /** Of the last five seconds: what came before had the start of everything in it. */
        LoadResult result() {
            LoadResult result = last;
            if (result == null) {
                throw new IllegalStateException("no load was run to its end");
            }
            return result;
        }
    }
}
