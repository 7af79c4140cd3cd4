package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.CheckResult.Failed;
import io.sessiongate.session.CheckResult.Rows;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A session store in virtual time that can be slow, stuck, or away. Says what was true when a query began, as SQL does, or as
 * long before as it lags, as a replica does. Keeps watch over each gate that asks it.
 */
final class FakeStore implements CheckConnector {

    final RowHistory rows = new RowHistory();
    final List<List<String>> queries = new ArrayList<>();
    final List<Connection> connections = new ArrayList<>();
    Duration connectTime = Duration.ofMillis(5);
    Duration queryTime = Duration.ofMillis(2);
    Duration closeTime = Duration.ofMillis(1);
    /** How far the replica that is asked lags behind; zero is the primary. */
    Duration lag = Duration.ZERO;
    /** How much more than that it may be, for all that is known. */
    Duration lagDoubt = Duration.ZERO;

    boolean away;
    boolean dropsNewConnections;
    boolean stuck;
    boolean endsQueriesItself = true;
    boolean hearsCancel = true;

    @Nullable String error;

    int open;
    int mostOpen;
    int attempts;
    int cancels;
    /** Questions that the replica's answer left to the primary. */
    int confirmations;

    private final VirtualLoop loop;
    private final Duration queryTimeout;
    private final Port first = new Port();

    /** A row as the database has it; {@code expiresNanos} by the loop's elapsed time. */
    record Row(@Nullable String subject, long expiresNanos, boolean revoked, Attributes attributes) {
        Row(@Nullable String subject, long expiresNanos, boolean revoked) {
            this(subject, expiresNanos, revoked, Attributes.NONE);
        }
    }

    /** The rows, and what they were at any time before. */
    final class RowHistory extends HashMap<String, Row> {
        private static final long serialVersionUID = 1;
        private final transient Map<String, NavigableMap<Long, Optional<Row>>> history = new HashMap<>();

        @Override
        public @Nullable Row put(String id, Row row) {
            remember(id, row);
            return super.put(id, row);
        }

        @Override
        public @Nullable Row remove(Object id) {
            remember((String) id, null);
            return super.remove(id);
        }

        private void remember(String id, @Nullable Row row) {
            history.computeIfAbsent(id, key -> new TreeMap<>()).put(loop.elapsedNanos(), Optional.ofNullable(row));
        }

        @Nullable Row at(String id, long elapsedNanos) {
            NavigableMap<Long, Optional<Row>> versions = history.get(id);
            Map.Entry<Long, Optional<Row>> version = versions == null ? null : versions.floorEntry(elapsedNanos);
            return version == null ? null : version.getValue().orElse(null);
        }
    }

    FakeStore(VirtualLoop loop, Duration queryTimeout) {
        this.loop = loop;
        this.queryTimeout = queryTimeout;
    }

    void login(String sessionId, String subject) {
        rows.put(sessionId, new Row(subject, Long.MAX_VALUE, false));
    }

    void loginFor(String sessionId, String subject, Duration lifetime) {
        rows.put(sessionId, new Row(subject, loop.elapsedNanos() + lifetime.toNanos(), false));
    }

    void revoke(String sessionId) {
        change(sessionId, row -> new Row(row.subject, row.expiresNanos, true, row.attributes));
    }

    void attribute(String sessionId, Attributes attributes) {
        change(sessionId, row -> new Row(row.subject, row.expiresNanos, row.revoked, attributes));
    }

    private void change(String sessionId, UnaryOperator<Row> how) {
        Row row = rows.get(sessionId);
        if (row != null) {
            rows.put(sessionId, how.apply(row));
        }
    }

    @Override
    public void connect(Consumer<ConnectResult> then) {
        first.connect(then);
    }

    /** The way here of one gate, and what it has under way. */
    final class Port implements CheckConnector {
        private final Set<String> underCheck = new HashSet<>();
        int openHere;
        int mostOpenHere;

        @Override
        public void connect(Consumer<ConnectResult> then) {
            openHere++;
            mostOpenHere = Math.max(mostOpenHere, openHere);
            FakeStore.this.connect(this, then);
        }
    }

    /** For another gate. */
    Port port() {
        return new Port();
    }

    private void connect(Port port, Consumer<ConnectResult> then) {
        attempts++;
        open++;
        mostOpen = Math.max(mostOpen, open);
        loop.schedule(connectTime.toNanos(), () -> {
            if (away) {
                open--;
                port.openHere--;
                then.accept(new ConnectResult.Refused("connection refused"));
                return;
            }
            Connection connection = new Connection(port);
            connections.add(connection);
            then.accept(new ConnectResult.Connected(connection));
            if (dropsNewConnections) {
                connection.close();
            }
        });
    }

