package io.sessiongate.app.doctor;

import io.sessiongate.app.doctor.DatabaseView.Refused;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.session.PostgresConsole;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The statement of a check: its columns, and what PostgreSQL would do for it. */
final class LookupChecks {

    /** A table up to this size is read whole sooner than by an index, and that is right. */
    private static final long TINY_BYTES = 128 * 1024;

    private static final double MANY_ROWS = 10;
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final DatabaseView view;
    private final Lookup lookup;
    private PostgresConsole.@Nullable Look look;
    private final Set<String> relations = new LinkedHashSet<>();

    LookupChecks(DatabaseView view, Lookup lookup) {
        this.view = view;
        this.lookup = lookup;
    }

    /** Names of the tables that the statement reads; empty until its plan was seen. */
    Set<String> relations() {
        return relations;
    }

    Seen columns() throws Refused, InterruptedException {
        PostgresConsole.Look seen = view.look(lookup);
        look = seen;
        List<String> names = List.copyOf(lookup.attributes().keySet());
        List<String> columns = new ArrayList<>();
        for (Map.Entry<String, String> column : seen.columns().entrySet()) {
            String name = column.getKey();
            String shown = name.startsWith("attribute_")
                    ? names.get(Integer.parseInt(name.substring("attribute_".length())))
                    : name.equals("known_user") ? "user" : name;
            columns.add(shown + " " + column.getValue().toLowerCase(Locale.ROOT));
        }
        return Seen.ok(String.join(", ", columns));
    }

    Seen plan() throws Refused, InterruptedException {
        PostgresConsole.Look seen = look;
        if (seen == null) {
            return Seen.skipped("the columns are not right", null);
        }
        Object one = switch (seen.parameterType()) {
            case "uuid[]" -> new UUID[] {new UUID(0, 0)};
            case "bigint[]" -> new Long[] {0L};
            default -> new String[] {"sessiongate-doctor"};
        };
        JsonNode usual = explain(seen.sql(), one);
        scans(usual, relations, false);
        Set<String> unindexed = new LinkedHashSet<>();
        // What is still read whole when PostgreSQL is asked not to has no index that would do.
        scans(explainWithoutSequentialScans(seen.sql(), one), unindexed, true);
        double rows = usual.path("Plan Rows").asDouble();
        if (!unindexed.isEmpty()) {
            return unindexed(unindexed);
        }
        Set<String> whole = new LinkedHashSet<>();
        scans(usual, whole, true);
        if (rows > MANY_ROWS) {
            return Seen.warn(
                    "PostgreSQL expects " + Math.round(rows) + " rows for one id",
                    "make the id unique, or run ANALYZE on the table");
        }
        for (String relation : whole) {
            if (bytes(relation) > TINY_BYTES) {
                return Seen.warn(
                        relation + " has an index, and PostgreSQL reads it whole", "run ANALYZE on " + relation);
            }
        }
        return isUnique()
                ? Seen.ok("by index" + (whole.isEmpty() ? "" : " once there are more rows") + ", one row expected")
                : Seen.warn(
                        "by index, which does not keep ids unique: of a session with two rows that differ nothing is believed",
                        "make it a unique index");
    }

    /** A partitioned table's unique index has to hold the partition key too; and of a query the plan has to do. */
    private boolean isUnique() throws Refused, InterruptedException {
        String id = lookup instanceof Lookup.Denylist ? null : idColumn();
        if (id == null || relations.isEmpty()) {
            return true;
        }
        return Boolean.parseBoolean(view.value("""
                select (c.relkind = 'p' or exists (
                  select from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                  where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null
                    and i.indnkeyatts = 1 and a.attname = $2::text))::text
                from pg_class c where c.oid = to_regclass($1::text)""", relations.iterator().next(), id));
    }

    private Seen unindexed(Set<String> relations) throws Refused, InterruptedException {
        long bytes = 0;
        for (String relation : relations) {
            bytes = Math.max(bytes, bytes(relation));
        }
        String saw = "no index: every check reads all of " + String.join(", ", relations);
        String id = idColumn();
        String column = id == null ? "the column compared with $1" : id;
        String fix = "create an index on " + column
                + (lookup instanceof Lookup.Table table && table.users() != null
                        ? ", and one on " + table.users().id() + " of the users"
                        : "");
        return bytes > TINY_BYTES ? Seen.fail(saw, fix) : Seen.warn(saw + ", which is small yet", fix);
    }

    /** Null where somebody else's statement knows. */
    private @Nullable String idColumn() {
        if (lookup instanceof Lookup.Table table) {
            return table.id();
        }
        if (lookup instanceof Lookup.Version version) {
            return version.id();
        }
        return lookup instanceof Lookup.Denylist denylist ? denylist.id() : null;
    }

    private long bytes(String relation) throws Refused, InterruptedException {
        String bytes = view.value("select coalesce(pg_relation_size(to_regclass($1::text)), 0)", relation);
        return bytes.isEmpty() ? 0 : Long.parseLong(bytes);
    }

    private JsonNode explain(String sql, Object ids) throws Refused, InterruptedException {
        return JSON.readTree(view.value("explain (verbose, format json) " + sql, ids))
                .path(0)
                .path("Plan");
    }

    /** In a transaction, so that the setting is gone with it and no other client of a pooler inherits it. */
    private JsonNode explainWithoutSequentialScans(String sql, Object ids) throws Refused, InterruptedException {
        view.rows("begin read only");
        try {
            view.rows("set local enable_seqscan = off");
            return explain(sql, ids);
        } finally {
            view.rows("rollback");
        }
    }

    /** The relations that the plan reads, quoted and qualified; those alone that it reads whole, if so wished. */
    private static void scans(JsonNode node, Set<String> relations, boolean onlyWhole) {
        JsonNode relation = node.path("Relation Name");
        if (!relation.isMissingNode()
                && (!onlyWhole || node.path("Node Type").asString().equals("Seq Scan"))) {
            relations.add(quoted(node.path("Schema").asString()) + "." + quoted(relation.asString()));
        }
        for (JsonNode inner : node.path("Plans")) {
            scans(inner, relations, onlyWhole);
        }
    }

    private static String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }
}
