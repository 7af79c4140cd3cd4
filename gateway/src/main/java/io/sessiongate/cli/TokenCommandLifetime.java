package io.sessiongate.cli;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code 30s}, {@code 15m}, {@code 12h}, {@code 7d}; with a minus in front, a time in the past. */
final class TokenCommandLifetime implements ITypeConverter<Duration> {

    @Override
    public Duration convert(String text) {
        try {
            long number = Integer.parseInt(text.substring(0, text.length() - 1));
            Duration time = ofUnit(text.charAt(text.length() - 1), number);
            if (time != null) {
                return time;
            }
        } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
            // Said below.
        }
        throw new TypeConversionException("'" + text + "' is no time such as 30s, 15m, 12h or 7d");
    }

    private static @Nullable Duration ofUnit(char unit, long number) {
        return switch (unit) {
            case 's' -> Duration.ofSeconds(number);
            case 'm' -> Duration.ofMinutes(number);
            case 'h' -> Duration.ofHours(number);
            case 'd' -> Duration.ofDays(number);
            default -> null;
        };
    }
}
