package io.sessiongate.app;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporterBuilder;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.common.export.RetryPolicy;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import io.opentelemetry.sdk.trace.export.BatchSpanProcessor;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.sessiongate.config.TracingConfig;
import io.sessiongate.flow.Span;
import io.sessiongate.flow.Spans;
import io.sessiongate.metrics.TracingMeters;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Spans on their way to a collector, by OTLP over HTTP: the one class that knows OpenTelemetry, and loaded with it where
 * tracing is on only. At most {@value #MAX_WAITING} spans wait or are on their way; further ones are dropped and counted. A
 * thread of the library's sends them in batches, each within the export's deadline. Thread-safe.
 */
final class SpanExport implements Spans {

    static final int MAX_WAITING = 4_096;
    private static final int BATCH = 512;
    private static final Duration DELAY = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(SpanExport.class);

    /** Kept, or its level would be forgotten. What it says at every export is said here once. */
    private static final java.util.logging.Logger LIBRARY = java.util.logging.Logger.getLogger("io.opentelemetry");

    private static final InstrumentationScopeInfo SCOPE = InstrumentationScopeInfo.create("io.sessiongate");

    private final TracingMeters meters;
    private final Resource resource;
    private final SpanExporter exporter;
    private final BatchSpanProcessor batches;
    private final AtomicInteger waiting = new AtomicInteger();

    /** Of the last export; on the threads that end exports, one after another. */
    private volatile boolean failing;

    private SpanExport(TracingConfig config, TracingMeters meters) {
        LIBRARY.setLevel(Level.OFF);
        this.meters = meters;
        meters.waiting(waiting::get);
        this.resource = Resource.getDefault()
                .merge(Resource.create(Attributes.of(AttributeKey.stringKey("service.name"), config.serviceName())));
        this.exporter = new Counted(otlp(config));
        this.batches = BatchSpanProcessor.builder(exporter)
                .setMaxQueueSize(MAX_WAITING)
                .setMaxExportBatchSize(BATCH)
                .setScheduleDelay(DELAY)
                .setExporterTimeout(config.timeout())
                .build();
    }

    static SpanExport start(TracingConfig config, TracingMeters meters) {
        return new SpanExport(config, meters);
    }

    private static SpanExporter otlp(TracingConfig config) {
        OtlpHttpSpanExporterBuilder builder = OtlpHttpSpanExporter.builder()
                .setEndpoint(config.endpoint().toString())
                .setTimeout(config.timeout())
                .setConnectTimeout(config.timeout())
                .setRetryPolicy(RetryPolicy.builder()
                        .setMaxAttempts(2)
                        .setInitialBackoff(DELAY)
                        .build());
        config.headers().forEach((name, value) -> builder.addHeader(name, value.reveal()));
        return builder.build();
    }

    @Override
    public void add(Span span) {
        // Room is taken here, so that the library's own queue, which is as long, never drops a span without a word.
        if (waiting.incrementAndGet() > MAX_WAITING) {
            waiting.decrementAndGet();
            meters.dropped();
            return;
        }
        batches.onEnd(new Ended(span, resource));
    }

    /** Sends what waits, for no longer than that, and ends. Blocks; not for an event loop. */
    void close(Duration bound) {
        batches.shutdown().join(bound.toMillis(), TimeUnit.MILLISECONDS);
        exporter.shutdown();
    }

    private void exported(int spans, boolean success) {
        waiting.addAndGet(-spans);
        if (success) {
            meters.exported(spans);
        } else {
            meters.failed(spans);
        }
        if (success == failing) {
            failing = !success;
            if (success) {
                LOG.info("Spans are exported again");
            } else {
                LOG.warn("Spans cannot be exported; said once until they can");
            }
        }
    }

    /** The exporter, with what became of every batch counted. */
    private final class Counted implements SpanExporter {

        private final SpanExporter to;

        Counted(SpanExporter to) {
            this.to = to;
        }

        @Override
        public CompletableResultCode export(Collection<SpanData> spans) {
            int count = spans.size();
            CompletableResultCode result = to.export(spans);
            return result.whenComplete(() -> exported(count, result.isSuccess()));
        }

        @Override
        public CompletableResultCode flush() {
            return to.flush();
        }

        @Override
        public CompletableResultCode shutdown() {
            return to.shutdown();
        }
    }

    /** A span as the library wants to see it. It was never one of the library's own: its ids had to be known before. */
    private static final class Ended implements ReadableSpan, SpanData {

        private final Span span;
        private final Resource resource;
        private final Attributes attributes;

        Ended(Span span, Resource resource) {
            this.span = span;
            this.resource = resource;
            AttributesBuilder builder = Attributes.builder();
            span.attributes().forEach((name, value) -> {
                if (value instanceof Long number) {
                    builder.put(name, number);
                } else {
                    builder.put(name, value.toString());
                }
            });
            this.attributes = builder.build();
        }

        @Override
        public SpanContext getSpanContext() {
            return SpanContext.create(span.traceId(), span.id(), TraceFlags.getSampled(), TraceState.getDefault());
        }

        @Override
        public SpanContext getParentSpanContext() {
            if (span.parentId().isEmpty()) {
                return SpanContext.getInvalid();
            }
            return span.remoteParent()
                    ? SpanContext.createFromRemoteParent(
                            span.traceId(), span.parentId(), TraceFlags.getSampled(), TraceState.getDefault())
                    : SpanContext.create(
                            span.traceId(), span.parentId(), TraceFlags.getSampled(), TraceState.getDefault());
        }

        @Override
        public String getName() {
            return span.name();
        }

        @Override
        public SpanKind getKind() {
            return switch (span.kind()) {
                case SERVER -> SpanKind.SERVER;
                case CLIENT -> SpanKind.CLIENT;
                case INTERNAL -> SpanKind.INTERNAL;
            };
        }

        @Override
        public StatusData getStatus() {
            return span.failed() ? StatusData.error() : StatusData.unset();
        }

        @Override
        public long getStartEpochNanos() {
            return span.startEpochNanos();
        }

        @Override
        public long getEndEpochNanos() {
            return span.endEpochNanos();
        }

        @Override
        public long getLatencyNanos() {
            return span.endEpochNanos() - span.startEpochNanos();
        }

        @Override
        public Attributes getAttributes() {
            return attributes;
        }

        @Override
        public <T> @Nullable T getAttribute(AttributeKey<T> key) {
            return attributes.get(key);
        }

        @Override
        public int getTotalAttributeCount() {
            return attributes.size();
        }

        @Override
        public List<EventData> getEvents() {
            return List.of();
        }

        @Override
        public int getTotalRecordedEvents() {
            return 0;
        }

        @Override
        public List<LinkData> getLinks() {
            return List.of();
        }

        @Override
        public int getTotalRecordedLinks() {
            return 0;
        }

        @Override
        public boolean hasEnded() {
            return true;
        }

        @Override
        public SpanData toSpanData() {
            return this;
        }

        @Override
        public Resource getResource() {
            return resource;
        }

        @Override
        public InstrumentationScopeInfo getInstrumentationScopeInfo() {
            return SCOPE;
        }

        /** What it was called before; both interfaces still ask for it. */
        @Override
        @SuppressWarnings("deprecation")
        public io.opentelemetry.sdk.common.InstrumentationLibraryInfo getInstrumentationLibraryInfo() {
            return io.opentelemetry.sdk.common.InstrumentationLibraryInfo.create(SCOPE.getName(), null);
        }
    }
}
