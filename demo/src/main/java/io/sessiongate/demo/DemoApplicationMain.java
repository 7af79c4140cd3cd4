package io.sessiongate.demo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/**
 * The dashboard application by itself, with a database that is elsewhere, as containers run it. Settings come from the
 * environment: {@code DATABASE_URL} and {@code JWT_SECRET} are needed; {@code LISTEN} ({@code 0.0.0.0:3000}), {@code
 * VALIDATE} ({@code gateway} or {@code itself}) and {@code GATEWAY_METRICS} (a URL) may be given.
 */
public final class DemoApplicationMain {

    private DemoApplicationMain() {}

    public static void main(String[] arguments) throws IOException, SQLException {
        Map<String, String> environment = System.getenv();
        String databaseUrl = needed(environment, "DATABASE_URL");
        var tokens = new SessionTokens(
                needed(environment, "JWT_SECRET").getBytes(StandardCharsets.UTF_8), InstantSource.system());
        try (Connection connection = DatabaseAddress.parse(databaseUrl).connect()) {
            DemoData.createTables(connection);
            DemoData.installRevocations(connection);
            DemoData.createUsers(connection);
        }
        URI listen = URI.create("http://" + environment.getOrDefault("LISTEN", "0.0.0.0:3000"));
        var validation = environment.getOrDefault("VALIDATE", "gateway").equals("itself")
                ? Validation.ITSELF
                : Validation.GATEWAY;
        DemoOptions options = DemoOptions.of(validation, databaseUrl, tokens)
                .withAddress(new InetSocketAddress(listen.getHost(), listen.getPort()));
        Optional<URI> metrics =
                Optional.ofNullable(environment.get("GATEWAY_METRICS")).map(URI::create);
        if (metrics.isPresent()) {
            options = options.withGateway(metrics.get(), Duration.ofSeconds(60));
        }
        var application = new DemoApplication(options);
        Runtime.getRuntime().addShutdownHook(new Thread(application::close, "dashboard-stop"));
        System.out.println("The dashboard listens on " + application.address());
    }

    private static String needed(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isEmpty()) {
            throw new IllegalArgumentException(name + " is not set");
        }
        return value;
    }
}
