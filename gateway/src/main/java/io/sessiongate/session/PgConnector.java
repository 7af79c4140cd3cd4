package io.sessiongate.session;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.DatabaseConfig.Tls;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.session.CheckResult.Failed;
import io.sessiongate.session.CheckResult.Rows;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.pgclient.SslMode;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import io.vertx.sqlclient.desc.ColumnDescriptor;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connections to PostgreSQL by Vert.x's pg-client; the one class that knows it. Confined to the check loop.
 *
 * <p>Connections are opened one by one, never from Vert.x's pool: our dispatcher is the pool, because a connection whose query
 * never ends has to be written off together with its place, and Vert.x's hands it to the next borrower instead.
 *
 * <p>The query timeout is the server's {@code statement_timeout}, given as the connection starts. A pooler in transaction
 * mode rejects that, and a {@code SET LOCAL} would need a transaction of three more round trips; there the dispatcher's
 * cancel request, 250 ms after the timeout, ends the query on the server. Through a pooler no statement is prepared by name.
 */
final class PgConnector implements CheckConnector {

    private static final Logger LOG = LoggerFactory.getLogger(PgConnector.class);

    private final DatabaseConfig database;
    private final PgLookup lookup;
    private final Duration queryTimeout;
    private final VertxCheckLoop loop;
    /** One for all attempts: {@code PgConnection.connect} makes one each time, and Vert.x never forgets any of them. */
    private final ConnectionFactory<PgConnectOptions> factory;

    PgConnector(DatabaseConfig database, Lookup lookup, Duration queryTimeout, VertxCheckLoop loop) {
        this.database = database;
        this.lookup = PgLookup.of(lookup, database.schema());
        this.queryTimeout = queryTimeout;
        this.loop = loop;
        this.factory =
                PgDriver.INSTANCE.createConnectionFactory(loop.vertx(), new NetClientOptions().setTcpKeepAlive(true));
        if (database.pgbouncer() && database.schema() != null && lookup instanceof Lookup.Query) {
            LOG.warn(
                    "The database URL's schema has no effect on a session query behind a pooler: name it in the query");
        }
    }

    /**
     * The deadline, {@code connectTimeout}, is for name, TCP, TLS, login and the first statements together; a refusal
     * leaves no socket open. At any time there is at most one.
     */
    @Override
    public void connect(Consumer<ConnectResult> then) {
        // A turn later, so that the answer never comes before this returns.
        loop.later(() -> new Attempt(then).begin());
    }

    /** Never built from a URL: the driver's parser ignores what it does not know, and drops defaults. */
    private PgConnectOptions options(boolean tls) {
        PgConnectOptions options = new PgConnectOptions()
                .setHost(database.host())
                .setPort(database.port())
                .setDatabase(database.database())
                .setUser(database.user())
                .setPassword(database.password().reveal())
                .setSslMode(tls ? SslMode.REQUIRE : SslMode.DISABLE)
                .setCachePreparedStatements(!database.pgbouncer())
                .setUseLayer7Proxy(database.pgbouncer())
                .setProperties(PgSettings.startupParameters(database, queryTimeout));
        if (tls) {
            options.setSslOptions(PgSettings.trust(database.tls()));
        }
        return options;
    }

    private static @Nullable PgFailure reported(Throwable fault) {
        return fault instanceof PgException e ? new PgFailure(e.getSqlState(), e.getErrorMessage()) : null;
    }

    private static String describe(Throwable fault) {
        PgFailure reported = reported(fault);
        return reported == null ? PgFailure.messageOf(fault) : reported.message();
    }

    /** One attempt to connect: the socket, the login, a look at the columns, and the statement once, without ids. */
    private final class Attempt {
        private final Consumer<ConnectResult> then;
        private VertxSockets.@Nullable Made<Future<PgConnection>> opening;
        private CheckLoop.@Nullable Timer deadline;
        private boolean over;

        Attempt(Consumer<ConnectResult> then) {
            this.then = then;
        }

