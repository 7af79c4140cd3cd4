package io.sessiongate.config;

import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Durations and sizes as they are written in a configuration. */
final class Quantities {

    private static final Pattern FORM = Pattern.compile("([0-9]{1,9})([A-Za-z]{1,3})");
    private static final Map<String, Duration> DURATIONS = Map.of(
            "ms",
            Duration.ofMillis(1),
            "s",
            Duration.ofSeconds(1),
            "m",
            Duration.ofMinutes(1),
            "h",
            Duration.ofHours(1),
            "d",
            Duration.ofDays(1));
    private static final Map<String, Long> SIZES = Map.of(
            "B",
            1L,
            "KB",
            1000L,
            "KiB",
            1L << 10,
            "MB",
            1_000_000L,
            "MiB",
            1L << 20,
            "GB",
            1_000_000_000L,
            "GiB",
            1L << 30);

    private Quantities() {}

    /** {@code 500ms}, {@code 10s}, {@code 5m}, {@code 1h}. */
    static Duration duration(String text) {
        return read(text, DURATIONS, Duration::multipliedBy);
    }

    /** Bytes of {@code 512B}, {@code 8KB}, {@code 64KiB}, {@code 1MiB}. */
    static long bytes(String text) {
        return read(text, SIZES, (unit, count) -> unit * count);
    }

    private static <T> T read(String text, Map<String, T> units, BiFunction<T, Long, T> times) {
        Matcher form = FORM.matcher(text);
        @Nullable T unit = form.matches() ? units.get(form.group(2)) : null;
        if (unit == null) {
            throw new IllegalArgumentException("not a number with a unit");
        }
        return times.apply(unit, Long.parseLong(form.group(1)));
    }

    /** Shortest exact form, for messages: {@code 90s}, {@code 5m}. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        for (String unit : new String[] {"h", "m", "s"}) {
            long unitMillis = Objects.requireNonNull(DURATIONS.get(unit)).toMillis();
            if (millis > 0 && millis % unitMillis == 0) {
                return millis / unitMillis + unit;
            }
        }
        return millis == 0 ? "0s" : millis + "ms";
    }
}
