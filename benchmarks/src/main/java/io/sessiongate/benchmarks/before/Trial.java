package io.sessiongate.benchmarks.before;

import io.sessiongate.benchmarks.load.ApacheBench;
import io.sessiongate.benchmarks.load.LoadGenerator;
import io.sessiongate.benchmarks.load.LoadPlan;
import io.sessiongate.benchmarks.load.LoadPlan.Pace;
import io.sessiongate.benchmarks.load.LoadResult;
import io.sessiongate.benchmarks.process.ChildProcess;
import io.sessiongate.benchmarks.process.GatewayProcess;
import io.sessiongate.benchmarks.process.ProcessUsage;
import io.sessiongate.benchmarks.process.Tools;
import io.sessiongate.demo.DatabaseRole;
import io.sessiongate.demo.DemoData.Login;
import io.sessiongate.demo.EmbeddedDatabase;
import io.sessiongate.demo.SessionTokens;
import io.sessiongate.demo.Validation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One scenario on one side: fresh processes, warmed up by users of their own, so that the sessions that count are
 * unknown to the gateway when the load begins.
 */
final class Trial {

    private static final String PATH = "/api/admin/dashboard-stats";
    private static final Duration DEADLINE = Duration.ofSeconds(90);
    private static final Duration START = Duration.ofSeconds(60);

    private final EmbeddedDatabase database;
    private final String secret;
    private final Path directory;
    private final List<Login> warmUpUsers;
    private final List<Login> users;
    private final Duration warmUp;

    Trial(
            EmbeddedDatabase database,
            String secret,
            Path directory,
            List<Login> warmUpUsers,
            List<Login> users,
            Duration warmUp) {
        this.database = database;
        this.secret = secret;
        this.directory = directory;
        this.warmUpUsers = warmUpUsers;
        this.users = users;
        this.warmUp = warmUp;
    }

    /**
     * What a trial showed.
     *
     * @param applicationConnections the most that were open at once; likewise the next
     */
    record Outcome(
            LoadResult load,
            StatementCount queries,
            int applicationConnections,
            int gatewayConnections,
            ProcessUsage application,
            @Nullable ProcessUsage gateway,
            ProcessUsage postgres) {}

    Outcome alone(Scenario scenario) throws IOException, SQLException, InterruptedException {
        InetSocketAddress address = Tools.freeAddress();
        try (var application = application(address, Validation.ITSELF, scenario)) {
            return measure(scenario, address, application, null);
        }
    }

    Outcome behindTheGateway(Scenario scenario) throws IOException, SQLException, InterruptedException {
        InetSocketAddress upstream = Tools.freeAddress();
        InetSocketAddress address = Tools.freeAddress();
        var settings = new GatewayProcess.Settings(
                address,
                Tools.freeAddress(),
                upstream,
                database.url(DatabaseRole.GATEWAY),
                secret,
                SessionTokens.ISSUER,
                scenario.queryDelay().isZero()
                        ? GatewayProcess.Lookup.table()
                        : GatewayProcess.Lookup.slowedBy(scenario.queryDelay()));
        try (var application = application(upstream, Validation.GATEWAY, scenario);
                var gateway = GatewayProcess.start(settings, directory, -1)) {
            return measure(scenario, address, application, gateway);
        }
    }

    private ChildProcess application(InetSocketAddress address, Validation validation, Scenario scenario)
            throws IOException, InterruptedException {
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Dlogback.configurationFile=io/sessiongate/benchmarks/logback.xml",
                "-cp",
                System.getProperty("java.class.path", ""),
                ApplicationMain.class.getName(),
                String.valueOf(address.getPort()),
                validation.name(),
                String.valueOf(scenario.queryDelay().toMillis()));
        var process = ChildProcess.start(
                "application",
                directory,
                Map.of(
                        "BENCHMARK_DATABASE_URL",
                        database.url(DatabaseRole.APPLICATION),
                        "BENCHMARK_JWT_SECRET",
                        secret),
                command);
        try {
            process.awaitListening(address, START);
        } catch (IOException | InterruptedException e) {
            process.close();
            throw e;
        }
        return process;
    }

    private Outcome measure(
            Scenario scenario, InetSocketAddress address, ChildProcess application, @Nullable ChildProcess gateway)
            throws IOException, SQLException {
        LoadGenerator.run(plan(address, warmUpUsers, warmUpUsers.size(), new Pace.During(warmUp)));
        database.resetStatements();
        ProcessHandle postmaster = StatementCount.postmaster(database);
        ProcessUsage applicationBefore = application.usage();
        ProcessUsage gatewayBefore = gateway == null ? null : gateway.usage();
        ProcessUsage postgresBefore = ProcessUsage.of(postmaster);
        try (var watch = new ConnectionWatch(database)) {
            LoadResult load = load(scenario, address);
            return new Outcome(
                    load,
                    StatementCount.read(database),
                    watch.most("dashboard"),
                    watch.most("sessiongate"),
                    application.usage().since(applicationBefore),
                    gateway == null || gatewayBefore == null
                            ? null
                            : gateway.usage().since(gatewayBefore),
                    ProcessUsage.of(postmaster).since(postgresBefore));
        }
    }

    private LoadResult load(Scenario scenario, InetSocketAddress address) throws IOException {
        if (scenario.tool() == Scenario.Tool.AB) {
            long total = scenario.pace() instanceof Pace.Count count ? count.total() : 1;
            String header = "Authorization: Bearer " + users.get(0).token();
            return ApacheBench.run(directory, address, PATH, header, scenario.connections(), total);
        }
        List<Login> some = users.subList(0, scenario.users());
        return LoadGenerator.run(plan(address, some, scenario.connections(), scenario.pace()));
    }

    private static LoadPlan plan(InetSocketAddress address, List<Login> users, int connections, Pace pace) {
        List<byte[]> requests = users.stream()
                .map(user -> LoadPlan.get(address, PATH, user.token()))
                .toList();
        return new LoadPlan(address, connections, requests, pace, DEADLINE);
    }
}