        void begin() {
            Duration limit = database.connectTimeout();
            deadline = loop.schedule(
                    limit.toNanos(), () -> refuse("no usable connection within " + limit.toMillis() + " ms"));
            try {
                open(PgSettings.isTlsWanted(database));
            } catch (RuntimeException e) {
                refuse(describe(e)); // an option the driver does not take
            }
        }

        private void open(boolean tls) {
            var made = loop.sockets()
                    .noting(() -> factory.connect(loop.vertx().getOrCreateContext(), options(tls))
                            .map(PgConnection::cast));
            opening = made;
            made.result().onComplete(opened -> {
                if (over) {
                    return; // too late: its socket is closed
                }
                if (opened.succeeded()) {
                    look(opened.result(), made);
                } else if (tls && database.tls().mode() == Tls.Mode.PREFER && PgFailure.saysNoTls(opened.cause())) {
                    // Only where the server says it has none: a failed handshake is not turned into plain text.
                    made.closeNow();
                    open(false);
                } else {
                    refuse(describe(opened.cause()));
                }
            });
        }

        private void look(PgConnection connection, VertxSockets.Made<?> made) {
            quieten(connection);
            columns(connection, PgLookup.parameterCandidates(), 0)
                    .compose(check -> connection
                            .preparedQuery(check.sql())
                            .execute(ids(check.parameter(), List.of()))
                            .map(none -> check))
                    .onComplete(looked -> {
                        if (over) {
                            return;
                        }
                        if (looked.failed()) {
                            refuse(describe(looked.cause()));
                        } else {
                            finish(new ConnectResult.Connected(
                                    new Connection(connection, made.sockets(), looked.result())));
                        }
                    });
        }

        /** Looks at the columns, binding a query's parameter as one kind after the other until the driver takes it. */
        private Future<PgLookup.Check> columns(PgConnection connection, List<PgIdType> kinds, int next) {
            PgIdType kind = kinds.get(next);
            Future<RowSet<Row>> probed = lookup.isTable()
                    ? connection.query(lookup.probe()).execute()
                    : connection.preparedQuery(lookup.probe()).execute(ids(kind, List.of()));
            return probed.transform(answer -> {
                if (answer.succeeded()) {
                    return checkOver(answer.result(), kind);
                }
                if (!PgFailure.saysNotBindable(answer.cause())) {
                    return Future.failedFuture(answer.cause());
                }
                return next + 1 < kinds.size()
                        ? columns(connection, kinds, next + 1)
                        : Future.failedFuture(new PgLookup.Unusable(
                                "the session query must have one parameter, $1, an array of text, uuid or bigint"));
            });
        }

        private Future<PgLookup.Check> checkOver(RowSet<Row> probed, PgIdType kind) {
            Map<String, String> types = new LinkedHashMap<>();
            for (ColumnDescriptor column : probed.columnDescriptors()) {
                types.put(column.name(), column.typeName());
            }
            try {
                return Future.succeededFuture(lookup.check(kind, types));
            } catch (PgLookup.Unusable e) {
                return Future.failedFuture(e);
            }
        }

        private void refuse(String message) {
            if (opening != null) {
                opening.closeNow();
            }
            finish(new ConnectResult.Refused(message));
        }

        private void finish(ConnectResult result) {
            if (over) {
                return;
            }
            over = true;
            if (deadline != null) {
                deadline.cancel();
            }
            then.accept(result);
        }
    }

    /** What the server says unasked goes to the log, without texts, which could quote values; else it goes to stderr. */
    private static void quieten(PgConnection connection) {
        connection.noticeHandler(notice -> LOG.atDebug()
                .setMessage("Notice")
                .addKeyValue("code", notice.getCode())
                .log());
        connection.exceptionHandler(fault -> LOG.atDebug()
                .setMessage("Connection disturbed")
                .addKeyValue("reason", describe(fault))
                .log());
    }

    private static Tuple ids(PgIdType kind, List<String> canonical) {
        return Tuple.tuple().addValue(kind.array(canonical));
    }

    /**
     * One connection. A query's end is told before the connection's where the connection goes on, after it where it does
     * not, so that nobody sends a query to a connection that is known to be gone.
     */
    private final class Connection implements CheckConnection {
        private static final Duration CANCEL_LIMIT = Duration.ofSeconds(1);

