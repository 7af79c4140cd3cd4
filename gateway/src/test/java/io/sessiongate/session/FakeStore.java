package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.CheckResult.Failed;
import io.sessiongate.session.CheckResult.Rows;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A session store in virtual time that can be slow, stuck, or away. Says what was true when a query began, as SQL does. */
final class FakeStore implements CheckConnector {

    final Map<String, Row> rows = new HashMap<>();
    final Map<String, Attributes> attributes = new HashMap<>();
    final List<List<String>> queries = new ArrayList<>();
    final List<Connection> connections = new ArrayList<>();
    Duration connectTime = Duration.ofMillis(5);
    Duration queryTime = Duration.ofMillis(2);
    Duration closeTime = Duration.ofMillis(1);
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

    private final VirtualLoop loop;
    private final Duration queryTimeout;

    /** A row as the database has it; {@code expiresNanos} by the loop's elapsed time. */
    record Row(@Nullable String subject, long expiresNanos, boolean revoked) {}

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
        rows.computeIfPresent(sessionId, (id, row) -> new Row(row.subject, row.expiresNanos, true));
    }

    @Override
    public void connect(Consumer<ConnectResult> then) {
        attempts++;
        open++;
        mostOpen = Math.max(mostOpen, open);
        loop.schedule(connectTime.toNanos(), () -> {
            if (away) {
                open--;
                then.accept(new ConnectResult.Refused("connection refused"));
                return;
            }
            Connection connection = new Connection();
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
        private @Nullable Consumer<CheckResult> then;
        private @Nullable Runnable gone;
        private boolean closed;
        private int query;

        @Override
        public void check(List<String> ids, long notOlderThanNanos, Consumer<CheckResult> callback) {
            assertThat(closed).as("closed").isFalse();
            assertThat(then).as("a query under way").isNull();
            assertThat(ids).doesNotHaveDuplicates().hasSizeBetween(1, MAX_BATCH);
            queries.add(ids);
            then = callback;
            int mine = ++query;
            CheckResult answer = error != null
                    ? new Failed(UnknownReason.DATABASE_UNAVAILABLE, error)
                    : new Rows(ids.stream()
                            .filter(rows::containsKey)
                            .map(this::row)
                            .toList());
            if (!stuck && queryTime.compareTo(queryTimeout) < 0) {
                loop.schedule(queryTime.toNanos(), () -> finish(mine, answer));
            } else if (endsQueriesItself) {
                loop.schedule(queryTimeout.toNanos(), () -> finish(mine, timeout()));
            }
        }

        private SessionRow row(String id) {
            Row row = rows.get(id);
            if (row == null) {
                throw new IllegalStateException(id);
            }
            long remaining = row.expiresNanos == Long.MAX_VALUE
                    ? Long.MAX_VALUE
                    : Math.floorDiv(row.expiresNanos - loop.elapsedNanos(), 1_000_000L);
            return new SessionRow(
                    id, row.subject, remaining, row.revoked, attributes.getOrDefault(id, Attributes.NONE), true);
        }

        /** Ends the query under way as if the server did. */
        void finish(CheckResult result) {
            finish(query, result);
        }

        private void finish(int mine, CheckResult result) {
            Consumer<CheckResult> callback = then;
            if (callback != null && mine == query) {
                then = null;
                callback.accept(result);
            }
        }

        private Failed timeout() {
            return new Failed(UnknownReason.QUERY_TIMEOUT, "canceling statement due to statement timeout");
        }

        @Override
        public void cancel() {
            cancels++;
            int mine = query;
            if (hearsCancel) {
                loop.schedule(Duration.ofMillis(1).toNanos(), () -> finish(mine, timeout()));
            }
        }

        @Override
        public void abandon() {
            if (!closed) {
                closed = true;
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
