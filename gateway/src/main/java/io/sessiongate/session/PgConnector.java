package io.sessiongate.session;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.session.CheckResult.Failed;
import io.sessiongate.session.CheckResult.Rows;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections for checks to one PostgreSQL: a {@linkplain PgLinks link} whose columns were {@linkplain PgLook looked at}, and
 * the statement that was made for them. Confined to the check loop.
 */
final class PgConnector implements CheckConnector {

    private static final Logger LOG = LoggerFactory.getLogger(PgConnector.class);

    private final PgLookup lookup;
    private final Duration connectTimeout;
    private final VertxCheckLoop loop;
    private final PgLink.Source links;
    private final Freshness freshness;

    /** How an attempt ended: as {@link ConnectResult}, and with the link itself. */
    sealed interface Opened {
        record Ready(PgLink link, CheckConnection checks) implements Opened {}

        record Refused(String message) implements Opened {}
    }

    /** To a primary. */
    PgConnector(DatabaseConfig database, Lookup lookup, Duration queryTimeout, VertxCheckLoop loop) {
        this(database, lookup, queryTimeout, loop, Freshness.OF_PRIMARY);
    }

    PgConnector(
            DatabaseConfig database, Lookup lookup, Duration queryTimeout, VertxCheckLoop loop, Freshness freshness) {
        this.lookup = PgLookup.of(lookup, database.schema());
        this.connectTimeout = database.connectTimeout();
        this.loop = loop;
        this.freshness = freshness;
        this.links = new PgLinks(database, queryTimeout, loop);
        if (database.pgbouncer() && database.schema() != null && lookup instanceof Lookup.Query) {
            LOG.warn(
                    "The database URL's schema has no effect on a session query behind a pooler: name it in the query");
        }
    }

    /**
     * The deadline, {@code connectTimeout}, is for name, TCP, TLS, login and the first statements together; a refusal
     * leaves no socket open.
     */
    @Override
    public void connect(Consumer<ConnectResult> then) {
        open(opened -> {
            if (opened instanceof Opened.Ready ready) {
                then.accept(new ConnectResult.Connected(ready.checks()));
            } else if (opened instanceof Opened.Refused refused) {
                then.accept(new ConnectResult.Refused(refused.message()));
            }
        });
    }

    /** The same for who has other statements to run between checks. */
    void open(Consumer<Opened> then) {
        long deadlineNanos = loop.nanoTime() + connectTimeout.toNanos();
        links.open(opened -> {
            if (opened instanceof PgLink.Opened.Open open) {
                new Attempt(open.link(), then).begin(deadlineNanos - loop.nanoTime());
            } else if (opened instanceof PgLink.Opened.Refused refused) {
                then.accept(new Opened.Refused(refused.message()));
            }
        });
    }

    /** The second half of an attempt to connect: a look at the columns within the time that is left. */
    private final class Attempt {
        private final PgLink link;
        private final Consumer<Opened> then;
        private boolean over;

        Attempt(PgLink link, Consumer<Opened> then) {
            this.link = link;
            this.then = then;
        }

        void begin(long limitNanos) {
            CheckLoop.Timer deadline = loop.schedule(limitNanos, () -> refuse(PgLinks.tooLate(connectTimeout)));
            new PgLook(link, lookup).begin(result -> {
                deadline.cancel();
                if (result instanceof PgLook.Result.Usable usable) {
                    finish(new Opened.Ready(link, new Connection(link, usable.check())));
                } else if (result instanceof PgLook.Result.Unusable unusable) {
                    refuse(unusable.message());
                }
            });
        }

        private void refuse(String message) {
            link.abandon();
            finish(new Opened.Refused(message));
        }

        private void finish(Opened result) {
            if (!over) {
                over = true;
                then.accept(result);
            }
        }
    }

    /** Checks over one link. */
    private final class Connection implements CheckConnection {
        private final PgLink link;
        private final PgLookup.Check check;

        Connection(PgLink link, PgLookup.Check check) {
            this.link = link;
            this.check = check;
        }

        @Override
        public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> then) {
            PgAskedIds asked = new PgAskedIds(check.ids(), ids, check.form()::key);
            if (asked.isEmpty() && !link.isGone()) {
                loop.later(() -> then.accept(new Rows(List.of())));
                return;
            }
            long begunNanos = loop.nanoTime();
            PgQuery query = new PgQuery(check.sql(), parameter(check.parameter(), asked.canonical()));
            link.runTogether(freshness.around(query), answer -> {
                if (answer instanceof PgAnswer.Done done) {
                    then.accept(
                            freshness.judge(done.tables(), found -> check.form().read(found, asked), begunNanos));
                } else if (answer instanceof PgAnswer.Failed failed) {
                    then.accept(onFailure(failed));
                }
            });
        }

        private Failed onFailure(PgAnswer.Failed failed) {
            PgFailure reported = failed.reported();
            if (reported != null && reported.isDisturbing()) {
                link.abandon();
            }
            UnknownReason reason = reported == null ? UnknownReason.DATABASE_UNAVAILABLE : reported.reason();
            return new Failed(reason, failed.message());
        }

        @Override
        public void cancel() {
            link.cancel();
        }

        @Override
        public void abandon() {
            link.abandon();
        }

        @Override
        public void onGone(Runnable gone) {
            link.onGone(gone);
        }
    }

    /** The one parameter of a check: an array of ids. */
    static List<@Nullable Object> parameter(PgIdType kind, List<String> canonical) {
        return java.util.Collections.singletonList((Object) kind.array(canonical));
    }
}
