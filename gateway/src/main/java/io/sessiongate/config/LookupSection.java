package io.sessiongate.config;

import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.config.SessionConfig.Lookup.Users;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads how a batch of session ids becomes SQL: a table with columns, or a query, and what they bring along. */
final class LookupSection {

    private static final Pattern FIRST_PARAMETER = Pattern.compile("\\$1(?![0-9])");
    private static final Pattern OTHER_PARAMETER = Pattern.compile("\\$([02-9]|1[0-9])");
    private static final String OF_USERS = "users.";
    private static final List<String> FORMS = List.of("table", "query", "version", "denylist");

    private final Section section;
    private final boolean opaque;

    private LookupSection(Section section, boolean opaque) {
        this.section = section;
        this.opaque = opaque;
    }

    /**
     * Null, with errors reported, when there is no usable table or query.
     *
     * @param opaque whether tokens are nothing but session ids
     */
    static @Nullable Lookup read(Section section, boolean opaque) {
        return new LookupSection(section, opaque).read();
    }

    private @Nullable Lookup read() {
        List<String> forms = FORMS.stream().filter(section::has).toList();
        if (forms.size() > 1) {
            section.error(forms.get(1), "both a " + forms.get(0) + " and a " + forms.get(1) + "; expected one of them");
        } else if (section.has("query")) {
            return query();
        } else if (opaque && (section.has("version") || section.has("denylist"))) {
            section.error(
                    forms.get(0), "an opaque token has no claims; expected the `table` of sessions, or a `query`");
            return null;
        } else if (section.has("version")) {
            return version(section.section("version"));
        } else if (section.has("denylist")) {
            return denylist(section.section("denylist"));
        } else if (!section.has("table")) {
            section.error(
                    "table",
                    "missing; expected the table of sessions, such as sessions, or one of `query`, `version`, `denylist`");
        }
        return table();
    }

    private Lookup.@Nullable Version version(Section version) {
        onlyWithTable("users", "the user's row is that of session.version, which may have `disabled`; remove this key");
        onlyWithTable("touch", "only with a table: there is no session to write to");
        Section columns = section.section("columns");
        for (String key : columns.names()) {
            if (!key.equals("roles")) {
                columns.error(key, "only with a table; session.version names its own columns");
            }
        }
        @Nullable List<String> table = version.parsed("table", SqlName::table);
        @Nullable String id = version.parsed("id", SqlName::column);
        @Nullable String column = version.parsed("column", SqlName::column);
        @Nullable String disabled = version.parsed("disabled", SqlName::column);
        // The one table there is, whether its columns are said to be the user's or not.
        @Nullable AttributeColumn roles = columns.parsed("roles", text -> column(text, true));
        Map<String, AttributeColumn> attributes = attributes(true);
        return table == null || id == null || column == null
                ? null
                : new Lookup.Version(
                        table, id, column, version.text("claim"), disabled, ofOneTable(roles), ofOneTable(attributes));
    }

    private static @Nullable AttributeColumn ofOneTable(@Nullable AttributeColumn column) {
        return column == null ? null : new AttributeColumn(column.column(), false);
    }

    private static Map<String, AttributeColumn> ofOneTable(Map<String, AttributeColumn> attributes) {
        Map<String, AttributeColumn> columns = new LinkedHashMap<>();
        attributes.forEach((name, column) -> columns.put(name, new AttributeColumn(column.column(), false)));
        return columns;
    }

    private Lookup.@Nullable Denylist denylist(Section denylist) {
        for (String key : List.of("columns", "users", "touch", "attributes")) {
            onlyWithTable(key, "only with a table; a list of revoked tokens says nothing of the others");
        }
        @Nullable List<String> table = denylist.parsed("table", SqlName::table);
        @Nullable String id = denylist.parsed("id", SqlName::column);
        return table == null || id == null ? null : new Lookup.Denylist(table, id, denylist.text("claim"));
    }

    private void onlyWithTable(String key, String message) {
        if (section.has(key)) {
            section.error(key, message);
        }
    }

    private @Nullable Lookup query() {
        for (String key : List.of("columns", "users", "touch")) {
            if (section.has(key)) {
                section.error(
                        key,
                        key.equals("columns")
                                ? "a query names its own columns; remove this key"
                                : "only with a table; with a query "
                                        + (key.equals("users") ? "join it there" : "there is nothing to write to"));
            }
        }
        @Nullable String sql = section.parsed("query", LookupSection::query);
        Map<String, AttributeColumn> attributes = attributes(false);
        return sql == null ? null : new Lookup.Query(sql, attributes, opaque);
    }

    private @Nullable Lookup table() {
        Section columns = section.section("columns");
        var table = section.parsed("table", SqlName::table);
        @Nullable String id = columns.parsed("id", SqlName::column);
        @Nullable String subject = columns.parsed("subject", SqlName::column);
        @Nullable String expires = columns.parsed("expires", SqlName::column);
        @Nullable String revoked = columns.parsed("revoked", SqlName::column);
        @Nullable Users users = section.has("users") ? users(section.section("users")) : null;
        if (section.has("users") && !columns.has("subject")) {
            section.error("users", "joined by columns.subject, which is missing");
        }
        if (opaque && !columns.has("subject")) {
            columns.error(
                    "subject", "missing; an opaque token does not say whose it is, expected a column such as userId");
        }
        @Nullable AttributeColumn roles = columns.parsed("roles", text -> column(text, section.has("users")));
        Map<String, AttributeColumn> attributes = attributes(section.has("users"));
        return table == null || id == null
                ? null
                : new Lookup.Table(table, id, subject, expires, revoked, roles, users, attributes);
    }

    private static @Nullable Users users(Section users) {
        @Nullable List<String> table = users.parsed("table", SqlName::table);
        @Nullable String id = users.parsed("id", SqlName::column);
        @Nullable String disabled = users.parsed("disabled", SqlName::column);
        return table == null || id == null ? null : new Users(table, id, disabled);
    }

    private Map<String, AttributeColumn> attributes(boolean users) {
        Section attributes = section.section("attributes");
        Map<String, AttributeColumn> columns = new LinkedHashMap<>();
        for (String name : attributes.names()) {
            @Nullable AttributeColumn column = attributes.parsed(name, text -> column(text, users));
            if (column != null) {
                columns.put(name, column);
            }
        }
        return columns;
    }

    private static AttributeColumn column(String text, boolean users) {
        if (!text.startsWith(OF_USERS)) {
            return new AttributeColumn(SqlName.column(text), false);
        }
        if (!users) {
            throw new IllegalArgumentException(
                    "there is no table of users; expected a column of the session, or `users`" + " beside the table");
        }
        return new AttributeColumn(SqlName.column(text.substring(OF_USERS.length())), true);
    }

    private static String query(String text) {
        String sql = text.strip().replaceFirst(";\\z", "");
        if (!FIRST_PARAMETER.matcher(sql).find()) {
            throw new IllegalArgumentException("has no $1, the array of session ids; expected … WHERE id = ANY($1)");
        }
        if (OTHER_PARAMETER.matcher(sql).find()) {
            throw new IllegalArgumentException("has more parameters than $1, the array of session ids");
        }
        return sql;
    }
}
