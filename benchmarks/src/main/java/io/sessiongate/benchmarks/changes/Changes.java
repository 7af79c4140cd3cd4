package io.sessiongate.benchmarks.changes;

import io.sessiongate.benchmarks.load.LoadGenerator;
import io.sessiongate.benchmarks.load.LoadPlan;
import io.sessiongate.benchmarks.load.LoadPlan.Pace;
import io.sessiongate.benchmarks.load.LoadResult;
import io.sessiongate.benchmarks.process.TemporaryDirectory;
import io.sessiongate.benchmarks.process.Tools;
import io.sessiongate.demo.DatabaseRole;
import io.sessiongate.demo.DemoData;
import io.sessiongate.demo.DemoData.Login;
import io.sessiongate.demo.EmbeddedDatabase;
import io.sessiongate.demo.SessionTokens;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * A steady load, and meanwhile reloads, restarts of the application's servers, restarts of the gateway by hand-over, and
 * sessions that are revoked. Counts requests that failed, and answers to sessions that should have been out.
 */
public final class Changes {

    private static final String HELP = """
            usage: benchmarks/changes [--rate 2000] [--users 200] [--reloads 100] [--application-restarts 20]
                                      [--gateway-restarts 5] [--revocations 50] [--seconds 120] [--http2]
            """;
    private static final Duration SESSION_LIFE = Duration.ofHours(8);
    private static final Duration DEADLINE = Duration.ofSeconds(15);

    private Changes() {}

    public static void main(String[] arguments) throws Exception {
        int rate = 2000;
        int users = 200;
        int seconds = 120;
        int reloads = 100;
        int applicationRestarts = 20;
        int gatewayRestarts = 5;
        int revocations = 50;
        boolean http2 = false;
        for (int i = 0; i < arguments.length; i += 2) {
            if (arguments[i].equals("--http2")) {
                http2 = true;
                i--;
                continue;
            }
            int value = i + 1 < arguments.length ? Integer.parseInt(arguments[i + 1]) : 0;
            switch (arguments[i]) {
                case "--rate" -> rate = value;
                case "--users" -> users = value;
                case "--seconds" -> seconds = value;
                case "--reloads" -> reloads = value;
                case "--application-restarts" -> applicationRestarts = value;
                case "--gateway-restarts" -> gatewayRestarts = value;
                case "--revocations" -> revocations = value;
                default -> {
                    System.err.print(HELP);
                    System.exit(2);
                }
            }
        }
        System.out.println(Tools.machine());
        try (var directory = TemporaryDirectory.create("sessiongate-changes-");
                EmbeddedDatabase database = EmbeddedDatabase.start()) {
            String secret = SessionTokens.randomSecret();
            var data = new DemoData(
                    database, new SessionTokens(secret.getBytes(StandardCharsets.UTF_8), InstantSource.system()));
            data.install();
            List<Login> logins = data.logInMany(users + revocations, "admin", SESSION_LIFE);
            Revoked.installPush(database);
            Certificate certificate = http2 ? new Certificate(directory.path()) : null;
            try (Servers servers = Servers.start();
                    Gateways gateways = new Gateways(
                            directory.path(),
                            servers.addresses(),
                            database.url(DatabaseRole.GATEWAY),
                            secret,
                            certificate)) {
                gateways.start();
                Duration length = Duration.ofSeconds(seconds);
                List<Login> steady = logins.subList(0, users);
                var load = certificate == null
                        ? load(gateways.address(), steady, rate, length)
                        : http2(gateways, certificate, steady, rate, length);
                var revoked = new Revoked(gateways.address(), data, logins.subList(users, logins.size()), length);
                revoked.start();
                var reloading = Repeated.run("reload", reloads, length, gateways::reload);
                var restarting = Repeated.run("application", applicationRestarts, length, servers::restartOne);
                var handing = Repeated.run("gateway", gatewayRestarts, length, gateways::restart);
                LoadResult result = load.get();
                reloading.join();
                restarting.join();
                handing.join();
                revoked.join();
                print(result, revoked);
                System.out.printf(
                        "%d reloads, %d restarts of the application, %d of the gateway%n",
                        reloading.done(), restarting.done(), handing.done());
                boolean well = result.good() == result.requests() && revoked.letIn() == 0;
                System.out.println(well ? "no request failed, nobody was let in" : "NOT AS IT SHOULD BE");
                System.exit(well ? 0 : 1);
            }
        }
    }

    private static CompletableFuture<LoadResult> load(
            InetSocketAddress address, List<Login> users, int rate, Duration length) {
        List<byte[]> requests = users.stream()
                .map(user -> LoadPlan.get(address, "/page", user.token()))
                .toList();
        Duration interval = Duration.ofNanos(1_000_000_000L * users.size() / rate);
        var plan = new LoadPlan(address, requests.size(), requests, new Pace.Every(interval, length), DEADLINE, true);
        return apart(() -> LoadGenerator.run(plan));
    }

    private static CompletableFuture<LoadResult> http2(
            Gateways gateways, Certificate certificate, List<Login> users, int rate, Duration length)
            throws IOException, GeneralSecurityException {
        var load = new Http2Load(gateways.secureAddress(), certificate.trust(), users, DEADLINE);
        return apart(() -> load.run(rate, length));
    }

    /** On a thread of its own: Java's client tells what came of a request on the common pool, which may have one thread. */
    private static CompletableFuture<LoadResult> apart(Callable<LoadResult> load) {
        var told = new CompletableFuture<LoadResult>();
        var thread = new Thread(
                () -> {
                    try {
                        told.complete(load.call());
                    } catch (Exception e) {
                        told.completeExceptionally(e);
                    }
                },
                "load");
        thread.setDaemon(true);
        thread.start();
        return told;
    }

    private static void print(LoadResult result, Revoked revoked) {
        System.out.printf(
                "%,d requests, %.0f a second, p50 %.1f ms, p99 %.1f ms, longest %.1f ms; sent once more by the client: %d%n",
                result.requests(),
                result.requestsPerSecond(),
                result.percentileMillis(50),
                result.percentileMillis(99),
                result.percentileMillis(100),
                result.again());
        System.out.println("outcomes: " + result.outcomes());
        System.out.printf(
                "%d sessions revoked, asked %,d times after that: let in %d times, longest %.0f ms until out%n",
                revoked.count(), revoked.asked(), revoked.letIn(), revoked.longestMillis());
    }
}
