package io.sessiongate.benchmarks.process;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

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

    /**
     * What runs it.
     *
     * @param home a checkout, or a folder laid out like one, with the launcher
     * @param environment for the launcher: {@code JAVA_OPTS}, {@code SESSIONGATE_JAVA_HOME}
     * @param yaml more of the configuration, as keys at the top of the file
     * @param upstream more of the upstream's, as a flow mapping without its braces; ours names the server where this does not
     */
    public record Program(String name, Path home, Map<String, String> environment, String yaml, String upstream) {

        /** That of the checkout this runs from, everything at its default. */
        public static Program ofThisCheckout() {
            return new Program("sessiongate", thisCheckout(), Map.of(), "", "");
        }
    }

    public static Path thisCheckout() {
        return Path.of(System.getProperty("sessiongate.home", "."));
    }

    /** Starts it, on {@code cpu} alone unless that is negative, and waits until it listens. */
    public static ChildProcess start(Settings settings, Path directory, int cpu)
            throws IOException, InterruptedException {
        return start(Program.ofThisCheckout(), settings, directory, cpu);
    }

    /** The same with another build, JVM or configuration. */
    public static ChildProcess start(Program program, Settings settings, Path directory, int cpu)
            throws IOException, InterruptedException {
        Path file = Files.writeString(directory.resolve(program.name() + ".yaml"), yaml(settings, program));
        List<String> command = List.of(program.home().resolve("sessiongate").toString(), "run", "-c", file.toString());
        var environment = new HashMap<>(program.environment());
        environment.put("BENCHMARK_DATABASE_URL", settings.databaseUrl());
        environment.put("BENCHMARK_JWT_SECRET", settings.jwtSecret());
        var process = ChildProcess.start(program.name(), directory, environment, ChildProcess.pinned(cpu, command));
        try {
            process.awaitListening(settings.address(), START);
        } catch (IOException | InterruptedException e) {
            process.close();
            throw e;
        }
        return process;
    }

    /** Waits until the launcher has made the archive of classes for the next start, where it does; fails where that takes too long. */
    public static void awaitArchive(Program program, Duration atMost) throws IOException, InterruptedException {
        Path archives = program.home().resolve("gateway/target/archive");
        long deadline = System.nanoTime() + atMost.toNanos();
        while (Files.isDirectory(archives) && isLocked(archives)) {
            if (System.nanoTime() - deadline > 0) {
                throw new IOException(
                        "an archive of classes is still being made, or its lock was left behind, in " + archives);
            }
            Thread.sleep(50);
        }
    }

    private static boolean isLocked(Path archives) throws IOException {
        try (Stream<Path> files = Files.list(archives)) {
            return files.anyMatch(file -> file.toString().endsWith(".lock"));
        }
    }

    private static String yaml(Settings settings, Program program) {
        String servers = program.upstream().contains("servers:")
                ? ""
                : "servers: [ \"http://" + text(settings.upstream()) + "\" ], ";
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
                  application: { %s%s }
                routes:
                  - { path: /healthz, access: public, upstream: application }
                  - { path: /api/admin/**, access: { roles: [admin] }, upstream: application }
                  - { path: /**, access: authenticated, upstream: application }
                %s
                """.formatted(
                        text(settings.address()),
                        text(settings.admin()),
                        settings.issuer(),
                        settings.lookup().yaml().stripTrailing(),
                        servers,
                        program.upstream(),
                        program.yaml());
    }

    private static String text(InetSocketAddress address) {
        return address.getHostString() + ":" + address.getPort();
    }
}
