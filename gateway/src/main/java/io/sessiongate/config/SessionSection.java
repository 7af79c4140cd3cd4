package io.sessiongate.config;

import io.sessiongate.config.SessionConfig.Lookup;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code realms.<name>.session}. */
final class SessionSection {

    private static final Pattern FIRST_PARAMETER = Pattern.compile("\\$1(?![0-9])");
    private static final Pattern OTHER_PARAMETER = Pattern.compile("\\$([02-9]|1[0-9])");

    private final Section section;

    private SessionSection(Section section) {
        this.section = section;
    }

    /** Null, with errors reported, when there is no usable database or lookup. */
    static @Nullable SessionConfig read(Section section) {
        return new SessionSection(section).read();
    }

    private @Nullable SessionConfig read() {
        @Nullable DatabaseConfig database = database();
        @Nullable Lookup lookup = lookup();
        CheckConfig check = check(section.section("check"));
        Duration queryTimeout = section.duration("query-timeout");
        int maxWaiting = section.number("max-waiting");
        int cacheSize = section.number("cache-size");
        return database == null || lookup == null
                ? null
                : new SessionConfig(database, lookup, check, queryTimeout, maxWaiting, cacheSize);
    }

    private @Nullable DatabaseConfig database() {
        @Nullable DatabaseConfig database = section.parsed("database", text -> {
            DatabaseUrl.Result result = DatabaseUrl.parse(text, section.source().directory());
            if (result instanceof DatabaseUrl.Bad bad) {
                throw new IllegalArgumentException(bad.why());
            }
            return ((DatabaseUrl.Ok) result).config();
        });
        if (database != null) {
            database.warnings().forEach(warning -> section.warn("database", warning));
        }
        return database;
    }

    private @Nullable Lookup lookup() {
        if (section.has("table") && section.has("query")) {
            section.error("query", "both a table and a query; expected one of them");
        } else if (section.has("query")) {
            if (section.has("columns")) {
                section.error("columns", "a query names its own columns; remove this key");
            }
            @Nullable String sql = section.parsed("query", SessionSection::query);
            return sql == null ? null : new Lookup.Query(sql);
        } else if (!section.has("table")) {
            section.error("table", "missing; expected the table of sessions, such as sessions, or a `query`");
        }
        return table();
    }

    private @Nullable Lookup table() {
        Section columns = section.section("columns");
        var table = section.parsed("table", SqlName::table);
        @Nullable String id = columns.parsed("id", SqlName::column);
        @Nullable String subject = columns.parsed("subject", SqlName::column);
        @Nullable String expires = columns.parsed("expires", SqlName::column);
        @Nullable String revoked = columns.parsed("revoked", SqlName::column);
        return table == null || id == null ? null : new Lookup.Table(table, id, subject, expires, revoked);
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

    private CheckConfig check(Section check) {
        var config = new CheckConfig(
                check.duration("revalidate-after"),
                check.duration("expiring-within"),
                check.duration("revalidate-expiring-after"),
                check.duration("refresh-ahead"),
                check.duration("serve-stale-for"));
        if (check.usable("revalidate-after")) {
            if (config.refreshAhead().compareTo(config.revalidateAfter()) >= 0) {
                tooLong(check, "refresh-ahead", config.refreshAhead(), "shorter than", config.revalidateAfter());
            }
            if (config.revalidateExpiringAfter().compareTo(config.revalidateAfter()) > 0) {
                tooLong(
                        check,
                        "revalidate-expiring-after",
                        config.revalidateExpiringAfter(),
                        "at most",
                        config.revalidateAfter());
            }
        }
        return config;
    }

    private static void tooLong(Section check, String key, Duration value, String bound, Duration limit) {
        String shown = check.has(key) ? check.shown(key) : "the default of " + Quantities.text(value);
        String shownLimit = check.has("revalidate-after")
                ? check.shown("revalidate-after")
                : "its default of " + Quantities.text(limit);
        check.error(key, shown + " is too long; expected " + bound + " revalidate-after, " + shownLimit);
    }
}
