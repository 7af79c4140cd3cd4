package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;

/** TLS to clients, listener by listener. Safe to use from any thread. */
public final class TlsMeters {

    static final String HANDSHAKES = "sessiongate.tls.handshakes";
    static final String HANDSHAKE_FAILURES = "sessiongate.tls.handshake.failures";
    static final String HANDSHAKING = "sessiongate.tls.handshakes.now";
    static final String HANDSHAKING_LIMIT = "sessiongate.tls.handshakes.limit";
    static final String EXPIRY = "sessiongate.tls.certificate.expiry";
    static final String RELOADS = "sessiongate.tls.reloads";

    private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    /** Why there was no handshake to the end. */
    public enum Failure {
        /** What came is not TLS. */
        NOT_TLS,
        /** The handshake was refused, by either side: versions, cipher suites, certificates. */
        REFUSED,
        /** It took too long. */
        TIMEOUT,
        /** The client left. */
        CLIENT_GONE,
        /** Too many were under way at once. */
        TOO_MANY
    }

    private final MeterRegistry registry;

    public TlsMeters(MeterRegistry registry) {
        this.registry = registry;
    }

    /**
     * Registers the meters of a listener.
     *
     * @param name the address as configured
     * @param limit handshakes that may be under way at once
     */
    public Listener listener(String name, int limit) {
        return new Listener(registry, Tags.of("listener", name), limit);
    }

    /** The meters of one listener. */
    public static final class Listener {

        private final MeterRegistry registry;
        private final Tags tags;
        private final int limit;
        private final AtomicInteger now = new AtomicInteger();
        private final Map<String, Counter> done = new ConcurrentHashMap<>();
        private final Map<Failure, Counter> failures = new EnumMap<>(Failure.class);
        private final Counter reloaded;
        private final Counter notReloaded;

        Listener(MeterRegistry registry, Tags tags, int limit) {
            this.registry = registry;
            this.tags = tags;
            this.limit = limit;
            gauge(HANDSHAKING, "TLS handshakes under way", "handshakes", tags, now::get);
            gauge(HANDSHAKING_LIMIT, "TLS handshakes that may be under way at once", "handshakes", tags, () -> limit);
            for (String protocol : PROTOCOLS) {
                done.put(key(protocol, false), handshakes(protocol, false));
                done.put(key(protocol, true), handshakes(protocol, true));
            }
            for (Failure failure : Failure.values()) {
                failures.put(
                        failure,
                        Counter.builder(HANDSHAKE_FAILURES)
                                .description("TLS handshakes that came to nothing")
                                .baseUnit("handshakes")
                                .tags(tags)
                                .tag("reason", failure.name().toLowerCase(Locale.ROOT))
                                .register(registry));
            }
            reloaded = reloads("ok");
            notReloaded = reloads("failed");
        }

        private static String key(String protocol, boolean resumed) {
            return protocol + resumed;
        }

        private Counter handshakes(String protocol, boolean resumed) {
            return Counter.builder(HANDSHAKES)
                    .description("TLS handshakes that were completed")
                    .baseUnit("handshakes")
                    .tags(tags)
                    .tag("protocol", protocol)
                    .tag("resumed", Boolean.toString(resumed))
                    .register(registry);
        }

        private Counter reloads(String result) {
            return Counter.builder(RELOADS)
                    .description("Certificate files that were read again because they had changed")
                    .baseUnit("files")
                    .tags(tags)
                    .tag("result", result)
                    .register(registry);
        }

        private void gauge(String name, String description, String unit, Iterable<Tag> tagged, LongSupplier value) {
            Gauge.builder(name, value, LongSupplier::getAsLong)
                    .description(description)
                    .baseUnit(unit)
                    .tags(tagged)
                    .strongReference(true)
                    .register(registry);
        }

        /** A handshake begins; false, and counted, where too many are under way. What begins ends by {@link #ended}. */
        public boolean begins() {
            if (now.incrementAndGet() > limit) {
                now.decrementAndGet();
                failed(Failure.TOO_MANY);
                return false;
            }
            return true;
        }

        /** However it ended. */
        public void ended() {
            now.decrementAndGet();
        }

        public void completed(String protocol, boolean resumed) {
            Counter counter = done.get(key(protocol, resumed));
            if (counter != null) {
                counter.increment();
            }
        }

        public void failed(Failure reason) {
            Objects.requireNonNull(failures.get(reason)).increment();
        }

        /** Registers when a certificate ends; the supplier is read from any thread. */
        public void watchExpiry(String file, LongSupplier epochSeconds) {
            gauge(
                    EXPIRY,
                    "When the certificate in use expires, in seconds since 1970",
                    "seconds",
                    tags.and("certificate", file),
                    epochSeconds);
        }

        public void reloaded() {
            reloaded.increment();
        }

        public void notReloaded() {
            notReloaded.increment();
        }
    }
}
