package io.sessiongate.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes something to sessions behind their requests, in batches, best effort: what fails or finds no room is told and forgotten.
 * Confined to the check loop.
 *
 * <p>Sessions gather for a second, or until they fill a batch; while one is being written the next gathers. At most
 * {@value #MOST_WAITING} wait, each once.
 */
final class PgBatches<T> {

    static final int MOST_WAITING = 16_384;
    static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Logger LOG = LoggerFactory.getLogger(PgBatches.class);

    /** Is told what becomes of them. */
    interface Outcome<T> {
        /** {@code rows}: how many of them were written; the others did not need it, or are no more. */
        void written(List<T> batch, int rows);

        /** There was no room for them. */
        void dropped(int sessions);

        /** The database did not take them. */
        void failed(int sessions);
    }

    private final String realm;
    private final String complaint;
    private final PgWrite write;
    private final PgStatements statements;
    private final Outcome<T> outcome;
    private final Wakeup wakeup;
    private final Map<String, T> waiting = new LinkedHashMap<>();
    private PgWrite.@Nullable Statement statement;
    private boolean busy;
    private boolean complained;

    /** {@code complaint}: what the log says when it fails, once until it succeeds again. */
    PgBatches(
            String realm,
            String complaint,
            PgWrite write,
            PgStatements statements,
            CheckLoop loop,
            Outcome<T> outcome) {
        this.realm = realm;
        this.complaint = complaint;
        this.write = write;
        this.statements = statements;
        this.outcome = outcome;
        this.wakeup = new Wakeup(loop, this::flush);
    }

    /** Wants it written to the session. */
    void add(String sessionId, T session) {
        if (waiting.size() >= MOST_WAITING && !waiting.containsKey(sessionId)) {
            outcome.dropped(1);
        } else if (waiting.putIfAbsent(sessionId, session) == null) {
            next();
        }
    }

    private void next() {
        if (busy || waiting.isEmpty()) {
            return;
        }
        if (waiting.size() >= CheckConnection.MAX_BATCH) {
            flush();
        } else {
            wakeup.in(LINGER_NANOS);
        }
    }

    private void flush() {
        if (busy || waiting.isEmpty()) {
            return;
        }
        wakeup.cancel();
        busy = true;
        if (statement == null) {
            statements.script(write.probe(), this::onProbed);
        } else {
            send(statement);
        }
    }

    private void onProbed(PgAnswer answer) {
        if (answer instanceof PgAnswer.Done done) {
            Map<String, String> types = new HashMap<>();
            done.table().columns().forEach(column -> types.put(column.name(), column.type()));
            try {
                statement = write.statement(types);
                send(statement);
            } catch (PgLookup.Unusable e) {
                failed(take().size(), PgFailure.messageOf(e));
            }
        } else if (answer instanceof PgAnswer.Failed failed) {
            failed(take().size(), failed.message());
        }
    }

    private void send(PgWrite.Statement how) {
        Map<String, T> batch = take();
        PgAskedIds ids = new PgAskedIds(how.ids(), List.copyOf(batch.keySet()));
        statements.run(how.sql(), PgConnector.parameter(how.ids(), ids.canonical()), answer -> {
            if (answer instanceof PgAnswer.Done done) {
                complained = false;
                outcome.written(new ArrayList<>(batch.values()), done.table().affected());
                over();
            } else if (answer instanceof PgAnswer.Failed failed) {
                if (failed.reported() != null && failed.reported().isDisturbing()) {
                    statement = null; // the columns may be others now
                }
                failed(batch.size(), failed.message());
            }
        });
    }

    private Map<String, T> take() {
        Map<String, T> batch = new LinkedHashMap<>();
        Iterator<Map.Entry<String, T>> line = waiting.entrySet().iterator();
        while (line.hasNext() && batch.size() < CheckConnection.MAX_BATCH) {
            Map.Entry<String, T> next = line.next();
            batch.put(next.getKey(), next.getValue());
            line.remove();
        }
        return batch;
    }

    private void failed(int sessions, String message) {
        outcome.failed(sessions);
        if (!complained) {
            complained = true;
            LOG.atWarn()
                    .setMessage(complaint)
                    .addKeyValue("realm", realm)
                    .addKeyValue("reason", message)
                    .log();
        }
        over();
    }

    private void over() {
        busy = false;
        next();
    }

    /** Forgets what waits. */
    void close() {
        wakeup.cancel();
        outcome.dropped(waiting.size());
        waiting.clear();
    }
}
