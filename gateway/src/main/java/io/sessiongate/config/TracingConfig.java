package io.sessiongate.config;

import java.net.URI;
import java.time.Duration;
import java.util.Map;

/**
 * Where spans go, and which.
 *
 * @param endpoint of a collector that takes OTLP over HTTP
 * @param headers sent with every export, secret
 * @param sample of the traces whose sampling is decided here, the part that is exported, 0 to 1
 * @param sampling who decides
 * @param trust whose trace is gone on with
 * @param serviceName what the gateway is called there
 * @param timeout how long an export may take, with its repetition
 */
public record TracingConfig(
        URI endpoint,
        Map<String, Secret> headers,
        double sample,
        Sampling sampling,
        Trust trust,
        String serviceName,
        Duration timeout) {

    /** Who decides whether a trace is exported. */
    public enum Sampling {
        /** This gateway, by chance, for every request. */
        RATIO,
        /** A trusted proxy that says so; else as above. */
        PARENT
    }

    /** Whose trace is gone on with; everybody else's requests begin one. */
    public enum Trust {
        TRUSTED_PROXIES,
        EVERYONE
    }

    public TracingConfig {
        headers = Map.copyOf(headers);
        if (!(sample >= 0 && sample <= 1)) {
            throw new IllegalArgumentException("expected a part between 0 and 1");
        }
    }
}
