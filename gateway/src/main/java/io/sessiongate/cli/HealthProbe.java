package io.sessiongate.cli;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URISyntaxException;

/**
 * Asks an address and says by its exit code whether the answer was 200: the health check of a container, which has no
 * other program to ask with. A main class of its own, because it runs every few seconds and must not load the gateway.
 */
public final class HealthProbe {

    private static final int TIMEOUT_MILLIS = 2_000;

    private HealthProbe() {}

    /** One argument, the address; without it the default admin port. */
    public static void main(String[] arguments) throws IOException, URISyntaxException {
        String address = arguments.length > 0 ? arguments[0] : "http://127.0.0.1:9901/livez";
        HttpURLConnection connection =
                (HttpURLConnection) new URI(address).toURL().openConnection();
        connection.setConnectTimeout(TIMEOUT_MILLIS);
        connection.setReadTimeout(TIMEOUT_MILLIS);
        try {
            System.exit(connection.getResponseCode() == 200 ? 0 : 1);
        } catch (IOException e) {
            System.err.println(address + ": " + e.getMessage());
            System.exit(1);
        }
    }
}
