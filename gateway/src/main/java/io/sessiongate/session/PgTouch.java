package io.sessiongate.session;

import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.config.SessionConfig.Touch;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The SQL that writes when sessions were last used. One statement for a batch, which waits for no row: one that somebody else
 * has locked is left out, so that batches of several gateways never wait for each other, or for ever.
 *
 * <p>A row that was touched within half of the interval, or in what a clock calls the future, is left as it is: another gateway has done it. So of a session that is
 * used all the time the column is behind by at most one and a half intervals, however many gateways there are.
 *
 * @param probe statement that shows the columns' types
 */
record PgTouch(String probe, String table, String id, String column, long leastAgeMillis) implements PgWrite {

    static PgTouch of(Lookup.Table table, Touch touch, @Nullable String schema) {
        String qualified = new PgRelation(schema).qualified(table.table());
        String id = PgLookup.quoted(table.id());
        String column = PgLookup.quoted(touch.column());
        return new PgTouch(
                "select " + id + " as id, " + column + " as touched from " + qualified + " limit 0",
                qualified,
                id,
                column,
                halfOf(touch.every()));
    }

    private static long halfOf(Duration every) {
        return every.toMillis() / 2;
    }

    @Override
    public Statement statement(Map<String, String> types) throws PgLookup.Unusable {
        String idType = types.getOrDefault("id", "");
        PgIdType ids = PgLookup.idType(idType);
        if (ids == null) {
            throw new PgLookup.Unusable("the id column is of type " + idType.toLowerCase(Locale.ROOT));
        }
        // UTC where the column has no time zone, as what reads it expects there.
        String now = switch (types.getOrDefault("touched", "")) {
            case "TIMESTAMP" -> "clock_timestamp() at time zone 'utc'";
            case "TIMESTAMPTZ" -> "clock_timestamp()";
            default ->
                throw new PgLookup.Unusable("the touch column is of type "
                        + types.getOrDefault("touched", "").toLowerCase(Locale.ROOT)
                        + "; timestamp (written in UTC) or timestamptz would do");
        };
        String sql = "update " + table + " t set " + column + " = " + now + " from (\n"
                + "select s." + id + " as id from " + table + " s where s." + id + " = any(" + PgLookup.array(idType)
                + ")\nand (s." + column + " is null or s." + column + " < " + now + " - interval '" + leastAgeMillis
                + " milliseconds')\nfor no key update of s skip locked) d where t." + id + " = d.id";
        return new Statement(sql, ids);
    }
}
