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

    private final Section section;

    private LookupSection(Section section) {
        this.section = section;
    }

    /** Null, with errors reported, when there is no usable table or query. */
    static @Nullable Lookup read(Section section) {
        return new LookupSection(section).read();
    }

    private @Nullable Lookup read() {
        if (section.has("table") && section.has("query")) {
            section.error("query", "both a table and a query; expected one of them");
        } else if (section.has("query")) {
            return query();
        } else if (!section.has("table")) {
            section.error("table", "missing; expected the table of sessions, such as sessions, or a `query`");
        }
        return table();
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
        return sql == null ? null : new Lookup.Query(sql, attributes);
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
