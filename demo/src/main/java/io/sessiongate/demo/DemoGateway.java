package io.sessiongate.demo;

import io.sessiongate.app.Gateway;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.Problem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The gateway as a user would run it: from a configuration file, which lies in a temporary folder that is removed with
 * it. The secret and the database's URL are passed in as the environment would, so that the file holds neither.
 */
public final class DemoGateway implements AutoCloseable {

    private static final String FILE = "sessiongate.yaml";

    private final Gateway gateway;
    private final Path folder;

    private DemoGateway(Gateway gateway, Path folder) {
        this.gateway = gateway;
        this.folder = folder;
    }

    /**
     * Writes the file, loads it and starts a gateway with it.
     *
     * @param secret HS256 secret of the tokens, as text
     * @throws IOException when it cannot start, with a sentence for the user; nothing is left behind
     */
    public static DemoGateway start(GatewayFile configuration, String secret, String databaseUrl) throws IOException {
        Path folder = Files.createTempDirectory("sessiongate-demo-");
        Path file = folder.resolve(FILE);
        try {
            Files.writeString(file, configuration.yaml());
            var environment = Map.of(GatewayFile.SECRET, secret, GatewayFile.DATABASE_URL, databaseUrl);
            LoadResult result = ConfigLoader.load(file, environment::get);
            if (result instanceof LoadResult.Loaded loaded) {
                return new DemoGateway(Gateway.start(loaded.config()), folder);
            }
            throw new IOException("its configuration is not valid: " + problems(result));
        } catch (IllegalStateException | IOException e) {
            remove(folder);
            throw new IOException("the gateway did not start: " + e.getMessage(), e);
        }
    }

    private static String problems(LoadResult result) {
        return result instanceof LoadResult.Invalid invalid
                ? invalid.problems().stream().map(Problem::toString).collect(Collectors.joining("\n"))
                : "";
    }

    /** Where clients connect. */
    public InetSocketAddress address() {
        return gateway.addresses().get(0);
    }

    /** Where metrics are. */
    public InetSocketAddress adminAddress() {
        return gateway.adminAddress();
    }

    /** The configuration file, until {@link #close}. */
    public Path file() {
        return folder.resolve(FILE);
    }

    /** Drains and stops the gateway and removes its file. */
    @Override
    public void close() {
        gateway.stop();
        remove(folder);
    }

    private static void remove(Path folder) {
        try {
            Files.deleteIfExists(folder.resolve(FILE));
            Files.deleteIfExists(folder);
        } catch (IOException e) {
            // A file without secrets in the system's temporary folder.
        }
    }
}
