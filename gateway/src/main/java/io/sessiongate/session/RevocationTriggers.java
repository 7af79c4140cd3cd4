package io.sessiongate.session;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The function and the triggers of one table, as SQL. The triggers are statement-level ones, with transition tables where
 * PostgreSQL has them: one call a statement, however many rows. TRUNCATE has none and is asked before it happens.
 */
final class RevocationTriggers {

    private final String table;
    private final String name;
    private final String function;
    private final String definition;
    private final List<Event> events;
    private final String triggers;

    /** What a trigger is called for, and the tables it then has. */
    enum Event {
        INSERT("after insert", "referencing new table as new_rows "),
        DELETE("after delete", "referencing old table as old_rows "),
        UPDATE("after update", "referencing old table as old_rows new table as new_rows "),
        TRUNCATE("before truncate", "");

        private final String when;
        private final String transition;

        Event(String when, String transition) {
            this.when = when;
            this.transition = transition;
        }
    }

    /** What the function does. */
    interface Body {
        List<Event> events();

        /** The text, in PL/pgSQL. */
        String text(String channel);
    }

    /**
     * @param kind of the rows: part of the names
     * @param table as SQL
     */
    RevocationTriggers(String kind, String realm, List<String> table, String channel, Body body) {
        this.table = sql(table);
        // PostgreSQL cuts names at 63 bytes, and a realm's may be longer.
        this.name =
                "sessiongate_" + kind + "_" + sha256(realm + '\0' + this.table).substring(0, 8);
        // Beside the table, where whoever may create triggers on it can usually create functions.
        this.function = sql(table.size() > 1 ? List.of(table.get(0), name) : List.of(name)) + "()";
        this.definition = define(body.text(channel));
        this.events = body.events();
        this.triggers = events.stream().map(this::trigger).collect(Collectors.joining());
    }

    private static String sql(List<String> parts) {
        return String.join(".", parts.stream().map(PgLookup::quoted).toList());
    }

    /**
     * The function runs as whoever ends the session and needs no right of theirs but to what the statement itself needs. Its
     * settings keep it from finding anything of theirs in place of PostgreSQL's own, and from a plan made for one row when
     * there are 100,000: in a nested loop that takes minutes.
     */
    private String define(String body) {
        String quote = "$sessiongate$";
        for (int i = 1; body.contains(quote); i++) {
            quote = "$sessiongate" + i + "$";
        }
        return "create or replace function " + function + " returns trigger\n"
                + "language plpgsql\n"
                + "set search_path = pg_catalog, pg_temp\n"
                + "set enable_nestloop = off\n"
                + "as " + quote + "\n" + body + quote + ";\n";
    }

    private String trigger(Event event) {
        String trigger = PgLookup.quoted(triggerName(event));
        return "drop trigger if exists " + trigger + " on " + table + ";\n"
                + "create trigger " + trigger + " " + event.when + " on " + table + "\n  " + event.transition
                + "for each statement execute function " + function + ";\n";
    }

    private String triggerName(Event event) {
        return name + "_" + event.name().toLowerCase(Locale.ROOT);
    }

    String install() {
        return "\n" + definition + "comment on function " + function + " is "
                + RevocationBody.literal(expected().comment()) + ";\n" + triggers;
    }

    String uninstall() {
        StringBuilder sql = new StringBuilder();
        expected()
                .triggers()
                .forEach(trigger -> sql.append("drop trigger if exists ")
                        .append(PgLookup.quoted(trigger))
                        .append(" on ")
                        .append(table)
                        .append(";\n"));
        return sql + "drop function if exists " + function + ";\n";
    }

    RevocationSql.Expected expected() {
        return new RevocationSql.Expected(
                table,
                RevocationSql.COMMENT + sha256(definition + triggers).substring(0, 16),
                events.stream().map(this::triggerName).toList());
    }

    private static String sha256(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
