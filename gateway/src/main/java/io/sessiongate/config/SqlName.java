package io.sessiongate.config;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of tables and columns as written in a configuration: {@code sessions}, {@code auth.sessions},
 * {@code auth."Session"}. Every part is taken literally, letter case included, because it will be quoted; quotation marks
 * only let a part hold dots and spaces.
 */
public final class SqlName {

    /** PostgreSQL cuts longer names off without a word (NAMEDATALEN). */
    private static final int MAX_BYTES = 63;

    private static final Pattern PART = Pattern.compile("\"((?:[^\"\\x00]|\"\"){1,200})\"|([^\\s.\"'\\x00]{1,200})");

    private SqlName() {}

    /** One or two parts: {@code [schema.]table}. */
    public static List<String> table(String text) {
        List<String> parts = parts(text);
        if (parts.size() > 2) {
            throw new IllegalArgumentException("more than two parts; expected table or schema.table");
        }
        return parts;
    }

    public static String column(String text) {
        List<String> parts = parts(text);
        if (parts.size() > 1) {
            throw new IllegalArgumentException("more than one part; expected a column's name without its table");
        }
        return parts.get(0);
    }

    private static List<String> parts(String text) {
        var parts = new ArrayList<String>();
        Matcher part = PART.matcher(text);
        int at = 0;
        while (part.find(at) && part.start() == at) {
            String name = part.group(2) != null ? part.group(2) : part.group(1).replace("\"\"", "\"");
            if (name.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
                throw new IllegalArgumentException("longer than PostgreSQL's " + MAX_BYTES + " bytes for a name");
            }
            parts.add(name);
            if (part.end() == text.length()) {
                return parts;
            }
            if (text.charAt(part.end()) != '.') {
                break;
            }
            at = part.end() + 1;
        }
        throw new IllegalArgumentException("not a name; expected one such as sessions or auth.\"Session\"");
    }
}
