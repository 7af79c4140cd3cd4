package io.sessiongate.app.doctor;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.KeySourceConfig;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.SessionConfig;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The checks of one realm, over one connection to each of its databases, which stay open until it is closed. */
final class RealmExamination implements AutoCloseable {

    private static final Seen NO_CONNECTION = Seen.skipped("there is no connection to the database", null);

    private final RealmConfig realm;
    private final SessionConfig session;
    private final GatewayConfig config;
    private final Doctor.Options options;
    private final Findings findings;
    private final String about;
    private final List<DatabaseView> open = new ArrayList<>();
    private @Nullable DatabaseView primary;
    private @Nullable OwnQueries ownQueries;
    private @Nullable Seen noOwnQueries;

    RealmExamination(RealmConfig realm, GatewayConfig config, Doctor.Options options, Findings findings) {
        this.realm = realm;
        this.session = realm.session();
        this.config = config;
        this.options = options;
        this.findings = findings;
        this.about = "realm " + realm.name();
    }

    /** A look at the primary. */
    private interface Look {
        Seen look(DatabaseView primary) throws DatabaseView.Refused, InterruptedException;
    }

    void run() throws InterruptedException {
        RevocationChecks revocations = new RevocationChecks(realm);
        findings.check(about, "database", () -> {
            DatabaseView view = opened(session.database());
            primary = view;
            boolean listens = session.revocations().channel() != null
                    && session.revocations().listenOn() == null;
            return new ServerChecks(view).identity(listens || session.touch() != null || session.renew() != null);
        });
        List<@Nullable DatabaseView> replicas = replicas();
        connections();
        lookup();
        onPrimary("clock", view -> new ServerChecks(view).clock(realm.token().clockSkew()));
        for (int i = 0; i < replicas.size(); i++) {
            DatabaseView replica = replicas.get(i);
            onPrimary(
                    "lag of replica " + (i + 1),
                    view -> replica == null
                            ? Seen.skipped("there is no connection to the replica", null)
                            : new ReplicaChecks(view, replica).lag(session.maxLag(), options.deadline()));
        }
        onPrimary("triggers", revocations::triggers);
        onPrimary("pooler", revocations::pooler);
        if (session.revocations().channel() != null) {
            listener(revocations);
        }
        findings.check(about, "keys", () -> KeyChecks.keys(realm));
        for (KeySourceConfig source : realm.token().keySources()) {
            boolean audience =
                    !source.audience().isEmpty() || !realm.token().audience().isEmpty();
            findings.check(about, KeyChecks.name(source), () -> KeyChecks.source(source, audience));
        }
    }

    private DatabaseView opened(DatabaseConfig database) throws DatabaseView.Refused, InterruptedException {
        DatabaseView view = DatabaseView.open(database, options.deadline());
        open.add(view);
        return view;
    }

    private void onPrimary(String check, Look look) throws InterruptedException {
        DatabaseView view = primary;
        findings.check(about, check, () -> view == null ? NO_CONNECTION : look.look(view));
    }

    private List<@Nullable DatabaseView> replicas() throws InterruptedException {
        List<@Nullable DatabaseView> views = new ArrayList<>();
        for (DatabaseConfig replica : session.replicas()) {
            views.add(null);
            int last = views.size() - 1;
            findings.check(about, "replica " + views.size(), () -> {
                DatabaseView view = opened(replica);
                views.set(last, view);
                view.look(session.lookup()); // it must have the tables, and let this role read them
                return Seen.ok(ServerChecks.place(replica) + ", has the columns");
            });
        }
        return views;
    }

    private void connections() throws InterruptedException {
        if (session.database().pgbouncer()) {
            findings.check(
                    about,
                    "max_connections",
                    () -> Seen.skipped("behind a pooler the size of its pool counts, which it does not tell", null));
            return;
        }
        int perGateway = connectionsOfOneGateway(session.database());
        onPrimary("max_connections", view -> new ServerChecks(view).capacity(perGateway, options.gateways()));
        onPrimary("connections", view -> new ServerChecks(view).use(perGateway, options.gateways()));
    }

    /** Of all realms whose sessions are on that server: for checks, to listen, to write, and to confirm what replicas say. */
    private int connectionsOfOneGateway(DatabaseConfig server) {
        int connections = 0;
        for (RealmConfig each : config.realms().values()) {
            SessionConfig on = each.session();
            if (on.database().host().equals(server.host()) && on.database().port() == server.port()) {
                boolean listens = on.revocations().channel() != null;
                boolean writes = listens || on.touch() != null || on.renew() != null;
                boolean confirms = !on.replicas().isEmpty();
                connections +=
                        on.database().connectionLimit() + (listens ? 1 : 0) + (writes ? 1 : 0) + (confirms ? 1 : 0);
            }
        }
        return connections;
    }

    private void lookup() throws InterruptedException {
        DatabaseView view = primary;
        if (view == null) {
            onPrimary("columns", none -> NO_CONNECTION);
            onPrimary("check query", none -> NO_CONNECTION);
            return;
        }
        LookupChecks checks = new LookupChecks(view, session.lookup());
        findings.check(about, "columns", checks::columns);
        findings.check(about, "check query", checks::plan);
        OwnQueries counted = new OwnQueries(view, session.lookup(), checks.relations(), options.watch());
        ownQueries = counted;
        try {
            noOwnQueries = counted.begin();
        } catch (DatabaseView.Refused e) {
            noOwnQueries = Seen.skipped(String.valueOf(e.getMessage()), null);
        }
    }

    private void listener(RevocationChecks revocations) throws InterruptedException {
        DatabaseConfig direct = session.revocations().listenOn();
        if (direct == null) {
            onPrimary("listener", revocations::listener);
        } else {
            findings.check(about, "listener", () -> revocations.listener(opened(direct)));
        }
    }

    /** Says, after a while, whether the application still asks about sessions itself. */
    void ownQueries(OwnQueries.Pause pause) throws InterruptedException {
        OwnQueries counted = ownQueries;
        Seen already = noOwnQueries;
        findings.check(Doctor.APPLICATION, "queries of " + realm.name(), () -> {
            if (counted == null) {
                return NO_CONNECTION;
            }
            return already != null ? already : counted.end(pause);
        });
    }

    @Override
    public void close() {
        open.forEach(DatabaseView::close);
    }
}
