package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.sessiongate.config.LimitsConfig;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/** Client connections, and what waits in memory for them and of them. Safe to use from any thread. */
public final class ConnectionMeters {

    static final String OPEN = "sessiongate.connections.open";
    static final String LIMIT = "sessiongate.connections.limit";
    static final String CLIENTS = "sessiongate.connections.clients";
    static final String MOST = "sessiongate.connections.most";
    static final String MOST_LIMIT = "sessiongate.connections.most.limit";
    static final String ACCEPTED = "sessiongate.connections.accepted";
    static final String REFUSED = "sessiongate.connections.refused";
    static final String SPENT = "sessiongate.connections.spent";
    static final String MALFORMED = "sessiongate.requests.malformed";
    static final String BUFFERED = "sessiongate.buffered";
    static final String BUFFERED_LIMIT = "sessiongate.buffered.limit";
    static final String BUFFERED_REFUSED = "sessiongate.buffered.refused";
    static final String BUFFERED_CUT = "sessiongate.buffered.cut";
    static final String READ_BUFFERS = "sessiongate.read.buffers";

    /** Why a connection is closed as soon as it is accepted. */
    public enum Refusal {
        /** {@code limits.connections} is reached. */
        TOTAL,
        /** {@code limits.connections-per-address} is. */
        ADDRESS,
        /** The PROXY protocol is spoken there, and it is none of {@code trusted-proxies}. */
        UNTRUSTED,
        /** What came in place of a PROXY header is none, or came too late. */
        PROXY_HEADER
    }

    private final MeterRegistry registry;
    private volatile LimitsConfig limits;
    private final AtomicInteger open = new AtomicInteger();
    private final Counter accepted;
    private final Map<Refusal, Counter> refused = new EnumMap<>(Refusal.class);
    private final Counter spent;
    private final Counter malformed;
    private final Counter overloaded;
    private final Counter cut;
    private final Http2Meters http2;

    public ConnectionMeters(MeterRegistry registry, LimitsConfig limits) {
        this.registry = registry;
        this.limits = limits;
        http2 = new Http2Meters(registry);
        gauge(OPEN, "Client connections open now", "connections", open::get);
        gauge(LIMIT, "Client connections that may be open at once", "connections", () -> this.limits.connections());
        gauge(
                MOST_LIMIT,
                "Connections that one client address may have open at once",
                "connections",
                () -> this.limits.connectionsPerAddress());
        accepted = counter(ACCEPTED, "Client connections accepted", "connections");
        for (Refusal reason : Refusal.values()) {
            refused.put(
                    reason,
                    Counter.builder(REFUSED)
                            .description("Client connections closed before anything was asked, by reason")
                            .baseUnit("connections")
                            .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        spent = counter(
                SPENT,
                "Client connections closed because they had carried as many requests as they may",
                "connections");
        malformed = counter(
                MALFORMED, "Requests refused because they were malformed, too large or too slow to arrive", "requests");
        overloaded = counter(BUFFERED_REFUSED, "Requests refused because too much waited in memory", "requests");
        cut = counter(
                BUFFERED_CUT,
                "Client connections cut because they did not take what waited for them while too much did",
                "connections");
    }

    /** Tells other limits from now on. */
    public void limits(LimitsConfig now) {
        limits = now;
    }

    private void gauge(String name, String description, String unit, IntSupplier value) {
        Gauge.builder(name, value, IntSupplier::getAsInt)
                .description(description)
                .baseUnit(unit)
                .strongReference(true)
                .register(registry);
    }

    private Counter counter(String name, String description, String unit) {
        return Counter.builder(name).description(description).baseUnit(unit).register(registry);
    }

    /** Registers what can be said of clients by their address; the suppliers are read from any thread. */
    public void watchClients(IntSupplier clients, IntSupplier most) {
        gauge(CLIENTS, "Client addresses with an open connection, trusted proxies left out", "clients", clients);
        gauge(MOST, "Connections of the client address that has most of them", "connections", most);
    }

    /** Registers what waits in memory, and how much of it may; the supplier is read from any thread. */
    public void watchBuffered(LongSupplier bytes, long limit) {
        Gauge.builder(BUFFERED, bytes, LongSupplier::getAsLong)
                .description("Bytes that wait in memory for clients, for upstreams, and to be understood")
                .baseUnit("bytes")
                .strongReference(true)
                .register(registry);
        Gauge.builder(BUFFERED_LIMIT, () -> limit)
                .description("Bytes beyond which requests are refused")
                .baseUnit("bytes")
                .register(registry);
    }

    /** Registers the memory into which connections are read; the supplier is read from any thread. */
    public void watchReads(LongSupplier bytes) {
        Gauge.builder(READ_BUFFERS, bytes, LongSupplier::getAsLong)
                .description("Bytes of the buffers into which connections are read, with io_uring")
                .baseUnit("bytes")
                .strongReference(true)
                .register(registry);
    }

    /** Those that speak HTTP/2. */
    public Http2Meters http2() {
        return http2;
    }

    public void accepted() {
        open.incrementAndGet();
        accepted.increment();
    }

    public void closed() {
        open.decrementAndGet();
    }

    public void refused(Refusal reason) {
        Objects.requireNonNull(refused.get(reason)).increment();
    }

    /** A connection has carried its last request. */
    public void spent() {
        spent.increment();
    }

    public void malformed() {
        malformed.increment();
    }

    /** A request found too much waiting in memory. */
    public void overloaded() {
        overloaded.increment();
    }

    /** A client did not take what waited for it. */
    public void cut() {
        cut.increment();
    }
}
