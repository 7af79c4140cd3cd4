package io.sessiongate.benchmarks.peers;

import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.GatewayProcess;
import io.sessiongate.benchmarks.process.Tools;
import io.sessiongate.demo.DatabaseRole;
import io.sessiongate.demo.DemoData;
import io.sessiongate.demo.EmbeddedDatabase;
import io.sessiongate.demo.SessionTokens;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Everyone who runs, started once and stopped together. Confined to the main thread. */
final class Field implements Closeable {

    private static final Duration START = Duration.ofSeconds(60);

    private static final Duration SESSION_LIFE = Duration.ofHours(6);
    private static final String NGINX_PLAIN = "nginx plain";
    private static final String SESSIONGATE = "Sessiongate, JWT and session";

    private final HttpClient client = HttpClient.newHttpClient();
    private final Path directory;
    private final PeersOptions options;
    private final List<Closeable> running = new ArrayList<>();
    private final List<Peer> peers = new ArrayList<>();
    private List<String> tokens = List.of();

    private Field(Path directory, PeersOptions options) {
        this.directory = directory;
        this.options = options;
    }

    /** Starts the application, the proxies, the database and the gateway. */
    static Field open(Path directory, PeersOptions options) throws Exception {
        var field = new Field(directory, options);
        try {
            field.start();
        } catch (Exception e) {
            field.close();
            throw e;
        }
        return field;
    }

    private void start() throws Exception {
        InetSocketAddress application = Tools.freeAddress();
        Peer direct = nginx(
                "direct", options.otherCpu(), application, NginxConfig.application(home("application"), application));
        peers.add(direct);
        InetSocketAddress plain = Tools.freeAddress();
        peers.add(nginx(
                NGINX_PLAIN,
                options.proxyCpu(),
                plain,
                NginxConfig.plainProxy(home("nginx-plain"), plain, application)));
        InetSocketAddress cached = Tools.freeAddress();
        peers.add(nginx(
                "nginx cached auth_request",
                options.proxyCpu(),
                cached,
                NginxConfig.cachedAuthRequest(home("nginx-auth"), cached, application)));
        String secret = SessionTokens.randomSecret();
        EmbeddedDatabase database = EmbeddedDatabase.start();
        running.add(database::close);
        tokens = logIn(database, secret);
        peers.add(sessiongate(database, secret, application));
        if (Tools.installed("haproxy")) {
            peers.add(haproxy(secret, application));
        }
    }

    private List<String> logIn(EmbeddedDatabase database, String secret) throws SQLException {
        var data = new DemoData(
                database, new SessionTokens(secret.getBytes(StandardCharsets.UTF_8), InstantSource.system()));
        data.install();
        return data.logInMany(options.users(), "member", SESSION_LIFE).stream()
                .map(DemoData.Login::token)
                .toList();
    }

    /** Verifies the token and asks a real PostgreSQL about each session at least once a minute: its defaults. */
    private Peer sessiongate(EmbeddedDatabase database, String secret, InetSocketAddress application)
            throws IOException, InterruptedException {
        InetSocketAddress address = Tools.freeAddress();
        var settings = new GatewayProcess.Settings(
                address,
                Tools.freeAddress(),
                application,
                database.url(DatabaseRole.GATEWAY),
                secret,
                SessionTokens.ISSUER,
                GatewayProcess.Lookup.table());
        ChildProcess process = GatewayProcess.start(settings, directory, options.proxyCpu());
        running.add(process);
        return new Peer(SESSIONGATE, address, process);
    }

    private Peer haproxy(String secret, InetSocketAddress application) throws IOException, InterruptedException {
        InetSocketAddress address = Tools.freeAddress();
        Path file = Files.writeString(
                directory.resolve("haproxy.cfg"), HaproxyConfig.jwtVerify(address, application, secret));
        return started(
                "HAProxy jwt_verify", options.proxyCpu(), address, List.of("haproxy", "-db", "-f", file.toString()));
    }

    private Path home(String name) throws IOException {
        return Files.createDirectories(directory.resolve(name));
    }

    private Peer nginx(String name, int cpu, InetSocketAddress address, String config)
            throws IOException, InterruptedException {
        String file = name.replace(' ', '-');
        Path written = Files.writeString(directory.resolve(file + ".conf"), config);
        return started(name, cpu, address, List.of("nginx", "-c", written.toString()));
    }

    private Peer started(String name, int cpu, InetSocketAddress address, List<String> command)
            throws IOException, InterruptedException {
        var process = ChildProcess.startOn(cpu, name.replace(' ', '-'), directory, command);
        running.add(process);
        process.awaitListening(address, START);
        return new Peer(name, address, process);
    }

    List<Peer> peers() {
        return peers;
    }

    Peer plainNginx() {
        return named(NGINX_PLAIN);
    }

    Peer sessiongate() {
        return named(SESSIONGATE);
    }

    private Peer named(String name) {
        return peers.stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
    }

    List<String> tokens() {
        return tokens;
    }

    /** Everyone does what the table will say it does: a proxy that checks nothing is faster than any that does. */
    void verify() throws IOException, InterruptedException {
        for (Peer peer : peers) {
            expect(peer, "/api/stats", tokens.get(0), 200, body -> body.length() == NginxConfig.ANSWER_BYTES);
            if (peer.name().equals(SESSIONGATE)) {
                expect(peer, "/whoami", tokens.get(0), 200, body -> body.equals("subject=user-1"));
                expect(peer, "/api/stats", tokens.get(0) + "x", 401, body -> true);
                expect(peer, "/api/stats", "", 401, body -> true);
            }
        }
    }

    private void expect(Peer peer, String path, String token, int status, Predicate<String> body)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(peer.uri(path)).timeout(START);
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        var response = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != status || !body.test(response.body())) {
            throw new IOException("%s answers %d on %s where %d was expected"
                    .formatted(peer.name(), response.statusCode(), path, status));
        }
    }

    @Override
    public void close() throws IOException {
        for (int i = running.size() - 1; i >= 0; i--) {
            running.get(i).close();
        }
    }
}
