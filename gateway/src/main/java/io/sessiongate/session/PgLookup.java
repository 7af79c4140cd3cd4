package io.sessiongate.session;

import io.sessiongate.config.AttributeColumn;
import io.sessiongate.config.SessionConfig.Lookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The SQL of a lookup. Table and query form come down to one statement with one parameter and seven columns: id as text,
 * subject as text, milliseconds remaining, whether revoked, roles as text[], whether these are a list and not one text with
 * several in it, attributes as text[].
 *
 * <p>Time is the database's and never the connection's time zone: {@code extract(epoch from …)} takes a {@code timestamp}
 * as UTC, which is what Prisma and most others store there, and a {@code timestamptz} as the instant it is; a comparison
 * with {@code now()} would read the first in the server's zone.
 *
 * @param attributes the columns of the attributes as the relation names them, in their order
 */
record PgLookup(String probe, boolean isTable, String relation, String idColumn, List<String> attributes) {

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
     */
    record Check(String sql, PgIdType parameter, PgIdType ids) {}

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
        if (lookup instanceof Lookup.Table table) {
            return of(table, schema);
        }
        String relation = "(\n" + withoutEnd(((Lookup.Query) lookup).sql()) + "\n)";
        List<String> attributes = lookup.attributes().values().stream()
                .map(AttributeColumn::column)
                .toList();
        return new PgLookup("select * from " + relation + " s limit 0", false, relation, "", attributes);
    }

    private static PgLookup of(Lookup.Table table, @Nullable String schema) {
        String id = "t." + quoted(table.id());
        StringBuilder select = new StringBuilder("select ").append(id).append(" as id");
        column(select, "t", table.subject(), "subject");
        column(select, "t", table.expires(), "expires");
        column(select, "t", table.revoked(), "revoked");
        column(select, table.roles(), "roles");
        List<String> attributes = new ArrayList<>();
        for (AttributeColumn attribute : table.attributes().values()) {
            String as = "attribute_" + attributes.size();
            column(select, attribute, as);
            attributes.add(as);
        }
        Lookup.Users users = table.users();
        if (users != null) {
            column(select, "u", users.id(), "known_user");
            column(select, "u", users.disabled(), "disabled");
        }
        select.append(" from ").append(qualified(table.table(), schema)).append(" t");
        String subject = table.subject();
        if (users != null && subject != null) {
            select.append(" left join ")
                    .append(qualified(users.table(), schema))
                    .append(" u on u.")
                    .append(quoted(users.id()))
                    .append(" = t.")
                    .append(quoted(subject));
        }
        return new PgLookup(select + " limit 0", true, select.toString(), id, attributes);
    }

    private static String qualified(List<String> parts, @Nullable String schema) {
        String name = parts.stream().map(PgLookup::quoted).collect(Collectors.joining("."));
        return schema == null || parts.size() > 1 ? name : quoted(schema) + "." + name;
    }

    private static void column(StringBuilder select, @Nullable AttributeColumn column, String as) {
        if (column != null) {
            column(select, column.ofUser() ? "u" : "t", column.column(), as);
        }
    }

    private static void column(StringBuilder select, String of, @Nullable String column, String as) {
        if (column != null) {
            select.append(", ")
                    .append(of)
                    .append('.')
                    .append(quoted(column))
                    .append(" as ")
                    .append(as);
        }
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
        PgIdType ofColumn = ID_TYPES.get(idType);
        if (isTable && ofColumn == null) {
            throw new Unusable(
                    "the id column is of type " + idType.toLowerCase(java.util.Locale.ROOT)
                            + "; text, varchar, char, uuid, smallint, integer or bigint would do, or a query instead of a table");
        }
        PgIdType bound = isTable && ofColumn != null ? ofColumn : parameter;
        PgIdType ids = bound != PgIdType.TEXT || ofColumn == null ? bound : ofColumn;
        String from = isTable ? "(\n" + relation + " where " + idColumn + " = any(" + array(idType) + ")\n)" : relation;
        String sql = "select s.id::text, " + subject(types) + ", " + remainingMillis(types) + ", " + isOver(types)
                + ", " + roles(types) + ", " + attributes(types) + "\nfrom " + from + " s";
        return new Check(sql, bound, ids);
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

    /** Revoked by itself, or by what became of its user. */
    private String isOver(Map<String, String> types) throws Unusable {
        List<String> reasons = new ArrayList<>();
        String revoked = isSet(types, "revoked");
        if (revoked != null) {
            reasons.add(revoked);
        }
        if (isTable && types.containsKey("known_user")) {
            reasons.add("s.known_user is null");
            String disabled = isSet(types, "disabled");
            if (disabled != null) {
                reasons.add(disabled);
            }
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

    private static String withoutEnd(String sql) {
        String rest = sql.strip();
        while (rest.endsWith(";")) {
            rest = rest.substring(0, rest.length() - 1).stripTrailing();
        }
        return rest;
    }
}
