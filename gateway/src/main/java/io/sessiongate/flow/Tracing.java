package io.sessiongate.flow;

import io.sessiongate.config.TracingConfig;
import io.sessiongate.http.FieldName;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Places every request in a trace and decides whether it is exported. Whoever is not believed begins a new trace and has no
 * say in its sampling; whoever is believed about the trace has one only as a trusted proxy, where the configuration grants it.
 * Thread-safe; made where tracing is on only.
 */
public final class Tracing {

    private final TracingConfig config;
    private final RequestSpans spans;

    /** Tells gateways and restarts apart, as in {@link RequestIds}; chance does the rest. */
    private final long instance = new SecureRandom().nextLong();

    public Tracing(TracingConfig config, Spans spans, InstantSource clock, LongSupplier nanoTime) {
        this.config = config;
        this.spans = new RequestSpans(spans, clock, nanoTime);
    }

    /** Gives the request its trace, unless it has one. */
    void begin(Request request, boolean trustedProxy) {
        if (request.trace != null) {
            return;
        }
        boolean believed = trustedProxy || config.trust() == TracingConfig.Trust.EVERYONE;
        @Nullable TraceParent caller = believed ? caller(request) : null;
        // By a chance of our own: a client that can choose the id could choose one that is always sampled.
        boolean proxyDecides = trustedProxy && config.sampling() == TracingConfig.Sampling.PARENT;
        boolean sampled = (proxyDecides && caller != null)
                ? caller.sampled()
                : ThreadLocalRandom.current().nextDouble() < config.sample();
        TraceParent parent = caller == null ? new TraceParent(id(), id(), 0, 0) : caller;
        request.trace = new Trace(parent, caller != null, sampled, id(), id());
    }

    /** Section 3.2.1 knows one field; of several nobody can say which is right. */
    private static @Nullable TraceParent caller(Request request) {
        FieldName name = Trace.PARENT;
        if (!request.head().contains(name)) {
            return null;
        }
        List<String> values = request.head().all(name);
        return values.size() == 1 ? TraceParent.parse(values.get(0)) : null;
    }

    /** Unique but not secret; never zero. */
    private long id() {
        long id = ThreadLocalRandom.current().nextLong() ^ instance;
        return id == 0 ? 1 : id;
    }

    void completed(Request request, Completion completion) {
        @Nullable Trace trace = request.trace;
        if (trace != null && trace.sampled) {
            spans.write(request, trace, completion);
        }
    }
}
