package io.sessiongate.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.sessiongate.config.ConfigFile;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.Reading;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.JwsSigner;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;

/** A gateway whose configuration is a file that a test writes again; sessions are in a database of its own. */
final class ReloadableGateway implements AutoCloseable {

    static final String SECRET = "0123456789abcdef-of-the-admin";
    static final String KEY = "a secret of the application, long enough for HS256";
    static final String OTHER_KEY = "another secret of the application, for HS256 as well";

    private static final TestPostgres POSTGRES = TestPostgres.shared();

    final Gateway gateway;
    final String database = POSTGRES.newDatabase();
    final Path file;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    /** {@code yaml}: with {@code DATABASE} where its URL belongs. */
    ReloadableGateway(Path file, String yaml) {
        POSTGRES.run(
                database,
                "create table sessions (id text primary key, user_id text not null, revoked boolean not null default false)",
                "create table logins (id text primary key, user_id text not null, revoked boolean not null default false)",
                "insert into sessions select 's' || n, 'alice' from generate_series(1, 9) n",
                "insert into logins select 's' || n, 'alice' from generate_series(1, 9) n");
        this.file = file;
        write(yaml);
        ConfigFile from = new ConfigFile(file, name -> null);
        Reading reading = from.read();
        if (!(reading.result() instanceof LoadResult.Loaded)) {
            throw new AssertionError(reading.result());
        }
        gateway = Gateway.start(from, reading, Ahead.begin(), false);
    }

    void write(String yaml) {
        try {
            Files.writeString(file, yaml.replace("DATABASE", POSTGRES.url(database)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void sql(String... statements) {
        POSTGRES.run(database, statements);
    }

    /** Connections to the database, this one left out. */
    int backends() {
        return Integer.parseInt(POSTGRES.ask(
                        database,
                        "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()")
                .get(0));
    }

    /** Writes it, has it loaded and says what was answered. */
    HttpResponse<String> reload(String yaml) {
        write(yaml);
        return reload("Authorization", "Bearer " + SECRET);
    }

    HttpResponse<String> reload(String... fields) {
        return send(admin("/reload", fields).POST(HttpRequest.BodyPublishers.noBody()));
    }

    HttpResponse<String> revoke(String body) {
        return send(admin("/revocations", "Authorization", "Bearer " + SECRET, "Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    String page(String path) {
        return send(admin(path)).body();
    }

    /** The sum of the samples whose line begins so. */
    double metric(String line) {
        return page("/metrics")
                .lines()
                .filter(l -> l.startsWith(line))
                .mapToDouble(l -> Double.parseDouble(l.substring(l.lastIndexOf(' ') + 1)))
                .sum();
    }

    int status(String path, String token) {
        return send(HttpRequest.newBuilder(URI.create(
                                "http://127.0.0.1:" + gateway.addresses().get(0).getPort() + path))
                        .timeout(Duration.ofSeconds(20))
                        .header("Authorization", "Bearer " + token))
                .statusCode();
    }

    RawPeer connect() {
        return RawPeer.connect(gateway.addresses().get(0));
    }

    static String get(String path, String token) {
        return "GET " + path + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n";
    }

    static String token(String key, String session) {
        long now = Instant.now().getEpochSecond();
        return JwsSigner.hmac("HS256", key.getBytes(UTF_8))
                .sign(Map.of("sub", "alice", "sid", session, "iat", now, "exp", now + 3_600));
    }

    private HttpRequest.Builder admin(String path, String... fields) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + gateway.adminAddress().getPort() + path))
                .timeout(Duration.ofSeconds(20));
        return fields.length > 0 ? request.headers(fields) : request;
    }

    private HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        gateway.stop();
    }
}
