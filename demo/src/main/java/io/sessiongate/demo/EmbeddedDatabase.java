package io.sessiongate.demo;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * A PostgreSQL of its own in a temporary folder, on a free port of the loopback address, with passwords (SCRAM) and
 * with {@code pg_stat_statements}, so that statements can be counted where they arrive.
 *
 * <p>A small shell process starts the server and waits for the end of its standard input, which this JVM holds: {@link
 * #close} closes it, and so does any death of the JVM, {@code kill -9} included. Then the shell stops the server and
 * removes the folder. Only a death of both at once (a SIGKILL to the whole process group or container) leaves the
 * folder behind.
 *
 * <p>Thread-safe: immutable once started.
 */
public final class EmbeddedDatabase implements AutoCloseable {

    private static final String DATABASE = "dashboard";
    private static final long START_SECONDS = 90;
    private static final long STOP_SECONDS = 20;
    private static final int PORT_ATTEMPTS = 3;

    /**
     * The first line of input says as whom to run the server and that its data folder is made; the end of input ends it all.
     * Signals are ignored because Ctrl-C reaches the whole process group: the JVM decides when it is over.
     */
    private static final String SUPERVISOR = """
            trap '' HUP INT QUIT TERM
            dir=$1 options=$2
            if read -r as; then
              if $as "$dir/bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 30 -o "$options" start \
                  >"$dir/start.log" 2>&1 </dev/null
              then echo started; else echo failed; fi
              read -r end
              $as "$dir/bin/pg_ctl" -D "$dir/data" -m immediate -w -t 10 stop >/dev/null 2>&1 </dev/null
            fi
            rm -rf "$dir"
            """;

    /** Nothing here outlives the JVM, so nothing needs to reach a disk. */
    private static final String SERVER_OPTIONS = "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -c"
            + " timezone=UTC -c shared_buffers=64MB -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c"
            + " shared_preload_libraries=pg_stat_statements";

    private final Process supervisor;
    private final Path home;
    private final int port;
    private final Map<DatabaseRole, String> passwords;

    private EmbeddedDatabase(Process supervisor, Path home, int port, Map<DatabaseRole, String> passwords) {
        this.supervisor = supervisor;
        this.home = home;
        this.port = port;
        this.passwords = passwords;
    }

    /** Starts a server and its empty database {@code dashboard}; two to five seconds. */
    public static EmbeddedDatabase start() throws IOException {
        return start(ServerAccount.candidates());
    }

    static EmbeddedDatabase start(List<ServerAccount> accounts) throws IOException {
        IOException portTaken = new IOException("no free port was found");
        for (int attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
            Path home = Files.createTempDirectory("sessiongate-postgres-");
            int port = freePort();
            // The supervisor comes first, so that a JVM that dies while it unpacks leaves nothing behind either.
            Process supervisor = new ProcessBuilder(
                            "/bin/sh", "-c", SUPERVISOR, "sh", home.toString(), "-p " + port + " " + SERVER_OPTIONS)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            var database = new EmbeddedDatabase(supervisor, home, port, randomPasswords());
            try {
                database.launch(accounts);
                database.createDatabase();
                return database;
            } catch (IOException | SQLException | RuntimeException e) {
                String log = database.log();
                database.close();
                if (!log.contains("Address already in use")) {
                    throw new IOException("the embedded PostgreSQL did not start: " + e.getMessage() + log, e);
                }
                portTaken.addSuppressed(e);
            }
        }
        throw portTaken;
    }

    private void launch(List<ServerAccount> accounts) throws IOException {
        PostgresArchive.unpack(home);
        Path passwordFile = Files.createFile(
                home.resolve("password"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(passwordFile, password(DatabaseRole.OWNER));
        ServerAccount account = ServerAccount.initialise(accounts, home);
        var input = supervisor.outputWriter(StandardCharsets.UTF_8);
        input.write(account.prefix() + "\n");
        input.flush();
        if (!"started".equals(firstLine(supervisor.inputReader(StandardCharsets.UTF_8)))) {
            throw new IOException("pg_ctl failed as " + account);
        }
        Files.delete(passwordFile);
    }

    private static @Nullable String firstLine(BufferedReader output) throws IOException {
        var line = new CompletableFuture<@Nullable String>();
        var reader = new Thread(
                () -> {
                    try {
                        line.complete(output.readLine());
                    } catch (IOException e) {
                        line.completeExceptionally(e);
                    }
                },
                "postgres-start");
        reader.setDaemon(true);
        reader.start();
        try {
            return line.get(START_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("no answer from its supervisor", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void createDatabase() throws SQLException {
        try (Connection connection = DatabaseAddress.parse(url(DatabaseRole.OWNER, "postgres"))
                        .connect();
                Statement statement = connection.createStatement()) {
            for (DatabaseRole role : List.of(DatabaseRole.APPLICATION, DatabaseRole.GATEWAY)) {
                // Both are words of ours without quotes: a statement of this kind takes no parameters.
                statement.execute("CREATE ROLE " + role.login() + " LOGIN PASSWORD '" + password(role) + "'");
            }
            statement.execute("CREATE DATABASE " + DATABASE + " OWNER " + DatabaseRole.APPLICATION.login());
        }
        try (Connection connection = connect(DatabaseRole.OWNER);
                Statement statement = connection.createStatement()) {
            statement.execute("CREATE EXTENSION pg_stat_statements");
        }
    }

    /** A connection of its own, not pooled. */
    public Connection connect(DatabaseRole role) throws SQLException {
        return DatabaseAddress.parse(url(role)).connect();
    }

    /** {@code postgresql://user:password@127.0.0.1:port/dashboard}, as in {@code DATABASE_URL}; holds a password. */
    public String url(DatabaseRole role) {
        return url(role, DATABASE);
    }

    private String url(DatabaseRole role, String database) {
        return "postgresql://%s:%s@127.0.0.1:%d/%s".formatted(role.login(), password(role), port, database);
    }

    public int port() {
        return port;
    }

    /** Where everything of the server lives until {@link #close}. */
    Path home() {
        return home;
    }

    /** Forgets all statements counted so far. */
    public void resetStatements() throws SQLException {
        try (Connection connection = connect(DatabaseRole.OWNER);
                Statement statement = connection.createStatement()) {
            statement.execute("SELECT pg_stat_statements_reset()");
        }
    }

    /**
     * How many statements of this role were executed since the last reset whose text (constants replaced by {@code $1}
     * and so on) is {@code like} this pattern; counted by the server.
     */
    public long statements(DatabaseRole role, String like) throws SQLException {
        try (Connection connection = connect(DatabaseRole.OWNER);
                var statement = connection.prepareStatement("""
                        SELECT coalesce(sum(s.calls), 0)::bigint FROM pg_stat_statements s
                        JOIN pg_roles r ON r.oid = s.userid WHERE r.rolname = ? AND s.query LIKE ?""")) {
            statement.setString(1, role.login());
            statement.setString(2, like);
            try (var result = statement.executeQuery()) {
                result.next();
                return result.getLong(1);
            }
        }
    }

    /** Stops the server and removes all its files; returns when both are done, 20 seconds at most. */
    @Override
    public void close() {
        try {
            supervisor.getOutputStream().close();
        } catch (IOException e) {
            // The supervisor is gone already, and has removed what there was.
            return;
        }
        try {
            if (!supervisor.waitFor(STOP_SECONDS, TimeUnit.SECONDS)) {
                supervisor.destroyForcibly();
            }
        } catch (InterruptedException e) {
            // It goes on without us.
            Thread.currentThread().interrupt();
        }
    }

    private String log() {
        var text = new StringBuilder();
        for (String name : List.of("start.log", "server.log")) {
            Path file = home.resolve(name);
            try {
                text.append(Files.exists(file) ? "\n" + Files.readString(file).strip() : "");
            } catch (IOException e) {
                text.append("\n(").append(name).append(" cannot be read)");
            }
        }
        return text.toString();
    }

    private String password(DatabaseRole role) {
        return Objects.requireNonNull(passwords.get(role));
    }

    private static Map<DatabaseRole, String> randomPasswords() {
        var random = new SecureRandom();
        var passwords = new EnumMap<DatabaseRole, String>(DatabaseRole.class);
        for (DatabaseRole role : DatabaseRole.values()) {
            byte[] bytes = new byte[18];
            random.nextBytes(bytes);
            passwords.put(role, HexFormat.of().formatHex(bytes));
        }
        return passwords;
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }
}
