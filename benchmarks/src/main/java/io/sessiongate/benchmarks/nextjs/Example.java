package io.sessiongate.benchmarks.nextjs;

import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.Tools;
import io.sessiongate.demo.DatabaseMain;
import io.sessiongate.demo.DatabaseRole;
import io.sessiongate.demo.EmbeddedDatabase;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code examples/nextjs-dashboard}, with its own files, as processes of their own: the application alone, or behind the
 * gateway. Confined to its thread.
 */
final class Example implements AutoCloseable {

    static final Path HOME = Path.of(System.getProperty("sessiongate.home", "."));

    private static final Path FOLDER = HOME.resolve("examples/nextjs-dashboard").toAbsolutePath();
    private static final Duration START = Duration.ofSeconds(90);

    private final List<ChildProcess> processes;
    private final InetSocketAddress address;

    private Example(List<ChildProcess> processes, InetSocketAddress address) {
        this.processes = processes;
        this.address = address;
    }

    /** Makes the tables, some orders, and so many users, numbered from 1, with the password {@code password}. */
    static void fill(EmbeddedDatabase database, int users) throws IOException, SQLException, InterruptedException {
        DatabaseMain.run(database, FOLDER.resolve("db/schema.sql"));
        DatabaseMain.run(database, FOLDER.resolve("db/gateway.sql"));
        var seed = new ProcessBuilder("node", "db/seed.js", String.valueOf(users))
                .directory(FOLDER.toFile())
                .inheritIO();
        seed.environment().put("DATABASE_URL", database.url(DatabaseRole.APPLICATION));
        if (seed.start().waitFor() != 0) {
            throw new IOException("db/seed.js failed");
        }
    }

    static Example start(boolean gateway, EmbeddedDatabase database, Path logs, String secret)
            throws IOException, InterruptedException {
        InetSocketAddress application = Tools.freeAddress();
        InetSocketAddress listener = Tools.freeAddress();
        InetSocketAddress admin = Tools.freeAddress();
        var environment = new HashMap<>(Map.of(
                "DATABASE_URL",
                database.url(DatabaseRole.APPLICATION),
                "GATEWAY_DATABASE_URL",
                database.url(DatabaseRole.GATEWAY),
                "AUTH_SECRET",
                secret,
                "APPLICATION",
                "http://" + text(application),
                "GATEWAY_ADDRESS",
                text(listener),
                "GATEWAY_ADMIN",
                text(admin),
                "SESSIONGATE_JWKS",
                "http://" + text(admin) + "/.well-known/jwks.json",
                "SESSION_CHECK",
                gateway ? "gateway" : "self",
                "AUTH_URL",
                "http://" + text(gateway ? listener : application),
                "NEXT_TELEMETRY_DISABLED",
                "1"));
        String next = FOLDER.resolve("node_modules/next/dist/bin/next").toString();
        String port = String.valueOf(application.getPort());
        ChildProcess app = ChildProcess.start(
                "application",
                logs,
                environment,
                List.of("node", next, "start", FOLDER.toString(), "-H", "127.0.0.1", "-p", port));
        var example = new Example(new ArrayList<>(List.of(app)), gateway ? listener : application);
        try {
            app.awaitListening(application, START);
            if (gateway) {
                List<String> command = List.of(
                        HOME.resolve("sessiongate").toString(),
                        "run",
                        "-c",
                        FOLDER.resolve("sessiongate.yaml").toString());
                ChildProcess gate = ChildProcess.start("sessiongate", logs, environment, command);
                example.processes.add(0, gate);
                gate.awaitListening(listener, START);
            }
            return example;
        } catch (IOException | InterruptedException e) {
            example.close();
            throw e;
        }
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }

    /** Where clients connect. */
    InetSocketAddress address() {
        return address;
    }

    @Override
    public void close() {
        processes.forEach(ChildProcess::close);
    }
}
