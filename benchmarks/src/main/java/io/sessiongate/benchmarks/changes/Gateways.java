package io.sessiongate.benchmarks.changes;

import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.GatewayProcess;
import io.sessiongate.benchmarks.process.Tools;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** One gateway after the other at the same addresses, each taking the place of the one before, and its configuration. */
final class Gateways implements Closeable {

    private static final Duration START = Duration.ofSeconds(90);
    private static final String ADMIN_SECRET = "secret-of-the-trials-admin-port";

    private final Path directory;
    private final Path file;
    private final List<InetSocketAddress> servers;
    private final Map<String, String> environment;
    private final InetSocketAddress address = Tools.freeAddress();
    private final InetSocketAddress secureAddress = Tools.freeAddress();
    private final @Nullable Certificate certificate;
    private final InetSocketAddress admin = Tools.freeAddress();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<ChildProcess> started = new ArrayList<>();
    private int version;

    /**
     * None runs yet.
     *
     * @param certificate with which they speak TLS as well, another one after each reload; null where they do not
     */
    Gateways(
            Path directory,
            List<InetSocketAddress> servers,
            String databaseUrl,
            String secret,
            @Nullable Certificate certificate)
            throws IOException {
        this.directory = directory;
        this.file = directory.resolve("sessiongate.yaml");
        this.servers = servers;
        this.certificate = certificate;
        this.environment = Map.of("TRIAL_DATABASE_URL", databaseUrl, "TRIAL_JWT_SECRET", secret);
    }

    InetSocketAddress address() {
        return address;
    }

    /** Where they speak TLS. */
    InetSocketAddress secureAddress() {
        return secureAddress;
    }

    void start() throws IOException, InterruptedException {
        write();
        ChildProcess first = launch();
        first.awaitListening(address, START);
        awaitReady();
    }

    private ChildProcess launch() throws IOException {
        List<String> command = List.of(
                GatewayProcess.thisCheckout().resolve("sessiongate").toString(),
                "run",
                "-c",
                file.toString(),
                "--take-over");
        ChildProcess process = ChildProcess.start("gateway-" + started.size(), directory, environment, command);
        started.add(process);
        return process;
    }

    private void awaitReady() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + START.toNanos();
        while (System.nanoTime() - deadline < 0) {
            if (ask("GET", "/readyz") == 200) {
                return;
            }
            Thread.sleep(100);
        }
        throw new IOException("the gateway is not ready");
    }

    private int ask(String method, String path) throws InterruptedException {
        var request = HttpRequest.newBuilder(
                        URI.create("http://" + admin.getHostString() + ":" + admin.getPort() + path))
                .timeout(Duration.ofSeconds(20))
                .header("Authorization", "Bearer " + ADMIN_SECRET)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        try {
            return client.send(request, BodyHandlers.discarding()).statusCode();
        } catch (IOException e) {
            return 0;
        }
    }

    /** Another configuration: a route, a limit and a policy that are others each time. */
    synchronized void reload(int number) throws IOException, InterruptedException, GeneralSecurityException {
        version = number + 1;
        if (certificate != null) {
            certificate.use(version);
        }
        write();
        int status = 0;
        for (int tries = 0; tries < 100 && status != 200; tries++) {
            status = ask("POST", "/reload");
            if (status != 200) {
                Thread.sleep(100);
            }
        }
        if (status != 200) {
            throw new IOException("a reload was answered " + status);
        }
    }

    /** A new process takes the place of the one that runs, which ends. */
    synchronized void restart(int number) throws IOException, InterruptedException {
        ChildProcess former = started.get(started.size() - 1);
        launch();
        if (!former.awaitEnd(START)) {
            throw new IOException("the former gateway did not end");
        }
        awaitReady();
    }

    private void write() throws IOException {
        String all = servers.stream()
                .map(server -> "\"http://" + server.getHostString() + ":" + server.getPort() + "\"")
                .collect(Collectors.joining(", "));
        Files.writeString(file, """
                listeners:
                  - address: "%s"
                %s
                admin: { address: "%s", secret: "%s" }
                hand-over: { socket: hand-over.sock }
                reload: { watch: false }
                drain: 5s
                log: { access: false }
                limits: { header-count: %d }
                realms:
                  default:
                    token:
                      from: [ { header: Authorization } ]
                      keys: [ { algorithm: HS256, secret: "${TRIAL_JWT_SECRET}" } ]
                      issuer: sessiongate-demo
                      claims: { subject: sub, session: sid, roles: role }
                    session:
                      database: "${TRIAL_DATABASE_URL}"
                      table: sessions
                      columns: { id: id, subject: user_id, expires: expires_at, revoked: revoked_at }
                      revocations: { channel: sessiongate_revoked }
                      check: { revalidate-after: %ds, refresh-ahead: 1s }
                    identity:
                      headers: { subject: X-Auth-Subject, session: X-Auth-Session, roles: X-Auth-Roles }
                upstreams:
                  application: { servers: [ %s ], balance: %s, max-connections: %d }
                routes:
                  - { path: /version-%d/**, access: public, upstream: application }
                  - { path: /**, access: authenticated, upstream: application }
                """.formatted(
                        text(address),
                        certificate == null
                                ? ""
                                : "  - { address: \"" + text(secureAddress) + "\", tls: " + certificate.yaml() + " }",
                        text(admin),
                        ADMIN_SECRET,
                        90 + version % 20,
                        20 + version % 10,
                        all,
                        version % 2 == 0 ? "round-robin" : "least-requests",
                        64 + version % 8,
                        version));
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }

    @Override
    public void close() {
        started.forEach(ChildProcess::close);
    }
}
