package io.sessiongate.app.init;

import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A table of the application.
 *
 * @param readable whether the role that looked may read it
 */
public record FoundTable(String schema, String name, boolean readable, List<FoundColumn> columns) {

    /**
     * A column.
     *
     * @param type as PostgreSQL spells it, such as {@code timestamp(3) without time zone}
     * @param leadsIndex whether an index begins with it
     */
    public record FoundColumn(String name, String type, boolean leadsIndex) {

        /** Whether it holds what a gateway can be asked about: text, a UUID or a whole number. */
        boolean isId() {
            return type.equals("text")
                    || type.equals("uuid")
                    || type.equals("integer")
                    || type.equals("bigint")
                    || type.startsWith("character");
        }

        boolean isTime() {
            return type.startsWith("timestamp");
        }

        boolean isWholeNumberOrText() {
            return isId() || type.equals("smallint");
        }
    }

    public FoundTable {
        columns = List.copyOf(columns);
    }

    /** The first of the columns that is called one of these, the earlier name preferred, or null. */
    @Nullable FoundColumn column(String... spellings) {
        for (String spelling : spellings) {
            for (FoundColumn column : columns) {
                if (plain(column.name()).equals(spelling)) {
                    return column;
                }
            }
        }
        return null;
    }

    String plainName() {
        return plain(name);
    }

    /** {@code sessionToken}, {@code session_token} and {@code SessionToken} are one name here. */
    static String plain(String name) {
        StringBuilder plain = new StringBuilder(name.length());
        name.toLowerCase(Locale.ROOT).chars().filter(Character::isLetterOrDigit).forEach(c -> plain.append((char) c));
        return plain.toString();
    }
}