    /** The server goes down: every connection breaks, new ones are refused. */
    void crash() {
        away = true;
        List.copyOf(connections).forEach(Connection::close);
    }

    final class Connection implements CheckConnection {
        private final Port port;
        private List<String> asked = List.of();
        private @Nullable Consumer<CheckResult> then;
        private @Nullable Runnable gone;
        private boolean closed;
        private int query;

        Connection(Port port) {
            this.port = port;
        }

        @Override
        public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> callback) {
            assertThat(closed).as("closed").isFalse();
            assertThat(then).as("a query under way").isNull();
            assertThat(ids).doesNotHaveDuplicates().hasSizeBetween(1, MAX_BATCH);
            assertThat(Collections.disjoint(ids, port.underCheck))
                    .as("single flight")
                    .isTrue();
            port.underCheck.addAll(ids);
            asked = ids;
            queries.add(ids);
            then = callback;
            int mine = ++query;
            CheckResult answer = error != null
                    ? new Failed(UnknownReason.DATABASE_UNAVAILABLE, error)
                    : answer(ids, notOlderThanNanos);
            if (!stuck && queryTime.compareTo(queryTimeout) < 0) {
                loop.schedule(queryTime.toNanos(), () -> finish(mine, answer));
            } else if (endsQueriesItself) {
                loop.schedule(queryTimeout.toNanos(), () -> finish(mine, timeout()));
            }
        }

        private Rows answer(List<String> ids, long notOlderThanNanos) {
            Duration staleness = lag.isZero() ? lag : lag.plus(lagDoubt);
            boolean proves =
                    notOlderThanNanos == ANY_AGE || loop.nanoTime() - staleness.toNanos() - notOlderThanNanos >= 0;
            if (!proves) {
                confirmations++;
                return new Rows(rows(ids, Duration.ZERO));
            }
            List<SessionRow> known = rows(ids, lag);
            if (known.size() == ids.size() || lag.isZero()) {
                return new Rows(known, staleness.toNanos());
            }
            confirmations++;
            List<String> missing = new ArrayList<>(ids);
            missing.removeAll(known.stream().map(SessionRow::id).toList());
            List<SessionRow> all = new ArrayList<>(known);
            all.addAll(rows(missing, Duration.ZERO));
            return new Rows(all, staleness.toNanos());
        }

        private List<SessionRow> rows(List<String> ids, Duration before) {
            long atNanos = loop.elapsedNanos() - before.toNanos();
            List<SessionRow> found = new ArrayList<>();
            for (String id : ids) {
                Row row = before.isZero() ? rows.get(id) : rows.at(id, atNanos);
                if (row != null) {
                    long remaining = row.expiresNanos == Long.MAX_VALUE
                            ? Long.MAX_VALUE
                            : Math.floorDiv(row.expiresNanos - loop.elapsedNanos(), 1_000_000L);
                    found.add(new SessionRow(id, row.subject, remaining, row.revoked, row.attributes, true));
                }
            }
            return found;
        }

        /** Ends the query under way as if the server did. */
        void finish(CheckResult result) {
            finish(query, result);
        }

        private void finish(int mine, CheckResult result) {
            Consumer<CheckResult> callback = then;
            if (callback != null && mine == query) {
                then = null;
                release();
                callback.accept(result);
            }
        }

        /** Whoever waited was answered: the sessions may be asked about elsewhere. */
        private void release() {
            port.underCheck.removeAll(asked);
            asked = List.of();
        }

        private Failed timeout() {
            return new Failed(UnknownReason.QUERY_TIMEOUT, "canceling statement due to statement timeout");
        }

        @Override
        public void cancel() {
            cancels++;
            release();
            int mine = query;
            if (hearsCancel) {
                loop.schedule(Duration.ofMillis(1).toNanos(), () -> finish(mine, timeout()));
            }
        }

        @Override
        public void abandon() {
            if (!closed) {
                closed = true;
                release();
                loop.schedule(closeTime.toNanos(), this::over);
            }
        }

        void close() {
            if (!closed) {
                closed = true;
                over();
            }
        }

        private void over() {
            open--;
            port.openHere--;
            connections.remove(this);
            finish(query, new Failed(UnknownReason.DATABASE_UNAVAILABLE, "connection closed"));
            if (gone != null) {
                gone.run();
            }
        }

        @Override
        public void onGone(Runnable callback) {
            gone = callback;
        }
    }
}
