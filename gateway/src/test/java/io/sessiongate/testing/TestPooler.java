package io.sessiongate.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A real PgBouncer in transaction mode before a {@link TestPostgres}, on a loopback port, with Debian's defaults but for the
 * size of its pool. Gone when closed.
 */
public final class TestPooler implements AutoCloseable {

    private final Path folder;
    private final Process process;
    private final int port;

    private TestPooler(String program, TestPostgres server, int poolSize) {
        try {
            folder = Files.createTempDirectory("sessiongate-pgbouncer");
            port = freePort();
            Path settings = folder.resolve("pgbouncer.ini");
            Files.writeString(settings, settings(server.port(), poolSize));
            Files.writeString(folder.resolve("users.txt"), "\"" + TestPostgres.USER + "\" \"\"\n");
            List<String> command = new ArrayList<>();
            if (System.getProperty("user.name").equals("root")) {
                // It refuses to run as root.
                Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
                command.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
            }
            command.addAll(List.of(program, settings.toString()));
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("log").toFile())
                    .start();
            Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "test-pooler-close"));
            await().until(this::isListening);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where the program is, if it is installed. */
    public static Optional<String> program() {
        List<String> folders = new ArrayList<>(List.of(System.getenv("PATH").split(":", -1)));
        folders.add("/usr/sbin");
        return folders.stream()
                .map(at -> Path.of(at, "pgbouncer"))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    /** Starts one with at most that many connections to the server. */
    public static TestPooler before(TestPostgres server, int poolSize) {
        return new TestPooler(program().orElseThrow(), server, poolSize);
    }

    private String settings(int serverPort, int poolSize) {
        Map<String, Object> settings = Map.of(
                "listen_addr",
                "127.0.0.1",
                "listen_port",
                port,
                "unix_socket_dir",
                "",
                "auth_type",
                "trust",
                "auth_file",
                folder.resolve("users.txt"),
                "pool_mode",
                "transaction",
                "default_pool_size",
                poolSize,
                "max_client_conn",
                200);
        StringBuilder text =
                new StringBuilder("[databases]\n* = host=127.0.0.1 port=" + serverPort + "\n[pgbouncer]\n");
        settings.forEach(
                (key, value) -> text.append(key).append(" = ").append(value).append('\n'));
        return text.toString();
    }

    private boolean isListening() throws IOException {
        if (!process.isAlive()) {
            throw new IllegalStateException("pgbouncer ended: " + Files.readString(folder.resolve("log")));
        }
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    /** The way through it. */
    public DatabaseConfigBuilder config() {
        return new DatabaseConfigBuilder(port).pgbouncer(true);
    }

    public int port() {
        return port;
    }

    /** What it wrote so far. */
    public String log() {
        try {
            return Files.readString(folder.resolve("log"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            try (var files = Files.walk(folder)) {
                files.sorted(java.util.Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
