package io.sessiongate.session;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.DatabaseConfig.Tls;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.pgclient.PgException;
import io.vertx.pgclient.SslMode;
import io.vertx.pgclient.spi.PgDriver;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import io.vertx.sqlclient.spi.ConnectionFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens links to one PostgreSQL by Vert.x's pg-client; the one class that knows it. Confined to the check loop.
 *
 * <p>Connections are opened one by one, never from Vert.x's pool: our dispatcher is the pool, because a connection whose query
 * never ends has to be written off together with its place, and Vert.x's hands it to the next borrower instead.
 *
 * <p>A statement's own deadline is the server's {@code statement_timeout}, given as the connection starts. A pooler in
 * transaction mode rejects that, and a {@code SET LOCAL} would need a transaction of three more round trips; there a cancel
 * request ends it on the server. Through a pooler no statement is prepared by name.
 */
final class PgLinks implements PgLink.Source {

    private static final Logger LOG = LoggerFactory.getLogger(PgLinks.class);

    private final DatabaseConfig database;
    private final Duration statementTimeout;
    private final VertxCheckLoop loop;
    /** One for all attempts: {@code PgConnection.connect} makes one each time, and Vert.x never forgets any of them. */
    private final ConnectionFactory<PgConnectOptions> factory;

    PgLinks(DatabaseConfig database, Duration statementTimeout, VertxCheckLoop loop) {
        this.database = database;
        this.statementTimeout = statementTimeout;
        this.loop = loop;
        this.factory =
                PgDriver.INSTANCE.createConnectionFactory(loop.vertx(), new NetClientOptions().setTcpKeepAlive(true));
    }

    /** The deadline, {@code connectTimeout}, is for name, TCP, TLS and login together. At any time there is one socket. */
    @Override
    public void open(Consumer<PgLink.Opened> then) {
        // A turn later, so that the answer never comes before this returns.
        loop.later(() -> new Attempt(then).begin());
    }

    static String tooLate(Duration limit) {
        return "no usable connection within " + limit.toMillis() + " ms";
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
                .setProperties(PgSettings.startupParameters(database, statementTimeout));
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

    /** One attempt to connect: the socket and the login. */
    private final class Attempt {
        private final Consumer<PgLink.Opened> then;
        private VertxSockets.@Nullable Made<Future<PgConnection>> opening;
        private CheckLoop.@Nullable Timer deadline;
        private boolean over;

        Attempt(Consumer<PgLink.Opened> then) {
            this.then = then;
        }

        void begin() {
            Duration limit = database.connectTimeout();
            deadline = loop.schedule(limit.toNanos(), () -> refuse(tooLate(limit)));
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
                    quieten(opened.result());
                    finish(new PgLink.Opened.Open(new PgConversation(new Wire(opened.result()), made.sockets(), loop)));
                } else if (tls && database.tls().mode() == Tls.Mode.PREFER && PgFailure.saysNoTls(opened.cause())) {
                    // Only where the server says it has none: a failed handshake is not turned into plain text.
                    made.closeNow();
                    open(false);
                } else {
                    refuse(describe(opened.cause()));
                }
            });
        }

        private void refuse(String message) {
            if (opening != null) {
                opening.closeNow();
            }
            finish(new PgLink.Opened.Refused(message));
        }

        private void finish(PgLink.Opened result) {
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

    /** A connection as the driver has it. */
    private record Wire(PgConnection connection) implements PgConversation.Wire {
        @Override
        public void run(String sql, List<? extends @Nullable Object> parameters, Consumer<PgAnswer> then) {
            Tuple tuple = Tuple.wrap(new ArrayList<@Nullable Object>(parameters));
            connection.preparedQuery(sql).execute(tuple).onComplete(answered(then));
        }

        @Override
        public void script(String sql, Consumer<PgAnswer> then) {
            connection.query(sql).execute().onComplete(answered(then));
        }

        private static Handler<AsyncResult<RowSet<Row>>> answered(Consumer<PgAnswer> then) {
            return answer -> then.accept(
                    answer.succeeded() ? new PgAnswer.Done(tables(answer.result())) : failed(answer.cause()));
        }

        private static PgAnswer failed(Throwable fault) {
            PgFailure reported = reported(fault);
            return new PgAnswer.Failed(reported, reported == null && PgFailure.saysNotBindable(fault), describe(fault));
        }

        @Override
        public int announcedProcess() {
            return connection.processId();
        }

        @Override
        public void onNotification(BiConsumer<String, String> listener) {
            connection.notificationHandler(told -> listener.accept(told.getChannel(), told.getPayload()));
        }

        @Override
        public Future<Void> cancelRequest() {
            return connection.cancelRequest();
        }

        @Override
        public void onClosed(Runnable task) {
            connection.closeHandler(closed -> task.run());
        }

        @Override
        public void close() {
            connection.close();
        }
    }

    private static List<PgTable> tables(RowSet<Row> first) {
        List<PgTable> tables = new ArrayList<>(1);
        for (RowSet<Row> rows = first; rows != null; rows = rows.next()) {
            List<PgRow> read = new ArrayList<>(rows.size());
            rows.forEach(row -> read.add(new PgRow(row)));
            var descriptors = rows.columnDescriptors();
            List<PgTable.Column> columns = descriptors == null
                    ? List.of()
                    : descriptors.stream()
                            .map(column -> new PgTable.Column(column.name(), column.typeName()))
                            .toList();
            tables.add(new PgTable(columns, read, rows.rowCount()));
        }
        return tables;
    }

    /** A row as the driver has it, decoded already. */
    private record PgRow(Row row) implements PgTable.Row {
        @Override
        public @Nullable String text(int column) {
            return row.getString(column);
        }

        @Override
        public @Nullable Double real(int column) {
            return row.getDouble(column);
        }

        @Override
        public @Nullable Long integer(int column) {
            return row.getLong(column);
        }

        @Override
        public boolean flag(int column) {
            return Boolean.TRUE.equals(row.getBoolean(column));
        }

        @Override
        public String @Nullable [] texts(int column) {
            return row.getArrayOfStrings(column);
        }

        @Override
        public @Nullable String shown(int column) {
            Object value = row.getValue(column);
            return value instanceof Object[] array ? Arrays.toString(array) : value == null ? null : value.toString();
        }
    }
}