        private final PgConnection connection;
        private final List<VertxSockets.Socket> sockets;
        private final PgLookup.Check check;
        private @Nullable Consumer<CheckResult> underWay;
        private VertxSockets.@Nullable Made<Future<Void>> canceling;
        private @Nullable Runnable onGone;
        private boolean cancelSent;
        private boolean gone;

        Connection(PgConnection connection, List<VertxSockets.Socket> sockets, PgLookup.Check check) {
            this.connection = connection;
            this.sockets = sockets;
            this.check = check;
            connection.closeHandler(closed -> onClosed());
            sockets.forEach(socket -> socket.onClosed(this::onClosed));
        }

        @Override
        public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> then) {
            PgAskedIds asked = new PgAskedIds(check.ids(), ids);
            underWay = then;
            cancelSent = false;
            if (gone) {
                loop.later(() -> answer(broken()));
            } else if (asked.isEmpty()) {
                loop.later(() -> answer(new Rows(List.of())));
            } else {
                connection
                        .preparedQuery(check.sql())
                        .execute(ids(check.parameter(), asked.canonical()))
                        .onComplete(answer -> onAnswer(answer, asked));
            }
        }

        private void onAnswer(AsyncResult<RowSet<Row>> answer, PgAskedIds asked) {
            PgFailure failure = answer.failed() ? reported(answer.cause()) : null;
            boolean isBroken = answer.failed() && (failure == null || failure.isFatal());
            // A cancel request that did not end its query could end the next one.
            boolean isHaunted = cancelSent && (failure == null || !failure.isCanceled());
            if (isBroken || isHaunted) {
                abandon(); // which answers
            } else if (failure == null) {
                answer(new Rows(rows(answer.result(), asked)));
            } else {
                if (failure.isDisturbing()) {
                    abandon();
                }
                answer(new Failed(failure.reason(), failure.message()));
            }
        }

        private List<SessionRow> rows(RowSet<Row> found, PgAskedIds asked) {
            List<SessionRow> rows = new ArrayList<>(found.size());
            for (Row row : found) {
                Double remaining = row.getDouble(2);
                // Both infinities and every overflow saturate.
                long remainingMillis = remaining == null ? Long.MAX_VALUE : (long) Math.floor(remaining);
                for (String id : asked.askedAs(row.getString(0))) {
                    rows.add(new SessionRow(id, row.getString(1), remainingMillis, row.getBoolean(3)));
                }
            }
            return rows;
        }

        /**
         * Opens a second connection for the length of a message, as the protocol wants it; at most one at a time, and at
         * most for a second. The server does not count it, as it never logs in.
         */
        @Override
        public void cancel() {
            if (underWay == null || gone || canceling != null) {
                return;
            }
            cancelSent = true;
            var made = loop.sockets().noting(connection::cancelRequest);
            canceling = made;
            CheckLoop.Timer limit = loop.schedule(CANCEL_LIMIT.toNanos(), made::closeNow);
            made.result().onComplete(sent -> {
                limit.cancel();
                made.closeNow();
                canceling = null;
            });
        }

        @Override
        public void abandon() {
            if (canceling != null) {
                canceling.closeNow();
            }
            sockets.forEach(VertxSockets.Socket::closeNow);
            // So that the driver knows; by itself this would wait for the query under way.
            connection.close();
        }

        @Override
        public void onGone(Runnable callback) {
            onGone = callback;
            if (gone) {
                loop.later(callback);
            }
        }

        /** Both the socket and the driver say so; a turn later, so that {@link #abandon} has returned. */
        private void onClosed() {
            loop.later(() -> {
                if (gone) {
                    return;
                }
                gone = true;
                connection.close();
                if (onGone != null) {
                    onGone.run();
                }
                answer(broken());
            });
        }

        private void answer(CheckResult result) {
            Consumer<CheckResult> then = underWay;
            underWay = null;
            if (then != null) {
                then.accept(result);
            }
        }

        private static Failed broken() {
            return new Failed(UnknownReason.DATABASE_UNAVAILABLE, "the connection to PostgreSQL was lost");
        }
    }
}
