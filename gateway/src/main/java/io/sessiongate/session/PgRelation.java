package io.sessiongate.session;

import io.sessiongate.config.AttributeColumn;
import io.sessiongate.config.SessionConfig.Lookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Where the rows of a {@linkplain PgLookup lookup} come from, with the columns' names made ours: {@code id}, {@code subject},
 * {@code expires}, {@code revoked} and so on.
 *
 * @param schema of unqualified tables; null leaves it to the search path
 */
record PgRelation(@Nullable String schema) {

    PgLookup of(Lookup lookup) {
        if (lookup instanceof Lookup.Table table) {
            return table(table);
        }
        if (lookup instanceof Lookup.Version version) {
            return version(version);
        }
        if (lookup instanceof Lookup.Denylist denylist) {
            return denylist(denylist);
        }
        Lookup.Query query = (Lookup.Query) lookup;
        String relation = "(\n" + withoutEnd(query.sql()) + "\n)";
        List<String> attributes = lookup.attributes().values().stream()
                .map(AttributeColumn::column)
                .toList();
        return new PgLookup(
                "select * from " + relation + " s limit 0",
                PgForm.QUERY,
                relation,
                "",
                attributes,
                query.needsSubject());
    }

    private PgLookup table(Lookup.Table table) {
        String id = "t." + PgLookup.quoted(table.id());
        StringBuilder select = new StringBuilder("select ").append(id).append(" as id");
        column(select, "t", table.subject(), "subject");
        column(select, "t", table.expires(), "expires");
        column(select, "t", table.revoked(), "revoked");
        column(select, table.roles(), "roles");
        List<String> attributes = attributes(select, table.attributes());
        Lookup.Users users = table.users();
        if (users != null) {
            column(select, "u", users.id(), "known_user");
            column(select, "u", users.disabled(), "disabled");
        }
        select.append(" from ").append(qualified(table.table())).append(" t");
        String subject = table.subject();
        if (users != null && subject != null) {
            select.append(" left join ")
                    .append(qualified(users.table()))
                    .append(" u on u.")
                    .append(PgLookup.quoted(users.id()))
                    .append(" = t.")
                    .append(PgLookup.quoted(subject));
        }
        return new PgLookup(select + " limit 0", PgForm.TABLE, select.toString(), id, attributes, false);
    }

    /** The subject is not compared: it is what the row was found by. */
    private PgLookup version(Lookup.Version version) {
        String id = "t." + PgLookup.quoted(version.id());
        StringBuilder select = new StringBuilder("select ").append(id).append(" as id");
        column(select, "t", version.column(), "version");
        column(select, "t", version.disabled(), "disabled");
        column(select, version.roles(), "roles");
        List<String> attributes = attributes(select, version.attributes());
        select.append(" from ").append(qualified(version.table())).append(" t");
        return new PgLookup(select + " limit 0", PgForm.VERSION, select.toString(), id, attributes, false);
    }

    private PgLookup denylist(Lookup.Denylist denylist) {
        String id = "t." + PgLookup.quoted(denylist.id());
        String select = "select " + id + " as id from " + qualified(denylist.table()) + " t";
        return new PgLookup(select + " limit 0", PgForm.DENYLIST, select, id, List.of(), false);
    }

    private static List<String> attributes(StringBuilder select, Map<String, AttributeColumn> wanted) {
        List<String> attributes = new ArrayList<>();
        for (AttributeColumn attribute : wanted.values()) {
            String as = "attribute_" + attributes.size();
            column(select, attribute, as);
            attributes.add(as);
        }
        return attributes;
    }

    /** The name as SQL. */
    String qualified(List<String> parts) {
        String name = parts.stream().map(PgLookup::quoted).collect(Collectors.joining("."));
        return schema == null || parts.size() > 1 ? name : PgLookup.quoted(schema) + "." + name;
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
                    .append(PgLookup.quoted(column))
                    .append(" as ")
                    .append(as);
        }
    }

    private static String withoutEnd(String sql) {
        String rest = sql.strip();
        while (rest.endsWith(";")) {
            rest = rest.substring(0, rest.length() - 1).stripTrailing();
        }
        return rest;
    }
}
