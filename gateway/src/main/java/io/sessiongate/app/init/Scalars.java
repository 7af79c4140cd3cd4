package io.sessiongate.app.init;

import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Writes names and texts such that YAML, and then the configuration, reads them back as they are. */
final class Scalars {

    private Scalars() {}

    /** A name of PostgreSQL. */
    static String name(String name) {
        return isPlain(name) ? name : text(sql(name));
    }

    /** A name with the schema's before it. */
    static String names(String... names) {
        String joined = Stream.of(names).map(Scalars::sql).collect(Collectors.joining("."));
        return joined.indexOf('"') < 0 ? joined : text(joined);
    }

    /** Any text, in double quotes. */
    static String text(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        text.codePoints().forEach(c -> {
            if (c == '"' || c == '\\') {
                quoted.append('\\').appendCodePoint(c);
            } else if (c < ' ' || c == 0x7f) {
                quoted.append(String.format("\\x%02x", c));
            } else {
                quoted.appendCodePoint(c);
            }
        });
        return quoted.append('"').toString();
    }

    private static String sql(String name) {
        return isPlain(name) ? name : '"' + name.replace("\"", "\"\"") + '"';
    }

    /** Letters, digits and underscores, and nothing that YAML takes for something else than a text. */
    private static boolean isPlain(String name) {
        boolean isWord = !name.isEmpty()
                && name.chars().allMatch(c -> c == '_' || (c < 0x7f && Character.isLetterOrDigit(c)))
                && !Character.isDigit(name.charAt(0));
        return isWord && !name.matches("(?i)true|false|null|yes|no|on|off|y|n");
    }
}
