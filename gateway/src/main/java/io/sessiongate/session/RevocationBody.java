package io.sessiongate.session;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the function of a table's triggers does: compares what the statement found with what it left, and notifies of the rows
 * that were live and are not any more, and of those that say something else now. Of nothing else, because a transaction that
 * notifies takes a lock of the whole database as it commits.
 *
 * <p>Columns are compared and cast such that each type {@link PgLookup} takes is read as it reads it: {@code date_part} takes a
 * {@code timestamp} as UTC whatever the server's time zone, and a boolean that is true shows as {@code true}, as a time that
 * is set shows as itself. As text, even types without an equality of their own (json) can be compared.
 *
 * @param ended letter of what ended
 * @param changed letter of what is to be asked about
 * @param expires column, or null where rows do not expire
 * @param revoked column that is set or true once the row does not count any more, or null
 * @param subject column whose change ends the row for whom it belonged to, or null
 * @param watched other columns whose change is told
 * @param version column that with the id makes what ended: a row with another version is another one; or null
 */
record RevocationBody(
        char ended,
        char changed,
        String id,
        @Nullable String expires,
        @Nullable String revoked,
        @Nullable String subject,
        List<String> watched,
        @Nullable String version)
        implements RevocationTriggers.Body {

    /** Of rows that are one by their id alone. */
    RevocationBody(
            char ended,
            char changed,
            String id,
            @Nullable String expires,
            @Nullable String revoked,
            @Nullable String subject,
            List<String> watched) {
        this(ended, changed, id, expires, revoked, subject, watched, null);
    }

    /** Hashes of 64 digits and a comma each: 7,802 bytes of the 7,999 that a payload may have. */
    static final int IN_A_PAYLOAD = 120;

    /** An expiry that moves less than this to earlier is the difference of two servers' clocks, each prolonging. */
    private static final String SHORTENED_BY = "interval '60 s'";

    @Override
    public List<RevocationTriggers.Event> events() {
        return List.of(
                RevocationTriggers.Event.DELETE, RevocationTriggers.Event.UPDATE, RevocationTriggers.Event.TRUNCATE);
    }

    @Override
    public String text(String channel) {
        return """
                #variable_conflict use_variable
                declare
                  moment double precision := date_part('epoch', clock_timestamp());
                  ended text[];
                  changed text[];
                begin
                  if tg_op = 'DELETE' then
                    select array_agg(%1$s) into ended
                    from old_rows o
                    where %2$s;
                  elsif tg_op = 'UPDATE' then
                    select array_agg(hash) filter (where gone), array_agg(hash) filter (where not gone) into ended, changed
                    from (
                      select %1$s as hash,
                        %3$s as gone
                      from old_rows o
                      left join new_rows n on %4$s
                        and %5$s
                      where %2$s
                        and (%6$s)
                    ) said;
                  else
                    execute %7$s || tg_relid::regclass::text || %8$s into ended using moment;
                  end if;
                  if ended is not null or changed is not null then
                    perform pg_notify(%9$s, letter || ':' || string_agg(hash, ',' order by nr))
                    from (
                      select '%10$s' as letter, hash, nr from unnest(ended) with ordinality as e(hash, nr)
                      union all
                      select '%11$s', hash, nr from unnest(changed) with ordinality as c(hash, nr)
                    ) said
                    group by letter, (nr - 1) / %12$d;
                  end if;
                  return null;
                exception when others then
                  -- A column was renamed, say. The application must be able to go on; the gateways learn that they were told nothing.
                  raise warning 'sessiongate was not told which sessions ended (SQLSTATE %%)', sqlstate
                    using hint = 'Run sessiongate doctor, then sessiongate install-revocations.';
                  perform pg_notify(%9$s, 'x:');
                  return null;
                end
                """.formatted(
                        hash(),
                        live("o", "moment"),
                        gone(),
                        same(),
                        live("n", "moment"),
                        String.join("\n        or ", told()),
                        literal("select array_agg(" + hash() + ") from "),
                        literal(" o where " + live("o", "$1")),
                        literal(channel),
                        ended,
                        changed,
                        IN_A_PAYLOAD);
    }

    /** Of what a token's session is called: as {@link PgForm#VERSION} reads it where there is a version. */
    private String hash() {
        String name = column("o", id) + "::text";
        return hash(version == null ? name : column("o", version) + "::text || ':' || " + name);
    }

    static String hash(String text) {
        return "encode(sha256(convert_to(" + text + ", 'UTF8')), 'hex')";
    }

    private String same() {
        String same = same(id);
        return version == null ? same : same + " and " + same(version);
    }

    private static String same(String column) {
        return column("n", column) + "::text = " + column("o", column) + "::text";
    }

    private String live(String row, String moment) {
        List<String> conditions = new ArrayList<>(3);
        if (version != null) {
            conditions.add(column(row, version) + " is not null");
        }
        if (expires != null) {
            conditions.add("coalesce(date_part('epoch', " + column(row, expires) + ") > " + moment + ", true)");
        }
        if (revoked != null) {
            conditions.add("coalesce(" + column(row, revoked) + "::text, 'false') = 'false'");
        }
        return conditions.isEmpty() ? "true" : String.join(" and ", conditions);
    }

    /** There is no such row any more that is live. One that belonged to nobody and now does was not taken from anybody. */
    private String gone() {
        String absent = column("n", id) + " is null";
        return subject == null
                ? absent
                : absent + " or (" + column("o", subject) + " is not null and " + differs(subject) + ")";
    }

    private List<String> told() {
        List<String> conditions = new ArrayList<>(watched.size() + 3);
        conditions.add(column("n", id) + " is null");
        if (subject != null) {
            conditions.add(differs(subject));
        }
        if (expires != null) {
            String before = column("o", expires);
            String now = column("n", expires);
            conditions.add("coalesce(" + now + " < " + before + " - " + SHORTENED_BY + ", " + before + " is null and "
                    + now + " is not null)");
        }
        watched.forEach(column -> conditions.add(differs(column)));
        return conditions;
    }

    private static String differs(String column) {
        return column("o", column) + "::text is distinct from " + column("n", column) + "::text";
    }

    private static String column(String row, String column) {
        return row + "." + PgLookup.quoted(column);
    }

    /** The text as a constant, whatever {@code standard_conforming_strings} says. */
    static String literal(String text) {
        String quoted = "'" + text.replace("'", "''") + "'";
        return text.indexOf('\\') < 0 ? quoted : "E" + quoted.replace("\\", "\\\\");
    }
}
