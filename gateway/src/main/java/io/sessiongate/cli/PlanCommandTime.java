package io.sessiongate.cli;

import java.time.Duration;
import java.util.List;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 2ms}, {@code 60s}, {@code 5m}, {@code 1h}, as in a configuration. */
final class PlanCommandTime implements ITypeConverter<Duration> {

    private record Unit(String name, Duration time) {}

    private static final List<Unit> UNITS = List.of(
            new Unit("ms", Duration.ofMillis(1)),
            new Unit("s", Duration.ofSeconds(1)),
            new Unit("m", Duration.ofMinutes(1)),
            new Unit("h", Duration.ofHours(1)));

    @Override
    public Duration convert(String text) {
        for (Unit unit : UNITS) {
            if (text.endsWith(unit.name())) {
                try {
                    int number = Integer.parseInt(
                            text.substring(0, text.length() - unit.name().length()));
                    return unit.time().multipliedBy(number);
                } catch (NumberFormatException e) {
                    // Another unit, or said below.
                }
            }
        }
        throw new TypeConversionException("'" + text + "' is no time such as 2ms, 60s, 5m or 1h");
    }
}
