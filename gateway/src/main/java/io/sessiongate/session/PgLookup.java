package io.sessiongate.session;

import io.sessiongate.config.SessionConfig.Lookup;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The SQL of a lookup. Table and query form come down to one statement with one parameter and four columns: id as text,
 * subject as text, milliseconds remaining, whether revoked.
 *
 * <p>Time is the database's and never the connection's time zone: {@code extract(epoch from …)} takes a {@code timestamp}
 * as UTC, which is what Prisma and most others store there, and a {@code timestamptz} as the instant it is; a comparison
 * with {@code now()} would read the first in the server's zone.
 */
record PgLookup(String probe, boolean isTable, String relation, String idColumn) {

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
        return new PgLookup("select * from " + relation + " s limit 0", false, relation, "");
    }

    private static PgLookup of(Lookup.Table table, @Nullable String schema) {
        String name = table.table().stream().map(PgLookup::quoted).collect(Collectors.joining("."));
        String qualified = schema == null || table.table().size() > 1 ? name : quoted(schema) + "." + name;
        String id = "t." + quoted(table.id());
        StringBuilder select = new StringBuilder("select ").append(id).append(" as id");
        column(select, table.subject(), "subject");
        column(select, table.expires(), "expires");
        column(select, table.revoked(), "revoked");
        select.append(" from ").append(qualified).append(" t");
        return new PgLookup(select + " limit 0", true, select.toString(), id);
    }

    private static void column(StringBuilder select, @Nullable String column, String as) {
        if (column != null) {
            select.append(", t.").append(quoted(column)).append(" as ").append(as);
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
        String sql = "select s.id::text, " + subject(types) + ", " + remainingMillis(types) + ", " + revoked(types)
                + "\nfrom " + from + " s";
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

    private static String revoked(Map<String, String> types) throws Unusable {
        String type = types.get("revoked");
        if (type == null) {
            return "false";
        }
        if (type.equals("BOOL")) {
            return "s.revoked is true";
        }
        if (INSTANTS.contains(type)) {
            return "s.revoked is not null";
        }
        throw new Unusable("the revoked column is of type " + type.toLowerCase(java.util.Locale.ROOT)
                + "; boolean, timestamp or timestamptz would do");
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
