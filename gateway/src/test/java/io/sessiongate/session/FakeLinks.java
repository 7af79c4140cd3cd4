package io.sessiongate.session;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A PostgreSQL in virtual time: links that answer as they are told, and deliver what one notifies through {@code pg_notify}. */
final class FakeLinks implements PgLink.Source {

    final List<Link> links = new ArrayList<>();
    final List<String> statements = new ArrayList<>();
    Duration connectTime = Duration.ofMillis(5);
    Duration statementTime = Duration.ofMillis(1);
    boolean away;
    /** Everything is accepted, nothing answered. */
    boolean frozen;
    /** Notifications are lost. */
    boolean deaf;

    boolean pooled;
    int attempts;
    int cancels;
    /** What a statement answers, or null for nothing special. */
    Function<String, @Nullable PgAnswer> answers = sql -> null;

    private final VirtualLoop loop;

    FakeLinks(VirtualLoop loop) {
        this.loop = loop;
    }

    static PgAnswer done(int affected) {
        return new PgAnswer.Done(List.of(new PgTable(List.of(), List.of(), affected)));
    }

    static PgAnswer failed(String sqlState) {
        PgFailure failure = new PgFailure(sqlState, "no");
        return new PgAnswer.Failed(failure, false, failure.message());
    }

    Link last() {
        return links.get(links.size() - 1);
    }

    long open() {
        return links.stream().filter(link -> !link.gone).count();
    }

    /** Tells all that are open. */
    void notifyAll(String channel, String payload) {
        links.forEach(link -> link.deliver(channel, payload));
    }

    @Override
    public void open(Consumer<PgLink.Opened> then) {
        attempts++;
        loop.schedule(connectTime.toNanos(), () -> {
            if (away) {
                then.accept(new PgLink.Opened.Refused("connection refused"));
                return;
            }
            Link link = new Link();
            links.add(link);
            then.accept(new PgLink.Opened.Open(link));
        });
    }

    final class Link implements PgLink {
        private final List<List<?>> parameters = new ArrayList<>();
        private BiConsumer<String, String> listener = (channel, payload) -> {};
        private @Nullable Consumer<PgAnswer> underWay;
        private @Nullable Runnable onGone;
        boolean gone;
        boolean abandoned;

        List<List<?>> parameters() {
            return parameters;
        }

        @Override
        public void run(String sql, List<? extends @Nullable Object> values, Consumer<PgAnswer> then) {
            parameters.add(values);
            begin(sql, then, () -> {
                if (sql.startsWith("select pg_notify")) {
                    FakeLinks.this.notifyAll((String) values.get(0), (String) values.get(1));
                }
            });
        }

        @Override
        public void script(String sql, Consumer<PgAnswer> then) {
            begin(sql, then, () -> {});
        }

        private void begin(String sql, Consumer<PgAnswer> then, Runnable effect) {
            if (underWay != null) {
                throw new IllegalStateException("a statement is under way");
            }
            statements.add(sql);
            underWay = then;
            loop.schedule(statementTime.toNanos(), () -> {
                if (frozen || gone || underWay != then) {
                    return;
                }
                effect.run();
                PgAnswer special = answers.apply(sql);
                answer(special == null ? usual(sql) : special);
            });
        }

        private PgAnswer usual(String sql) {
            if (!sql.contains("pg_backend_pid")) {
                return done(1);
            }
            return new PgAnswer.Done(List.of(new PgTable(List.of(), List.of(new IntegerRow(pooled ? 2L : 1L)), 1)));
        }

        void deliver(String channel, String payload) {
            if (!gone && !frozen && !deaf) {
                listener.accept(channel, payload);
            }
        }

        private void answer(PgAnswer answer) {
            Consumer<PgAnswer> then = underWay;
            underWay = null;
            if (then != null) {
                then.accept(answer);
            }
        }

        /** The connection ends. */
        void end() {
            loop.execute(() -> {
                if (gone) {
                    return;
                }
                gone = true;
                if (onGone != null) {
                    onGone.run();
                }
                answer(new PgAnswer.Failed(null, false, "the connection to PostgreSQL was lost"));
            });
        }

        @Override
        public int announcedProcess() {
            return 1;
        }

        @Override
        public void onNotification(BiConsumer<String, String> told) {
            listener = told;
        }

        @Override
        public void cancel() {
            cancels++;
        }

        @Override
        public void abandon() {
            abandoned = true;
            end();
        }

        @Override
        public boolean isGone() {
            return gone;
        }

        @Override
        public void onGone(Runnable told) {
            onGone = told;
        }
    }

    /** A row of one number. */
    private record IntegerRow(Long value) implements PgTable.Row {
        @Override
        public String text(int column) {
            return value.toString();
        }

        @Override
        public Double real(int column) {
            return value.doubleValue();
        }

        @Override
        public Long integer(int column) {
            return value;
        }

        @Override
        public boolean flag(int column) {
            return false;
        }

        @Override
        public String @Nullable [] texts(int column) {
            return null;
        }

        @Override
        public String shown(int column) {
            return value.toString();
        }
    }
}
