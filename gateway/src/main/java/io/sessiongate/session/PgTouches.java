package io.sessiongate.session;

import io.sessiongate.metrics.WriterMeters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes when sessions were last used, in batches, best effort: what fails or finds no room is counted and forgotten, the next
 * use after the interval tries again. Confined to the check loop.
 *
 * <p>Sessions gather for a second, or until they fill a batch; while one is being written the next gathers. At most
 * {@value #MOST_WAITING} wait, each once.
 */
final class PgTouches implements SessionGate.TouchSink {

    static final int MOST_WAITING = 16_384;
    static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final Logger LOG = LoggerFactory.getLogger(PgTouches.class);

    private final String realm;
    private final PgTouch touch;
    private final PgStatements statements;
    private final WriterMeters meters;
    private final Wakeup wakeup;
    private final Set<String> waiting = new LinkedHashSet<>();
    private PgTouch.@Nullable Statement statement;
    private boolean busy;
    private boolean complained;

    PgTouches(String realm, PgTouch touch, PgStatements statements, CheckLoop loop, WriterMeters meters) {
        this.realm = realm;
        this.touch = touch;
        this.statements = statements;
        this.meters = meters;
        this.wakeup = new Wakeup(loop, this::flush);
    }

    @Override
    public void used(String sessionId) {
        if (waiting.size() >= MOST_WAITING && !waiting.contains(sessionId)) {
            meters.touchesDropped(1);
        } else if (waiting.add(sessionId)) {
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
            statements.script(touch.probe(), this::onProbed);
        } else {
            write(statement);
        }
    }

    private void onProbed(PgAnswer answer) {
        if (answer instanceof PgAnswer.Done done) {
            Map<String, String> types = new HashMap<>();
            done.table().columns().forEach(column -> types.put(column.name(), column.type()));
            try {
                statement = touch.statement(types);
                write(statement);
            } catch (PgLookup.Unusable e) {
                failed(take(), PgFailure.messageOf(e));
            }
        } else if (answer instanceof PgAnswer.Failed failed) {
            failed(take(), failed.message());
        }
    }

    private void write(PgTouch.Statement how) {
        List<String> batch = take();
        PgAskedIds ids = new PgAskedIds(how.ids(), batch);
        statements.run(how.sql(), PgConnector.parameter(how.ids(), ids.canonical()), answer -> {
            if (answer instanceof PgAnswer.Done done) {
                complained = false;
                meters.touchesWritten(done.table().affected());
                over();
            } else if (answer instanceof PgAnswer.Failed failed) {
                if (failed.reported() != null && failed.reported().isDisturbing()) {
                    statement = null; // the columns may be others now
                }
                failed(batch, failed.message());
            }
        });
    }

    private List<String> take() {
        List<String> batch = new ArrayList<>(Math.min(waiting.size(), CheckConnection.MAX_BATCH));
        Iterator<String> line = waiting.iterator();
        while (line.hasNext() && batch.size() < CheckConnection.MAX_BATCH) {
            batch.add(line.next());
            line.remove();
        }
        return batch;
    }

    private void failed(List<String> batch, String message) {
        meters.touchesFailed(batch.size());
        if (!complained) {
            complained = true;
            LOG.atWarn()
                    .setMessage("The time of last use cannot be written")
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
        meters.touchesDropped(waiting.size());
        waiting.clear();
    }
}
