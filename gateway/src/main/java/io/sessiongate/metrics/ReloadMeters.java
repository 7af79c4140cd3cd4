package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** What came of loading the configuration again. Safe on any thread; registered at the start. */
public final class ReloadMeters {

    static final String RELOADS = "sessiongate.reloads";
    static final String LOADED = "sessiongate.config.loaded";
    static final String FAILED = "sessiongate.reload.failed";

    /** What came of one. */
    public enum Result {
        /** It holds. */
        APPLIED,
        /** It says what holds already. */
        UNCHANGED,
        /** It is not valid; the former one holds. */
        INVALID,
        /** It could not be put to use; the former one holds. */
        FAILED
    }

    private final Map<Result, Counter> reloads = new EnumMap<>(Result.class);
    private volatile long loadedEpochSecond;
    private volatile boolean failed;

    /** {@code loaded}: when the configuration was loaded that holds now. */
    public ReloadMeters(MeterRegistry registry, Instant loaded) {
        this.loadedEpochSecond = loaded.getEpochSecond();
        for (Result result : Result.values()) {
            reloads.put(
                    result,
                    Counter.builder(RELOADS)
                            .description("Times that the configuration was loaded again, by what came of it")
                            .tag("result", result.name().toLowerCase(Locale.ROOT))
                            .register(registry));
        }
        Gauge.builder(LOADED, () -> loadedEpochSecond)
                .description("When the configuration was loaded that holds now, in seconds since 1970")
                .baseUnit("seconds")
                .strongReference(true)
                .register(registry);
        Gauge.builder(FAILED, () -> failed ? 1 : 0)
                .description(
                        "1 where what was loaded last is not valid or could not be put to use, and the one before holds")
                .strongReference(true)
                .register(registry);
    }

    /** One is over. */
    public void reloaded(Result result, Instant at) {
        Objects.requireNonNull(reloads.get(result)).increment();
        failed = result == Result.INVALID || result == Result.FAILED;
        if (result == Result.APPLIED) {
            loadedEpochSecond = at.getEpochSecond();
        }
    }
}
