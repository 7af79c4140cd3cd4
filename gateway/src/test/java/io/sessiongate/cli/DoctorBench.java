package io.sessiongate.cli;

import com.sun.net.httpserver.HttpServer;
import io.sessiongate.testing.TestPostgres;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A configuration file, a database of its own with a good table of sessions, an application that answers, and commands run in
 * this process. In statements and in the file {@code @} stands for what belongs to it.
 */
final class DoctorBench implements AutoCloseable {

    static final String SECRET = "a secret of the application, long enough";
    static final String PASSWORD = "right-and-secret";

    private final TestPostgres postgres;
    private final Path folder;
    private final HttpServer application;

    final String database;
    final String channel;
    final StringWriter out = new StringWriter();
    final StringWriter err = new StringWriter();

    private String url;
    private String session;
    private String servers;
    private @Nullable JsonNode report;

    DoctorBench(TestPostgres postgres, Path folder) {
        this.postgres = postgres;
        this.folder = folder;
        this.database = postgres.newDatabase();
        this.channel = "channel_" + database;
        this.url = postgres.url(database) + "?sslmode=disable";
        this.session =
                "table: sessions, columns: { id: id, subject: user_id, expires: expires_at, revoked: revoked_at, roles: roles },"
                        + " revocations: { channel: " + channel + " }";
        try {
            application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        application.createContext("/", exchange -> {
            exchange.sendResponseHeaders(404, -1);
            exchange.close();
        });
        application.start();
        servers = "http://127.0.0.1:" + application.getAddress().getPort();
    }

    /** A table as an application has it, with enough rows for an index to be worth it. */
    DoctorBench sessions(String idColumn) {
        run(
                "create table sessions (id " + idColumn
                        + ", user_id text, expires_at timestamptz, revoked_at timestamptz," + " roles text, note text)",
                "insert into sessions select 's' || i, 'u' || i, now() + interval '1 day', null, 'user', repeat('x', 100)"
                        + " from generate_series(1, 2000) i",
                "analyze sessions");
        return this;
    }

    DoctorBench good() {
        sessions("text primary key");
        install();
        return this;
    }

    void install() {
        if (execute("install-revocations", "--apply") != 0) {
            throw new IllegalStateException(err.toString());
        }
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        report = null;
    }

    DoctorBench url(String value) {
        url = value;
        report = null;
        return this;
    }

    DoctorBench session(String value) {
        session = value;
        report = null;
        return this;
    }

    DoctorBench servers(String value) {
        servers = value;
        report = null;
        return this;
    }

    String host() {
        return "127.0.0.1:" + postgres.port();
    }

    void run(String... statements) {
        report = null;
        postgres.run(database, statements);
    }

    /** Runs a command with the configuration. */
    int execute(String command, String... options) {
        return execute(Main.commandLine(), command, options);
    }

    int execute(CommandLine line, String command, String... options) {
        List<String> arguments = new ArrayList<>(List.of(command, "-c", file().toString()));
        arguments.addAll(Stream.of(options).toList());
        return line.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.toArray(String[]::new));
    }

    /** What doctor says of one check, as JSON; it is run again once something else was run or configured. */
    JsonNode finding(String check, String... options) {
        JsonNode known = report;
        if (known == null || options.length > 0) {
            known = examine(options);
            report = known;
        }
        for (JsonNode finding : known.path("findings")) {
            if (finding.path("check").asString().equals(check)) {
                return finding;
            }
        }
        throw new IllegalStateException("no such check: " + known);
    }

    private JsonNode examine(String... options) {
        out.getBuffer().setLength(0);
        List<String> all = new ArrayList<>(List.of("--json", "--watch", "0s"));
        all.addAll(List.of(options));
        int code = execute("doctor", all.toArray(String[]::new));
        JsonNode read = JsonMapper.builder().build().readTree(out.toString());
        if (read.path("healthy").asBoolean() != (code == 0)) {
            throw new IllegalStateException("the exit code says otherwise");
        }
        return read;
    }

    private Path file() {
        Path file = folder.resolve("sessiongate.yaml");
        try {
            return Files.writeString(file, """
                    listeners: [ { address: "127.0.0.1:0" } ]
                    admin: { address: "127.0.0.1:0" }
                    realms:
                      default:
                        token:
                          from: [ { header: Authorization } ]
                          keys: [ { algorithm: HS256, secret: "%s" } ]
                        session: { database: "%s", %s }
                    upstreams:
                      app: { servers: [ "%s" ] }
                    routes:
                      - { path: /**, access: authenticated, upstream: app }
                    """.formatted(SECRET, url, session, servers));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        application.stop(0);
    }
}
