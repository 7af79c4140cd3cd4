package io.sessiongate.session;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.session.CheckConnector.ConnectResult;
import io.sessiongate.session.CheckConnector.ConnectResult.Connected;
import io.sessiongate.session.CheckConnector.ConnectResult.Refused;
import io.sessiongate.session.CheckResult.Failed;
import io.sessiongate.session.CheckResult.Rows;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** Connections opened and used from the test's thread; everything happens on a check loop of its own. */
final class PgBench implements AutoCloseable {

    static final Duration QUERY_TIMEOUT = Duration.ofMillis(500);
    private static final long PATIENCE_SECONDS = 20;

    final VertxCheckLoop loop = VertxCheckLoop.start();

    /** A connection with what it told. */
    static final class Client {
        final CheckConnection connection;
        final AtomicInteger gone = new AtomicInteger();

        Client(CheckConnection connection) {
            this.connection = connection;
            connection.onGone(gone::incrementAndGet);
        }
    }

    ConnectResult connect(DatabaseConfig database, Lookup lookup) {
        return connect(new PgConnector(database, lookup, QUERY_TIMEOUT, loop));
    }

    ConnectResult connect(PgConnector connector) {
        CompletableFuture<ConnectResult> result = new CompletableFuture<>();
        loop.execute(() -> connector.connect(once(result)));
        return result.orTimeout(PATIENCE_SECONDS, java.util.concurrent.TimeUnit.SECONDS)
                .join();
    }

    Client connected(DatabaseConfig database, Lookup lookup) {
        ConnectResult result = connect(database, lookup);
        if (result instanceof Connected connected) {
            return on(() -> new Client(connected.connection()));
        }
        throw new AssertionError(result);
    }

    String refusal(DatabaseConfig database, Lookup lookup) {
        ConnectResult result = connect(database, lookup);
        if (result instanceof Refused refused) {
            return refused.message();
        }
        throw new AssertionError(result);
    }

    CompletableFuture<CheckResult> begin(Client client, String... ids) {
        CompletableFuture<CheckResult> result = new CompletableFuture<>();
        loop.execute(() -> client.connection.check(List.of(ids), CheckConnection.ANY_AGE, once(result)));
        return result.orTimeout(PATIENCE_SECONDS, java.util.concurrent.TimeUnit.SECONDS);
    }

    List<SessionRow> rows(Client client, String... ids) {
        CheckResult result = begin(client, ids).join();
        if (result instanceof Rows rows) {
            return rows.rows();
        }
        throw new AssertionError(result);
    }

    List<String> found(Client client, String... ids) {
        return rows(client, ids).stream().map(SessionRow::id).sorted().toList();
    }

    Failed failure(CompletableFuture<CheckResult> check) {
        CheckResult result = check.join();
        if (result instanceof Failed failed) {
            return failed;
        }
        throw new AssertionError(result);
    }

    /** Closes what the test opened, and waits until its sockets are closed. */
    void closeConnections() {
        run(loop.sockets()::closeAll);
        run(() -> {});
    }

    /** Runs on the loop and waits. */
    <T> T on(java.util.function.Supplier<T> task) {
        CompletableFuture<T> result = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                result.complete(task.get());
            } catch (RuntimeException | Error e) {
                result.completeExceptionally(e);
            }
        });
        return result.orTimeout(PATIENCE_SECONDS, java.util.concurrent.TimeUnit.SECONDS)
                .join();
    }

    void run(Runnable task) {
        on(() -> {
            task.run();
            return true;
        });
    }

    private static <T> Consumer<T> once(CompletableFuture<T> result) {
        return value -> {
            if (!result.complete(value)) {
                throw new AssertionError("called back twice: " + value);
            }
        };
    }

    /** File descriptors of this process that are TCP sockets towards this port; Linux only. */
    static long socketsTo(int port) {
        try {
            Set<String> inodes = new HashSet<>();
            String remote = String.format(Locale.ROOT, ":%04X", port);
            for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
                for (String line : Files.readAllLines(Path.of(table))) {
                    String[] fields = line.strip().split("\\s+", -1);
                    if (fields.length > 9 && fields[2].endsWith(remote)) {
                        inodes.add("socket:[" + fields[9] + "]");
                    }
                }
            }
            try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
                return descriptors.filter(fd -> inodes.contains(target(fd))).count();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
    }

    @Override
    public void close() {
        loop.close(Duration.ofSeconds(5));
    }
}
