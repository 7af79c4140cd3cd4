package io.sessiongate.session;

import io.sessiongate.config.SessionConfig.Lookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The SQL of a lookup. All its forms come down to one statement with one parameter and seven columns: id as text,
 * subject as text, milliseconds remaining, whether revoked, roles as text[], whether these are a list and not one text with
 * several in it, attributes as text[]. That of {@link PgForm#VERSION} has the version as text besides.
 *
 * <p>Time is the database's and never the connection's time zone: {@code extract(epoch from …)} takes a {@code timestamp}
 * as UTC, which is what Prisma and most others store there, and a {@code timestamptz} as the instant it is; a comparison
 * with {@code now()} would read the first in the server's zone.
 *
 * @param attributes the columns of the attributes as the relation names them, in their order
 * @param needsSubject whether a session is nobody's without one, as the token has none
 */
record PgLookup(
        String probe, PgForm form, String relation, String idColumn, List<String> attributes, boolean needsSubject) {

    /** Longest attribute that is taken along, in characters; a longer one counts as missing. */
    static final int LONGEST_ATTRIBUTE = 4096;

    /** What the server says about the columns cannot be worked with; the message says what would be right. */
    static final class Unusable extends Exception {
        private static final long serialVersionUID = 1L;

        Unusable(String message) {
            super(message);
        }
    }

    /**
     * The statement that checks a batch.
     *
     * @param parameter what the ids are bound as
     * @param ids which ids can exist, and how the server spells them
     * @param form what a row says
     */
    record Check(String sql, PgIdType parameter, PgIdType ids, PgForm form) {}

    private static final Map<String, PgIdType> ID_TYPES = Map.of(
            "TEXT", PgIdType.TEXT,
            "VARCHAR", PgIdType.TEXT,
            "BPCHAR", PgIdType.TEXT,
            "UUID", PgIdType.UUID,
            "INT2", PgIdType.BIGINT,
            "INT4", PgIdType.BIGINT,
            "INT8", PgIdType.BIGINT);
    private static final Set<String> INSTANTS = Set.of("TIMESTAMP", "TIMESTAMPTZ");

    /**
     * Prepares the lookup.
     *
     * @param schema of an unqualified table; null leaves it to the search path
     */
    static PgLookup of(Lookup lookup, @Nullable String schema) {
        return new PgRelation(schema).of(lookup);
    }

    /** Whether the statement is ours, and the parameter's type follows from a column. */
    boolean isTable() {
        return form != PgForm.QUERY;
    }

    /**
     * The statement for columns of these types.
     *
     * @param parameter what {@code $1} of a query takes; a table's follows from its column
     * @param types the driver's names of the types, by column name, of what {@link #probe} returns
     */
    Check check(PgIdType parameter, Map<String, String> types) throws Unusable {
        String idType = types.get("id");
        if (idType == null) {
            throw new Unusable("the session query returns no column named id; it returns "
                    + types.keySet().stream().sorted().collect(Collectors.joining(", ")));
        }
        if (needsSubject && !types.containsKey("subject")) {
            throw new Unusable(
                    "the session query returns no column named subject, and an opaque token has none; it returns "
                            + types.keySet().stream().sorted().collect(Collectors.joining(", ")));
        }
        PgIdType ofColumn = ID_TYPES.get(idType);
        if (isTable() && ofColumn == null) {
            throw new Unusable(
                    "the id column is of type " + idType.toLowerCase(java.util.Locale.ROOT)
                            + "; text, varchar, char, uuid, smallint, integer or bigint would do, or a query instead of a table");
        }
        PgIdType bound = isTable() && ofColumn != null ? ofColumn : parameter;
        PgIdType ids = bound != PgIdType.TEXT || ofColumn == null ? bound : ofColumn;
        String from =
                isTable() ? "(\n" + relation + " where " + idColumn + " = any(" + array(idType) + ")\n)" : relation;
        String sql = "select s.id::text, " + subject(types) + ", " + remainingMillis(types) + ", " + isOver(types)
                + ", " + roles(types) + ", " + attributes(types) + version(types) + "\nfrom " + from + " s";
        return new Check(sql, bound, ids, form);
    }

    /** What ids of a column of this type are bound as, or null where it cannot be one. */
    static @Nullable PgIdType idType(String columnType) {
        return ID_TYPES.get(columnType);
    }

    /** The parameter {@code $1} as an array for a column of this type. */
    static String array(String idType) {
        return switch (idType) {
            case "UUID" -> "$1::uuid[]";
            case "INT2", "INT4", "INT8" -> "$1::int8[]";
            // Compared as char, so that the column's index is used.
            case "BPCHAR" -> "$1::text[]::bpchar[]";
            default -> "$1::text[]";
        };
    }

    private static String subject(Map<String, String> types) {
        return types.containsKey("subject") ? "s.subject::text" : "null::text";
    }

    private static String remainingMillis(Map<String, String> types) throws Unusable {
        String type = types.get("expires");
        if (type == null) {
            return "null::float8";
        }
        if (!INSTANTS.contains(type)) {
            throw new Unusable("the expires column is of type " + type.toLowerCase(java.util.Locale.ROOT)
                    + "; timestamp (read as UTC) or timestamptz would do");
        }
        // As float8, which has infinity as timestamps do.
        return "((extract(epoch from s.expires) - extract(epoch from clock_timestamp())) * 1000)::float8";
    }

    /** Compared here as the text it has there: a claim that is a number is the same as one that is its text. */
    private String version(Map<String, String> types) throws Unusable {
        if (form != PgForm.VERSION) {
            return "";
        }
        String type = types.getOrDefault("version", "");
        if (!ID_TYPES.containsKey(type)) {
            throw new Unusable("the version column is of type " + type.toLowerCase(java.util.Locale.ROOT)
                    + "; smallint, integer, bigint, text, varchar, char or uuid would do");
        }
        return ", s.version::text";
    }

    /** Revoked by itself, or by what became of its user. */
    private String isOver(Map<String, String> types) throws Unusable {
        if (form == PgForm.DENYLIST) {
            return "true";
        }
        List<String> reasons = new ArrayList<>();
        String revoked = isSet(types, "revoked");
        if (revoked != null) {
            reasons.add(revoked);
        }
        if (isTable() && types.containsKey("known_user")) {
            reasons.add("s.known_user is null");
        }
        String disabled = isTable() ? isSet(types, "disabled") : null;
        if (disabled != null) {
            reasons.add(disabled);
        }
        return reasons.isEmpty() ? "false" : "(" + String.join(" or ", reasons) + ")";
    }

    private static @Nullable String isSet(Map<String, String> types, String column) throws Unusable {
        String type = types.get(column);
        if (type == null) {
            return null;
        }
        if (type.equals("BOOL")) {
            return "s." + column + " is true";
        }
        if (INSTANTS.contains(type)) {
            return "s." + column + " is not null";
        }
        throw new Unusable("the " + column + " column is of type " + type.toLowerCase(java.util.Locale.ROOT)
                + "; boolean, timestamp or timestamptz would do");
    }

    /** An array's elements one by one, also those of an enumeration; anything else as its text, to be split here. */
    private static String roles(Map<String, String> types) {
        if (!types.containsKey("roles")) {
            return "null::text[], false";
        }
        String isList = "pg_typeof(s.roles)::text like '%[]'";
        // Never null: a column without a value says that there are no roles, not that the token's count.
        return "case when " + isList + " then coalesce(s.roles::text::text[], '{}') else array[s.roles::text] end, "
                + isList;
    }

    private String attributes(Map<String, String> types) throws Unusable {
        if (attributes.isEmpty()) {
            return "null::text[]";
        }
        List<String> values = new ArrayList<>();
        for (String column : attributes) {
            if (!types.containsKey(column)) {
                throw new Unusable(
                        "the session query returns no column named " + column + ", which an attribute names");
            }
            String text = "s." + quoted(column) + "::text";
            values.add("case when length(" + text + ") <= " + LONGEST_ATTRIBUTE + " then " + text + " end");
        }
        return "array[" + String.join(", ", values) + "]";
    }

    /** The identifier, quoted: no name can be more than a name (PostgreSQL documentation, 4.1.1). */
    static String quoted(String identifier) {
        return '"' + identifier.replace("\"", "\"\"") + '"';
    }

    /** Kinds a query's parameter is tried as, the likely first. */
    static List<PgIdType> parameterCandidates() {
        return List.of(PgIdType.TEXT, PgIdType.UUID, PgIdType.BIGINT);
    }
}
