package io.sessiongate.testing;

import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.LoggerFactory;

/**
 * A real PostgreSQL 18 on loopback: one for all tests of a JVM ({@link #shared}), or one to stop, freeze and starve ({@link
 * #start}). Started in one to two seconds (four when its archive is first unpacked), as root in a user namespace of its own;
 * gone with its data when closed, at the latest when the JVM exits.
 *
 * <p>User {@value #USER} is a superuser and needs no password; members of role {@value #SCRAM_USERS} need one. The shared
 * server speaks TLS as {@code localhost}, with a certificate of the authority {@link #authority()}. Its time zone is an odd
 * one, so that nothing passes by luck.
 */
public final class TestPostgres implements AutoCloseable {

    public static final String USER = "postgres";
    public static final String SCRAM_USERS = "scram_users";
    public static final String APPLICATION = "sessiongate-test";

    private static final AtomicInteger NAMES = new AtomicInteger();

    private final Path data;
    private final Map<String, String> settings;
    private EmbeddedPostgres server;
    private final int port;

    private TestPostgres(Map<String, String> settings, boolean tls) {
        quieten();
        this.settings = new HashMap<>(settings);
        this.settings.putIfAbsent("timezone", "Asia/Kolkata");
        try {
            data = Files.createTempDirectory("sessiongate-postgres");
            this.settings.put("unix_socket_directories", data.toString());
            if (tls) {
                this.settings.put("ssl", "on");
                this.settings.put("ssl_cert_file", "server.pem");
                this.settings.put("ssl_key_file", "server.key");
            }
            server = start(0);
            port = server.getPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "test-postgres-close"));
        run(
                "postgres",
                "create role " + SCRAM_USERS,
                "create role locked_out login password 'right' in role " + SCRAM_USERS);
    }

    /** One over a folder whose {@code data} is a copy of another server's. */
    TestPostgres(Path folder, Map<String, String> settings) {
        quieten();
        data = folder;
        this.settings = new HashMap<>(settings);
        this.settings.put("unix_socket_directories", data.toString());
        try {
            server = start(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        port = server.getPort();
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "test-postgres-close"));
    }

    Path data() {
        return data.resolve("data");
    }

    /** The server of this JVM, started when first asked for; never stop or freeze it. */
    public static TestPostgres shared() {
        return Shared.SERVER;
    }

    /** A server of one's own, without TLS, with these settings. */
    public static TestPostgres start(Map<String, String> settings) {
        return new TestPostgres(settings, false);
    }

    private static final class Shared {
        static final TestPostgres SERVER = new TestPostgres(Map.of(), true);
    }

    private EmbeddedPostgres start(int atPort) throws IOException {
        EmbeddedPostgres.Builder builder = EmbeddedPostgres.builder()
                .setDataDirectory(data.resolve("data"))
                .setCleanDataDirectory(false)
                .setRegisterShutdownHook(false)
                .setPGStartupWait(Duration.ofSeconds(60))
                .setDataDirectoryCustomizer(made -> prepare(made.toPath()));
        settings.forEach(builder::setServerConfig);
        if (atPort != 0) {
            builder.setPort(atPort);
        }
        try {
            return builder.start();
        } catch (IllegalStateException e) {
            throw new IllegalStateException(
                    "PostgreSQL does not start here; as root it needs unshare(1) and user namespaces"
                            + " (/proc/sys/user/max_user_namespaces above 0), or run the tests as an ordinary user",
                    e);
        }
    }

    private static void prepare(Path folder) {
        try {
            Path access = folder.resolve("pg_hba.conf");
            String rule = "host all +" + SCRAM_USERS + " all scram-sha-256\n";
            String rules = Files.readString(access);
            if (!rules.startsWith(rule)) {
                Files.writeString(access, rule + rules);
                copy("postgres-server.pem", folder.resolve("server.pem"));
                copy("postgres-server.key", folder.resolve("server.key"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void copy(String resource, Path to) throws IOException {
        try (InputStream in = TestPostgres.class.getResourceAsStream(resource)) {
            Files.write(to, in.readAllBytes());
        }
        Files.setPosixFilePermissions(to, PosixFilePermissions.fromString("rw-------"));
    }

    /** The certificate authority of the shared server, a PEM file. */
    public static Path authority() {
        try {
            return Path.of(
                    TestPostgres.class.getResource("postgres-authority.pem").toURI());
        } catch (java.net.URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    public int port() {
        return port;
    }

    /** As an application writes it. */
    public String url(String database) {
        return "postgresql://" + USER + "@127.0.0.1:" + port + "/" + database;
    }

    /** The superuser's way in; see there. */
    public DatabaseConfigBuilder config() {
        return new DatabaseConfigBuilder(port);
    }

    /** Makes an empty schema in database {@code postgres} and returns its name. */
    public String newSchema() {
        String name = "s" + NAMES.incrementAndGet();
        run("postgres", "create schema " + name);
        return name;
    }

    /** Makes an empty database and returns its name. */
    public String newDatabase() {
        String name = "d" + NAMES.incrementAndGet();
        run("postgres", "create database " + name);
        return name;
    }

    /** A connection of the superuser, by pgjdbc. */
    public Connection connect(String database) {
        try {
            return DriverManager.getConnection(
                    "jdbc:postgresql://127.0.0.1:" + port + "/" + database + "?ApplicationName=test", USER, "");
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Runs statements, each in a transaction of its own. */
    public void run(String database, String... statements) {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The first column of what the query returns, as text. */
    public List<String> ask(String database, String query) {
        try (Connection connection = connect(database);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            List<String> column = new ArrayList<>();
            while (rows.next()) {
                column.add(rows.getString(1));
            }
            return column;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Process ids of the server's sessions of this application. */
    public List<Long> backends(String application) {
        return ask("postgres", "select pid from pg_stat_activity where application_name = '" + application + "'")
                .stream()
                .map(Long::valueOf)
                .toList();
    }

    /** The server's main process. */
    public long postmaster() {
        try {
            return Long.parseLong(
                    Files.readAllLines(data.resolve("data/postmaster.pid")).get(0));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stops a process without ending it: its sockets stay open, and it answers nothing. */
    public static void freeze(long pid) {
        signal("-STOP", pid);
        // The signal is sent; it takes effect when the process is next run.
        await().until(() -> "TZX".indexOf(stateOf(pid)) >= 0);
    }

    /** The process's state as in proc(5), Linux only; X for one that is gone, as one that ends meanwhile is, or Z. */
    private static char stateOf(long pid) throws IOException {
        if (!ProcessHandle.of(pid).isPresent()) {
            return 'X';
        }
        String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
        return stat.charAt(stat.lastIndexOf(')') + 2);
    }

    public static void thaw(long pid) {
        signal("-CONT", pid);
    }

    private static void signal(String signal, long pid) {
        try {
            Process kill = new ProcessBuilder("kill", signal, Long.toString(pid))
                    .inheritIO()
                    .start();
            if (!kill.waitFor(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("kill did not end");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends the server and with it every connection; its data stays. */
    public void stop() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts the server again, at the same port. */
    public void startAgain() {
        try {
            server = start(port);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        if (!Files.exists(data)) {
            return; // closed before
        }
        stop();
        try (var files = Files.walk(data)) {
            files.sorted(java.util.Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void quieten() {
        for (String noisy : List.of("io.zonky", "org.postgresql", "io.netty", "io.vertx")) {
            if (LoggerFactory.getLogger(noisy) instanceof Logger logger) {
                logger.setLevel(Level.WARN);
            }
        }
    }
}
