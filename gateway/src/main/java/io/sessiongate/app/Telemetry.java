package io.sessiongate.app;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.netty4.NettyAllocatorMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.netty.util.internal.PlatformDependent;

/** The registry of all meters, with those of the JVM, of Netty's memory and of the log's queue. */
final class Telemetry {

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();

    private Telemetry() {}

    static Telemetry start() {
        Telemetry telemetry = new Telemetry();
        telemetry.bind();
        return telemetry;
    }

    private void bind() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        collections.bindTo(registry);
        if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider metered) {
            new NettyAllocatorMetrics(metered).bindTo(registry);
        }
        Gauge.builder("sessiongate.netty.direct.memory", PlatformDependent::usedDirectMemory)
                .description("Direct memory that Netty has reserved; -1 where the JVM does not tell")
                .baseUnit("bytes")
                .register(registry);
        Gauge.builder("sessiongate.netty.direct.memory.limit", PlatformDependent::maxDirectMemory)
                .description("Direct memory that Netty may reserve")
                .baseUnit("bytes")
                .register(registry);
        FunctionCounter.builder("sessiongate.log.dropped", this, telemetry -> Logging.dropped())
                .description("Log lines dropped because their queue was full")
                .register(registry);
    }

    MeterRegistry registry() {
        return registry;
    }

    /** All meters in the text form of Prometheus. */
    String scrape() {
        return registry.scrape();
    }

    void close() {
        collections.close();
        registry.close();
    }
}
