package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.BaseUnits;
import java.util.function.IntSupplier;

/** Meters of the threads that check and make signatures. */
public final class CryptoMeters {

    static final String QUEUE_SIZE = "sessiongate.crypto.queue.size";
    static final String QUEUE_BOUND = "sessiongate.crypto.queue.bound";
    static final String REJECTED = "sessiongate.crypto.rejected";

    private final Counter rejected;
    private volatile IntSupplier queueSize = () -> 0;
    private volatile int queueBound;

    public CryptoMeters(MeterRegistry registry) {
        this.rejected = Counter.builder(REJECTED)
                .description("Signatures that were neither checked nor made as the queue was full")
                .baseUnit(BaseUnits.TASKS)
                .register(registry);
        Gauge.builder(QUEUE_SIZE, this, m -> m.queueSize.getAsInt())
                .description("Signatures that wait for a thread")
                .baseUnit(BaseUnits.TASKS)
                .strongReference(true)
                .register(registry);
        Gauge.builder(QUEUE_BOUND, this, m -> m.queueBound)
                .description("Signatures that may wait for a thread")
                .baseUnit(BaseUnits.TASKS)
                .strongReference(true)
                .register(registry);
    }

    /** Shows this queue from now on. */
    public void watchQueue(IntSupplier size, int bound) {
        this.queueSize = size;
        this.queueBound = bound;
    }

    public void rejected() {
        rejected.increment();
    }
}
