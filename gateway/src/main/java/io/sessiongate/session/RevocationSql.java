package io.sessiongate.session;

import io.sessiongate.config.AttributeColumn;
import io.sessiongate.config.SessionConfig.Lookup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The SQL by which PostgreSQL says of its own accord that a live session ended: a function and three statement-level triggers
 * on the table of sessions, and the same on the table of users where there is one; or what tells the same of a lookup without
 * sessions. Text only; docs/revocations.md says what is
 * sent and what it costs.
 *
 * <p>Names follow from the realm and the table alone, so that installing again replaces what was installed from an older
 * configuration. What the function does is summed up in a comment on it, by which {@code doctor} knows whether it is current.
 */
public final class RevocationSql {

    /** How every comment of ours on a function begins; the summary of what was installed follows. */
    public static final String COMMENT = "sessiongate revocations ";

    /** Waiting longer for the table would make everybody else wait behind us. */
    private static final String BEGIN = """
            begin;
            set local lock_timeout = '5s';
            set local client_min_messages = warning;
            """;

    private final List<RevocationTriggers> parts;

    /**
     * What should be found on one table.
     *
     * @param table its name as SQL, qualified where the configuration says how
     * @param comment on the function that all triggers call
     * @param triggers names of the triggers
     */
    public record Expected(String table, String comment, List<String> triggers) {}

    private RevocationSql(List<RevocationTriggers> parts) {
        this.parts = parts;
    }

    /**
     * Prepares the SQL.
     *
     * @param realm tells it from that of other realms with the same table
     * @param lookup any but a query, which does not say where sessions are
     * @param schema of unqualified tables; null leaves it to the search path
     */
    public static RevocationSql of(String realm, Lookup lookup, @Nullable String schema, String channel) {
        if (lookup instanceof Lookup.Version version) {
            return of(realm, version, schema, channel);
        }
        if (lookup instanceof Lookup.Denylist denylist) {
            return new RevocationSql(List.of(new RevocationTriggers(
                    "revoked", realm, qualified(denylist.table(), schema), channel, new DenylistBody(denylist.id()))));
        }
        if (lookup instanceof Lookup.Table table) {
            return of(realm, table, schema, channel);
        }
        throw new IllegalArgumentException("a query does not say where sessions are");
    }

    private static RevocationSql of(String realm, Lookup.Version lookup, @Nullable String schema, String channel) {
        TreeSet<String> watched = new TreeSet<>();
        lookup.attributes().values().forEach(attribute -> watched.add(attribute.column()));
        AttributeColumn roles = lookup.roles();
        if (roles != null) {
            watched.add(roles.column());
        }
        RevocationBody body = new RevocationBody(
                's', 'c', lookup.id(), null, lookup.disabled(), null, List.copyOf(watched), lookup.column());
        return new RevocationSql(
                List.of(new RevocationTriggers("versions", realm, qualified(lookup.table(), schema), channel, body)));
    }

    private static RevocationSql of(String realm, Lookup.Table lookup, @Nullable String schema, String channel) {
        List<RevocationTriggers> parts = new ArrayList<>(2);
        parts.add(new RevocationTriggers(
                "sessions",
                realm,
                qualified(lookup.table(), schema),
                channel,
                new RevocationBody(
                        's',
                        'c',
                        lookup.id(),
                        lookup.expires(),
                        lookup.revoked(),
                        lookup.subject(),
                        watched(lookup, false))));
        Lookup.Users users = lookup.users();
        if (users != null) {
            parts.add(new RevocationTriggers(
                    "users",
                    realm,
                    qualified(users.table(), schema),
                    channel,
                    new RevocationBody('u', 'd', users.id(), null, users.disabled(), null, watched(lookup, true))));
        }
        return new RevocationSql(List.copyOf(parts));
    }

    private static List<String> qualified(List<String> table, @Nullable String schema) {
        return schema == null || table.size() > 1 ? table : List.of(schema, table.get(0));
    }

    /** The columns whose values a check brings along; in a fixed order, so that the summary is one. */
    private static List<String> watched(Lookup.Table lookup, boolean ofUsers) {
        TreeSet<String> columns = new TreeSet<>();
        for (Map.Entry<String, AttributeColumn> attribute : lookup.attributes().entrySet()) {
            if (attribute.getValue().ofUser() == ofUsers) {
                columns.add(attribute.getValue().column());
            }
        }
        AttributeColumn roles = lookup.roles();
        if (roles != null && roles.ofUser() == ofUsers) {
            columns.add(roles.column());
        }
        return List.copyOf(columns);
    }

    /** One transaction that installs it, or brings an older installation up to date. */
    public String install() {
        StringBuilder sql = new StringBuilder("-- Tells Sessiongate when a live session ends. May be run again.\n");
        sql.append(BEGIN);
        parts.forEach(part -> sql.append(part.install()));
        return sql.append("commit;\n").toString();
    }

    /** One transaction that removes it; what is not there is passed over. */
    public String uninstall() {
        StringBuilder sql = new StringBuilder("-- Removes what tells Sessiongate when a live session ends.\n");
        sql.append(BEGIN);
        parts.forEach(part -> sql.append(part.uninstall()));
        return sql.append("commit;\n").toString();
    }

    /** What a database has in which this is installed and current, one a table. */
    public List<Expected> expected() {
        return parts.stream().map(RevocationTriggers::expected).toList();
    }
}
