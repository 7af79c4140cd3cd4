package io.sessiongate.session;

import io.sessiongate.config.RenewConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The SQL that prolongs sessions as Auth.js does: to {@code max-age} from now, once {@code update-age} of it has passed (its
 * {@code packages/core/src/lib/actions/session.ts}: {@code expires - maxAge + updateAge <= now}). By the database's clock.
 *
 * <p>Of rows alone that are live and due, whatever was thought when this was wanted: what has ended is not brought back, and as only
 * what ends sooner than a new one is written nothing is ever shortened. A row that somebody else has locked is left out.
 *
 * @param probe statement that shows the columns' types
 */
record PgRenewal(
        String probe,
        String table,
        String id,
        String expires,
        @Nullable String revoked,
        long maxAgeMillis,
        long dueWithinMillis)
        implements PgWrite {

    static PgRenewal of(Lookup.Table table, RenewConfig renew, @Nullable String schema) {
        String qualified = new PgRelation(schema).qualified(table.table());
        String id = PgLookup.quoted(table.id());
        String expires = PgLookup.quoted(Objects.requireNonNull(table.expires()));
        String revoked = table.revoked() == null ? null : PgLookup.quoted(table.revoked());
        String probe = "select " + id + " as id, " + expires + " as expires"
                + (revoked == null ? "" : ", " + revoked + " as revoked") + " from " + qualified + " limit 0";
        return new PgRenewal(
                probe,
                qualified,
                id,
                expires,
                revoked,
                renew.maxAge().toMillis(),
                renew.dueWithin().toMillis());
    }

    @Override
    public Statement statement(Map<String, String> types) throws PgLookup.Unusable {
        String idType = types.getOrDefault("id", "");
        PgIdType ids = PgLookup.idType(idType);
        if (ids == null) {
            throw new PgLookup.Unusable("the id column is of type " + idType.toLowerCase(Locale.ROOT));
        }
        // UTC where the column has no time zone, as what reads it expects there.
        String now = switch (types.getOrDefault("expires", "")) {
            case "TIMESTAMP" -> "clock_timestamp() at time zone 'utc'";
            case "TIMESTAMPTZ" -> "clock_timestamp()";
            default ->
                throw new PgLookup.Unusable("the expires column is of type "
                        + types.getOrDefault("expires", "").toLowerCase(Locale.ROOT)
                        + "; timestamp (written in UTC) or timestamptz would do");
        };
        String sql = "update " + table + " t set " + expires + " = " + now + " + interval '" + maxAgeMillis
                + " milliseconds' from (\nselect s." + id + " as id from " + table + " s where s." + id + " = any("
                + PgLookup.array(idType) + ")\nand s." + expires + " > " + now + " and s." + expires + " <= " + now
                + " + interval '" + dueWithinMillis + " milliseconds'" + notRevoked(types)
                + "\nfor no key update of s skip locked) d where t." + id + " = d.id";
        return new Statement(sql, ids);
    }

    /** As {@link PgLookup} reads it, which has refused every other type. */
    private String notRevoked(Map<String, String> types) {
        if (revoked == null) {
            return "";
        }
        boolean flag = "BOOL".equals(types.get("revoked"));
        return " and s." + revoked + (flag ? " is not true" : " is null");
    }
}
