package io.sessiongate.app.status;

import io.sessiongate.config.AttributeColumn;
import io.sessiongate.config.CheckConfig;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.RenewConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.config.UnknownConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What is shown of where a realm's sessions live. Stateless. */
final class SessionReport {

    private SessionReport() {}

    static Shown of(Shown shown, SessionConfig session) {
        database(shown, session);
        lookup(shown, session.lookup());
        check(shown, session.check());
        shown.duration("query-timeout", session.queryTimeout())
                .number("max-waiting", session.maxWaiting())
                .number("cache-size", session.cacheSize())
                .flag("close-at-expiry", session.closeAtExpiry())
                .name("revocations.channel", session.revocations().channel())
                .name("revocations.header", session.revocations().header());
        @Nullable DatabaseConfig listenOn = session.revocations().listenOn();
        if (listenOn != null) {
            shown.name("revocations.listen-on", place(listenOn));
        }
        writes(shown, session);
        return shown;
    }

    private static void database(Shown shown, SessionConfig session) {
        DatabaseConfig database = session.database();
        shown.name("database", place(database))
                .secret("database (user and password)", true)
                .number("connection_limit", database.connectionLimit())
                .duration("pool_timeout", database.poolTimeout())
                .duration("connect_timeout", database.connectTimeout())
                .word("sslmode", database.tls().mode())
                .flag("pgbouncer", database.pgbouncer())
                .names(
                        "replicas",
                        session.replicas().stream().map(SessionReport::place).toList());
        if (!session.replicas().isEmpty()) {
            shown.duration("max-lag", session.maxLag());
        }
    }

    /** Where it is; who logs in there, with what, and further options are nobody's business. */
    private static String place(DatabaseConfig database) {
        return database.host() + ":" + database.port() + "/" + database.database();
    }

    /** An own query is not shown: its author may have written anything into it. */
    private static void lookup(Shown shown, Lookup lookup) {
        if (lookup instanceof Lookup.Table table) {
            table(shown, table);
        } else if (lookup instanceof Lookup.Version version) {
            shown.name("version.table", name(version.table()))
                    .name("version.id", version.id())
                    .name("version.column", version.column())
                    .name("version.claim", version.claim())
                    .name("version.disabled", version.disabled())
                    .name("columns.roles", column(version.roles()));
        } else if (lookup instanceof Lookup.Denylist denylist) {
            shown.name("denylist.table", name(denylist.table()))
                    .name("denylist.id", denylist.id())
                    .name("denylist.claim", denylist.claim());
        } else {
            shown.name("query", "an own one");
        }
        shown.names(
                "attributes",
                lookup.attributes().entrySet().stream()
                        .map(attribute -> attribute.getKey() + ": " + column(attribute.getValue()))
                        .toList());
    }

    private static void table(Shown shown, Lookup.Table table) {
        shown.name("table", name(table.table()))
                .name("columns.id", table.id())
                .name("columns.subject", table.subject())
                .name("columns.expires", table.expires())
                .name("columns.revoked", table.revoked())
                .name("columns.roles", column(table.roles()));
        Lookup.@Nullable Users users = table.users();
        if (users == null) {
            shown.name("users", null);
        } else {
            shown.name("users.table", name(users.table()))
                    .name("users.id", users.id())
                    .name("users.disabled", users.disabled());
        }
    }

    private static String name(List<String> parts) {
        return String.join(".", parts);
    }

    private static @Nullable String column(@Nullable AttributeColumn column) {
        return column == null ? null : column.ofUser() ? "users." + column.column() : column.column();
    }

    private static void check(Shown shown, CheckConfig check) {
        shown.duration("check.revalidate-after", check.revalidateAfter())
                .duration("check.revalidate-after-while-listening", check.revalidateAfterWhileListening())
                .duration("check.refresh-ahead", check.refreshAhead())
                .duration("check.expiring-within", check.expiringWithin())
                .duration("check.revalidate-expiring-after", check.revalidateExpiringAfter())
                .duration("check.serve-stale-for", check.serveStaleFor());
    }

    /** What the gateway writes, and what strangers may cost; of those kinds of session that have it. */
    private static void writes(Shown shown, SessionConfig session) {
        SessionConfig.@Nullable Touch touch = session.touch();
        if (touch != null) {
            shown.name("touch.column", touch.column()).duration("touch.every", touch.every());
        }
        @Nullable RenewConfig renew = session.renew();
        if (renew != null) {
            shown.duration("renew.max-age", renew.maxAge())
                    .duration("renew.update-age", renew.updateAge())
                    .name("renew.domain", renew.domain())
                    .name("renew.same-site", renew.sameSite())
                    .flag("renew.secure", renew.secure());
        }
        @Nullable UnknownConfig unknown = session.unknown();
        if (unknown != null) {
            shown.duration("unknown.remember-for", unknown.rememberFor())
                    .number("unknown.remembered", unknown.remembered())
                    .number("unknown.burst", unknown.burst())
                    .number("unknown.per-second", unknown.perSecond());
        }
    }
}
