package io.sessiongate.benchmarks.process;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The gateway as users run it: the launcher, a configuration file, everything not named there at its default. */
public final class GatewayProcess {

    private static final Duration START = Duration.ofSeconds(90);

    private GatewayProcess() {}

    /**
     * What the configuration file says.
     *
     * @param lookup lines under {@code session} that say how sessions are looked up
     */
    public record Settings(
            InetSocketAddress address,
            InetSocketAddress admin,
            InetSocketAddress upstream,
            String databaseUrl,
            String jwtSecret,
            String issuer,
            Lookup lookup) {

        /** Without the secrets. */
        @Override
        public String toString() {
            return "Settings[" + address + "]";
        }
    }

    /** How sessions of the demo's table are looked up. */
    public record Lookup(String yaml) {

        public static Lookup table() {
            return new Lookup("""
                          table: sessions
                          columns: { id: id, subject: user_id, expires: expires_at, revoked: revoked_at }
                    """);
        }

        /**
         * The same as a query that takes so much longer on the server, once a query whatever number of sessions it asks
         * about, as a slow network, a busy server or a lock makes each statement slow.
         */
        public static Lookup slowedBy(Duration delay) {
            return new Lookup("""
                          query: >-
                            SELECT id, user_id AS subject, expires_at AS expires, revoked_at AS revoked
                            FROM sessions WHERE id = ANY($1) AND (SELECT pg_sleep(%s)::text = '')
                    """.formatted(delay.toMillis() / 1000.0));
        }
    }

    /** Starts it, on {@code cpu} alone unless that is negative, and waits until it listens. */
    public static ChildProcess start(Settings settings, Path directory, int cpu)
            throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve("sessiongate.yaml"), yaml(settings));
        var command = new ArrayList<String>();
        if (cpu >= 0) {
            command.addAll(List.of("taskset", "-c", String.valueOf(cpu)));
        }
        command.addAll(List.of(
                Path.of(System.getProperty("sessiongate.home", "."), "sessiongate")
                        .toString(),
                "run",
                "-c",
                file.toString()));
        var process = ChildProcess.start(
                "sessiongate",
                directory,
                Map.of("BENCHMARK_DATABASE_URL", settings.databaseUrl(), "BENCHMARK_JWT_SECRET", settings.jwtSecret()),
                command);
        try {
            process.awaitListening(settings.address(), START);
        } catch (IOException | InterruptedException e) {
            process.close();
            throw e;
        }
        return process;
    }

    private static String yaml(Settings settings) {
        return """
                listeners:
                  - address: %s
                admin: { address: %s }
                log: { access: false }
                realms:
                  default:
                    token:
                      from: [ { header: Authorization } ]
                      keys:
                        - { algorithm: HS256, secret: "${BENCHMARK_JWT_SECRET}" }
                      issuer: %s
                      claims: { subject: sub, session: sid, roles: role }
                    session:
                      database: "${BENCHMARK_DATABASE_URL}"
                %s
                    identity:
                      headers: { subject: X-Auth-Subject, session: X-Auth-Session, roles: X-Auth-Roles }
                upstreams:
                  application:
                    servers: [ "http://%s" ]
                routes:
                  - { path: /healthz, access: public, upstream: application }
                  - { path: /api/admin/**, access: { roles: [admin] }, upstream: application }
                  - { path: /**, access: authenticated, upstream: application }
                """.formatted(
                        text(settings.address()),
                        text(settings.admin()),
                        settings.issuer(),
                        settings.lookup().yaml().stripTrailing(),
                        text(settings.upstream()));
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
