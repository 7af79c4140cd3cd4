package io.sessiongate.app.doctor;

import io.sessiongate.app.doctor.DatabaseView.Refused;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.session.RevocationSql;
import io.sessiongate.session.RevocationSql.Expected;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Whether a revocation is pushed: the triggers that tell of it, and the connection that hears it. */
final class RevocationChecks {

    private static final String TRIGGERS = """
            select t.tgname, t.tgenabled::text, obj_description(t.tgfoid, 'pg_proc'),
              (position($1::text in p.prosrc) > 0)::text
            from pg_trigger t join pg_proc p on p.oid = t.tgfoid
            where not t.tgisinternal and obj_description(t.tgfoid, 'pg_proc') like '""" + RevocationSql.COMMENT + "%'";

    private final RealmConfig realm;
    private final String install;

    RevocationChecks(RealmConfig realm) {
        this.realm = realm;
        this.install = "sessiongate install-revocations --realm " + realm.name() + " --apply";
    }

    Seen triggers(DatabaseView view) throws Refused, InterruptedException {
        String channel = realm.session().revocations().channel();
        if (channel == null) {
            return Seen.skipped(
                    "revocations.channel is not set: the next check finds a revoked session, not before",
                    "set it, then " + install);
        }
        String told = "pg_notify('" + channel + "'";
        Lookup lookup = realm.session().lookup();
        if (lookup instanceof Lookup.Query) {
            return anyTriggers(view, channel, told);
        }
        RevocationSql sql =
                RevocationSql.of(realm.name(), lookup, view.database().schema(), channel);
        List<String> installed = new ArrayList<>();
        for (Expected expected : sql.expected()) {
            List<List<@Nullable String>> found =
                    view.rows(TRIGGERS + " and t.tgrelid = to_regclass($2::text)", told, expected.table());
            Seen bad = compare(expected, found);
            if (bad != null) {
                return bad;
            }
            installed.add(expected.table());
        }
        return Seen.ok("installed and current on " + String.join(", ", installed) + ", channel " + channel);
    }

    /** A query does not say where sessions are, so that what is there cannot be compared with what should be. */
    private Seen anyTriggers(DatabaseView view, String channel, String told) throws Refused, InterruptedException {
        long telling = view.rows(TRIGGERS, told).stream()
                .filter(trigger -> Boolean.parseBoolean(trigger.get(3)))
                .count();
        return telling > 0
                ? Seen.ok(telling + " triggers tell channel " + channel
                        + "; with a query, whether of the right table is not known")
                : Seen.fail("no trigger tells channel " + channel, install + " --table … --id …");
    }

    private @Nullable Seen compare(Expected expected, List<List<@Nullable String>> found) {
        int current = 0;
        for (List<@Nullable String> trigger : found) {
            if (!expected.triggers().contains(trigger.get(0))) {
                continue; // another realm's
            }
            if ("D".equals(trigger.get(1)) || "R".equals(trigger.get(1))) {
                return Seen.fail(
                        trigger.get(0) + " on " + expected.table() + " is disabled",
                        "alter table " + expected.table() + " enable trigger " + trigger.get(0));
            }
            if (!Boolean.parseBoolean(trigger.get(3))) {
                return Seen.fail("the triggers on " + expected.table() + " tell another channel", install);
            }
            if (!expected.comment().equals(trigger.get(2))) {
                return Seen.warn(
                        "the triggers on " + expected.table()
                                + " are outdated: the configuration, or this program, is newer",
                        install);
            }
            current++;
        }
        if (current == 0) {
            return Seen.fail("no triggers on " + expected.table() + ": nothing is pushed", install);
        }
        return current < expected.triggers().size()
                ? Seen.fail("triggers are missing on " + expected.table(), install)
                : null;
    }

    /** Whether statements meet the server that answered the login, as the URL says. */
    Seen pooler(DatabaseView view) throws Refused, InterruptedException {
        boolean says = view.database().pgbouncer();
        if (view.isPooled()) {
            return says
                    ? Seen.ok("a pooler, as the URL says (pgbouncer=true)")
                    : Seen.warn(
                            "a pooler stands between, and the URL does not say so",
                            "add pgbouncer=true to the URL, unless it pools sessions and not transactions");
        }
        return says
                ? Seen.warn(
                        "the URL says pgbouncer=true, and there is no pooler",
                        "remove it: without, statements are prepared and the server keeps their deadline")
                : Seen.ok("none, the URL leads to PostgreSQL itself");
    }

    /** Whether notifications get through. */
    Seen listener(DatabaseView view) throws Refused, InterruptedException {
        if (view.isPooled()) {
            return Seen.fail(
                    "a pooler stands between: notifications do not get through one that pools transactions",
                    "set revocations.listen-on to the URL of the primary itself");
        }
        return Boolean.parseBoolean(view.value("select pg_is_in_recovery()::text"))
                ? Seen.fail("a standby, on which nobody can listen", "set revocations.listen-on to the primary")
                : Seen.ok("notifications get through at " + ServerChecks.place(view.database()));
    }
}
