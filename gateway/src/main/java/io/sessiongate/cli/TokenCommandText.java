package io.sessiongate.cli;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** How a stranger's names and values become lines for a terminal. */
final class TokenCommandText {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** Applications put these into an encrypted cookie just because nobody else can read it. */
    private static final List<String> CREDENTIALS =
            List.of("token", "secret", "password", "passwd", "apikey", "credential");

    private TokenCommandText() {}

    static String line(String name, @Nullable Object value) {
        String quoted = printable(JSON.writeValueAsString(name));
        return quoted.substring(1, quoted.length() - 1) + ": " + printable(JSON.writeValueAsString(value));
    }

    /** The same without what may be a credential for something else. */
    static String maskedLine(String name, @Nullable Object value) {
        return line(name, masked(name, value));
    }

    private static @Nullable Object masked(String name, @Nullable Object value) {
        if (value instanceof Map<?, ?> members) {
            var copy = new java.util.LinkedHashMap<String, @Nullable Object>();
            members.forEach((key, inner) -> copy.put(String.valueOf(key), masked(String.valueOf(key), inner)));
            return copy;
        }
        if (value instanceof List<?> elements) {
            return elements.stream().map(element -> masked(name, element)).toList();
        }
        String plain = name.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
        boolean credential = CREDENTIALS.stream().anyMatch(plain::contains);
        return value instanceof String text && credential && !text.isEmpty()
                ? "*** (" + text.length() + " characters)"
                : value;
    }

    /** A stranger's text must not command the terminal, nor turn the direction of the line. */
    static String printable(String json) {
        var safe = new StringBuilder(json.length());
        json.codePoints().forEach(c -> {
            boolean plain = !Character.isISOControl(c)
                    && Character.getType(c) != Character.FORMAT
                    && Character.getType(c) != Character.SURROGATE
                    && Character.getType(c) != Character.LINE_SEPARATOR
                    && Character.getType(c) != Character.PARAGRAPH_SEPARATOR;
            if (plain) {
                safe.appendCodePoint(c);
            } else {
                safe.append(String.format(Locale.ROOT, "\\u%04x", c));
            }
        });
        return safe.toString();
    }
}
