package io.sessiongate.app.init;

import io.sessiongate.app.init.ConfigDraft.Wishes;
import io.sessiongate.app.init.Recognition.Denylist;
import io.sessiongate.app.init.Recognition.Sessions;
import io.sessiongate.app.init.Recognition.Users;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the sessions of an application are looked up: in a table of theirs, by a version in the user's row, or in a denylist,
 * whichever its database has. Owns these lines of a draft, the claims that they need in its tokens, and what is to be said of
 * them; on the caller's thread.
 */
final class LookupDraft {

    private final Wishes wishes;
    private final Recognition recognition;
    private final List<String> remarks = new ArrayList<>();
    private final StringBuilder yaml = new StringBuilder();
    private String claims = "";

    private LookupDraft(Wishes wishes, Recognition recognition) {
        this.wishes = wishes;
        this.recognition = recognition;
    }

    /** Writes it. */
    static LookupDraft of(Wishes wishes, Recognition recognition) {
        return new LookupDraft(wishes, recognition).write();
    }

    /** The lines that belong under {@code session}, behind the database's. */
    String yaml() {
        return yaml.toString();
    }

    /** The line that belongs at the end of {@code token}, or nothing where the tokens have no claims. */
    String claims() {
        return claims;
    }

    /** What a person should know or do. */
    List<String> remarks() {
        return List.copyOf(remarks);
    }

    private LookupDraft write() {
        App app = wishes.app();
        @Nullable Users users = recognition.users();
        @Nullable Denylist denylist = recognition.denylist();
        List<Sessions> tables = recognition.sessions(app);
        @Nullable Sessions sessions = chosen(tables);
        if (app != App.OPAQUE && users != null && users.version() != null && (app.authJs() > 0 || sessions == null)) {
            version(users, users.version().name());
        } else if (app != App.OPAQUE && denylist != null && (app.authJs() > 0 || sessions == null)) {
            denylist(denylist);
        } else if (sessions != null) {
            table(sessions, tables.size() > 1);
        } else {
            nothingFound(users);
        }
        return this;
    }

    private @Nullable Sessions chosen(List<Sessions> tables) {
        String wanted = wishes.table();
        for (Sessions each : tables) {
            String plain = each.table().schema() + "." + each.table().name();
            if (wanted == null || wanted.equals(each.table().name()) || wanted.equals(plain)) {
                return each;
            }
        }
        if (wanted != null) {
            remarks.add("No table " + wanted + " with the columns of a session was seen.");
        }
        return null;
    }

    private void version(Users users, String column) {
        claims(null);
        String table = recognition.spelled(users.table());
        inSession("# A user's sessions count as long as their tokens carry the number of the user's row.");
        inSession("version: { table: " + table + ", id: "
                + Scalars.name(users.id().name()) + ", column: " + Scalars.name(column) + ", claim: "
                + Scalars.name(column) + " }   # CHANGE: the claim");
        remarks.add("The user's row has a version of their sessions ("
                + users.table().name() + "." + column
                + "): the jwt callback must put it into the token, as the claim named in the file.");
    }

    private void denylist(Denylist found) {
        claims(null);
        inSession("denylist: { table: " + recognition.spelled(found.table()) + ", id: "
                + Scalars.name(found.id().name()) + ", claim: jti }");
        remarks.add("Tokens count unless their jti is in " + found.table().name() + ".");
    }

    private void table(Sessions found, boolean others) {
        if (wishes.app() != App.OPAQUE) {
            claims("sid");
            remarks.add("A token must name its row in " + found.table().name() + " by the claim sid"
                    + (wishes.app().authJs() > 0 ? ": have the jwt callback put it there." : "."));
        }
        inSession("table: " + recognition.spelled(found.table()));
        inSession("columns:");
        inSession("  id: " + Scalars.name(found.id().name()));
        if (found.subject() != null) {
            inSession("  subject: " + Scalars.name(found.subject().name()));
        }
        if (found.expires() != null) {
            String zone =
                    found.expires().type().contains("without time zone") ? "   # read as UTC, as Prisma writes it" : "";
            inSession("  expires: " + Scalars.name(found.expires().name()) + zone);
        }
        if (found.revoked() != null) {
            inSession("  revoked: " + Scalars.name(found.revoked().name()));
        }
        if (wishes.app() == App.OPAQUE && found.expires() != null) {
            inSession(
                    "renew: { max-age: 30d, update-age: 24h }   # as Auth.js does; remove where the application does it");
            remarks.add("The gateway prolongs sessions in " + found.table().name()
                    + " as Auth.js would: its role needs UPDATE on "
                    + found.expires().name() + ".");
        }
        if (!found.id().leadsIndex()) {
            remarks.add("No index begins with " + found.table().name() + "."
                    + found.id().name() + ": each check would read the whole table. Create one.");
        }
        if (!found.table().readable()) {
            remarks.add("This role may not read " + found.table().name() + ": GRANT SELECT on it.");
        }
        if (others && wishes.table() == null) {
            remarks.add("Other tables look like sessions as well; --table names another one.");
        }
    }

    private void nothingFound(@Nullable Users users) {
        if (wishes.app() == App.OPAQUE || users == null) {
            if (wishes.app() != App.OPAQUE) {
                claims("sid");
            }
            inSession("table: Session                  # CHANGE: no table was recognised");
            inSession("columns: { id: " + (wishes.app() == App.OPAQUE ? "sessionToken" : "id")
                    + ", subject: userId, expires: expires }   # CHANGE");
            remarks.add("No table of sessions was recognised: name it in the file, where it says CHANGE.");
            return;
        }
        String table = recognition.spelled(users.table());
        version(users, "sessionVersion");
        remarks.add(
                "Nothing in the database says that a login is over. Add a version to the user's row: ALTER TABLE "
                        + table
                        + " ADD COLUMN \"sessionVersion\" integer NOT NULL DEFAULT 0; add one to it to sign the user out everywhere.");
    }

    /** {@code session}: the claim that names the session, where the lookup does not say so itself. */
    private void claims(@Nullable String session) {
        claims = "      claims: { subject: sub, " + (session == null ? "" : "session: " + session + ", ")
                + "roles: role }   # CHANGE: roles\n";
    }

    private void inSession(String line) {
        yaml.append("      ").append(line).append('\n');
    }
}
