package io.sessiongate.session;

import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * One connection to PostgreSQL. Confined to the check loop. It keeps no deadline but the server's own: {@link PgDeadline} does.
 */
interface PgLink extends PgStatements {

    /** Opens links. Confined to the check loop. */
    interface Source {
        /**
         * Opens one. Calls back within the connect timeout, whatever the server does; a refusal leaves no socket open.
         *
         * @param then is told on the loop, exactly once, never before this returns
         */
        void open(Consumer<Opened> then);
    }

    /** How an attempt ended. */
    sealed interface Opened {
        record Open(PgLink link) implements Opened {}

        /** {@code message} is for the log and {@code /readyz}: no credentials. */
        record Refused(String message) implements Opened {}
    }

    /**
     * The server process that was announced at login: not the one that runs a statement ({@code pg_backend_pid()}) where a
     * pooler stands between.
     */
    int announcedProcess();

    /**
     * Runs statements, each in a transaction of its own unless they begin one, and answers once all have ended: with the tables
     * of all, or the first failure. Where the link can, they are sent together, in one round trip.
     */
    default void runTogether(List<PgQuery> queries, Consumer<PgAnswer> then) {
        PgTogether together = new PgTogether(queries.size(), then);
        runNext(queries, together);
    }

    private void runNext(List<PgQuery> queries, PgTogether together) {
        queries.get(0).sendTo(this, answer -> {
            together.accept(answer);
            if (queries.size() > 1) {
                runNext(queries.subList(1, queries.size()), together);
            }
        });
    }

    /** Is told each notification, as channel and payload; set once, before {@code LISTEN}. */
    void onNotification(BiConsumer<String, String> listener);

    /** Asks the server to end the statement under way, which then fails by itself; harmless when there is none. */
    void cancel();

    /**
     * Closes now, whatever is under way, which fails; returns at once. For a link whose statement is overdue even after
     * {@link #cancel()}, and for stopping.
     */
    void abandon();

    boolean isGone();

    /** Is told once when the link is gone, for whatever reason; before what is under way is told that it failed. */
    void onGone(Runnable gone);
}
