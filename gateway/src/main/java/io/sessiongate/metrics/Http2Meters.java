package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.http.Http2Error;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** Client connections of HTTP/2, their streams, and how they end. Safe to use from any thread. */
public final class Http2Meters {

    static final String CONNECTIONS = "sessiongate.http2.connections.open";
    static final String STREAMS = "sessiongate.http2.streams.open";
    static final String REFUSED = "sessiongate.http2.streams.refused";
    static final String ERRORS = "sessiongate.http2.connection.errors";
    static final String FLOODS = "sessiongate.http2.floods";

    private final LongAdder connections = new LongAdder();
    private final LongAdder streams = new LongAdder();
    private final Counter refused;
    private final Counter floods;
    private final Map<Http2Error, Counter> errors = new EnumMap<>(Http2Error.class);

    Http2Meters(MeterRegistry registry) {
        Gauge.builder(CONNECTIONS, connections, LongAdder::sum)
                .description("Client connections open now that speak HTTP/2")
                .baseUnit("connections")
                .register(registry);
        Gauge.builder(STREAMS, streams, LongAdder::sum)
                .description("Streams open now on client connections of HTTP/2")
                .baseUnit("streams")
                .register(registry);
        refused = Counter.builder(REFUSED)
                .description("Streams refused because their connection had as many as it may")
                .baseUnit("streams")
                .register(registry);
        floods = Counter.builder(FLOODS)
                .description("Connections of HTTP/2 ended because the client did too much that leads to nothing")
                .baseUnit("connections")
                .register(registry);
        for (Http2Error error : Http2Error.values()) {
            errors.put(
                    error,
                    Counter.builder(ERRORS)
                            .description(
                                    "Connections of HTTP/2 ended for what the client sent, by the error it was told")
                            .baseUnit("connections")
                            .tag("error", error.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
    }

    public void opened() {
        connections.increment();
    }

    public void closed() {
        connections.decrement();
    }

    public void streamOpened() {
        streams.increment();
    }

    public void streamClosed() {
        streams.decrement();
    }

    /** A stream was one too many. */
    public void refused() {
        refused.increment();
    }

    /** A client has spent its allowance; {@link #failed} counts it as well. */
    public void flooded() {
        floods.increment();
    }

    /** A connection is ended for an error of the client's. */
    public void failed(Http2Error why) {
        Objects.requireNonNull(errors.get(why)).increment();
    }
}
