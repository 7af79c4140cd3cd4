package io.sessiongate.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Reads the gateway's count of session queries from its {@code /metrics}, in Prometheus' text format. */
final class GatewayMetrics {

    static final String MADE = "sessiongate_session_queries_total";
    static final String SAVED = "sessiongate_session_queries_saved";

    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    private final HttpClient client =
            HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    private final URI address;

    GatewayMetrics(URI address) {
        this.address = address;
    }

    /** Session queries of the whole gateway since it started: made, and spared the database. */
    record SessionQueries(long made, long saved) {}

    SessionQueries read() throws IOException, InterruptedException {
        var response = client.send(
                HttpRequest.newBuilder(address).timeout(TIMEOUT).build(), HttpResponse.BodyHandlers.ofString());
        if (response.statusCode() != 200) {
            throw new IOException("the gateway's metrics answered " + response.statusCode());
        }
        return parse(response.body());
    }

    static SessionQueries parse(String text) {
        double made = 0;
        double saved = 0;
        for (String line : text.lines().toList()) {
            made += value(line, MADE);
            saved += value(line, SAVED);
        }
        return new SessionQueries(Math.round(made), Math.round(saved));
    }

    /** The sample's value when the line is one of this meter, with labels or without; else 0. */
    private static double value(String line, String name) {
        if (!line.startsWith(name)) {
            return 0;
        }
        String rest = line.substring(name.length());
        boolean sample = rest.startsWith(" ") || rest.startsWith("{");
        return sample ? Double.parseDouble(rest.substring(rest.lastIndexOf(' ') + 1)) : 0;
    }
}
