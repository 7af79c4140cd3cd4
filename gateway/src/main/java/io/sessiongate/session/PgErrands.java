package io.sessiongate.session;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection for what no request waits for, opened when there is something to run, closed after a minute without. Confined
 * to the check loop.
 *
 * <p>Statements run one after the other, each within the limit and 1.25 s. At most {@value #MOST_WAITING} wait, the next fails
 * at once; while the database cannot be reached, and during the {@linkplain ConnectBackoff pause} after that was found, all
 * fail at once. Nothing is tried twice.
 */
final class PgErrands implements PgStatements {

    static final int MOST_WAITING = 64;
    static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final PgLink.Source links;
    private final CheckLoop loop;
    private final long limitNanos;
    private final ConnectBackoff backoff;
    private final Queue<Errand> line = new ArrayDeque<>();
    private @Nullable PgLink link;
    private CheckLoop.@Nullable Timer idle;
    private String whyAway = "";
    private boolean opening;
    private boolean busy;
    private boolean closed;

    /** A statement; parameters are null for a script. */
    private record Errand(String sql, @Nullable List<? extends @Nullable Object> parameters, Consumer<PgAnswer> then) {
        void run(PgStatements statements, Consumer<PgAnswer> onAnswer) {
            if (parameters == null) {
                statements.script(sql, onAnswer);
            } else {
                statements.run(sql, parameters, onAnswer);
            }
        }

        void fail(String message) {
            then.accept(new PgAnswer.Failed(null, false, message));
        }
    }

    PgErrands(PgLink.Source links, CheckLoop loop, long limitNanos, ConnectBackoff backoff) {
        this.links = links;
        this.loop = loop;
        this.limitNanos = limitNanos;
        this.backoff = backoff;
    }

    @Override
    public void run(String sql, List<? extends @Nullable Object> parameters, Consumer<PgAnswer> then) {
        accept(new Errand(sql, parameters, then));
    }

    @Override
    public void script(String sql, Consumer<PgAnswer> then) {
        accept(new Errand(sql, null, then));
    }

    private void accept(Errand errand) {
        if (closed) {
            loop.execute(() -> errand.fail("closed"));
        } else if (line.size() >= MOST_WAITING) {
            loop.execute(() -> errand.fail("too many statements wait"));
        } else if (link == null && !opening && backoff.remainingNanos(loop.nanoTime()) > 0) {
            loop.execute(() -> errand.fail(whyAway));
        } else {
            line.add(errand);
            loop.execute(this::pump);
        }
    }

    private void pump() {
        if (busy || opening || closed || line.isEmpty()) {
            return;
        }
        if (idle != null) {
            idle.cancel();
        }
        PgLink open = link;
        if (open == null) {
            opening = true;
            links.open(this::onOpened);
        } else {
            busy = true;
            Errand errand = line.remove();
            errand.run(new PgDeadline(open, loop, limitNanos), answer -> onAnswer(errand, open, answer));
        }
    }

    private void onOpened(PgLink.Opened opened) {
        opening = false;
        if (opened instanceof PgLink.Opened.Open open) {
            if (closed) {
                open.link().abandon();
                return;
            }
            link = open.link();
            open.link().onGone(() -> {
                if (link == open.link()) {
                    link = null;
                }
            });
            pump();
        } else if (opened instanceof PgLink.Opened.Refused refused) {
            backoff.failed(loop.nanoTime());
            whyAway = refused.message();
            failAll(whyAway);
        }
    }

    private void onAnswer(Errand errand, PgLink used, PgAnswer answer) {
        busy = false;
        PgFailure reported = answer instanceof PgAnswer.Failed failed ? failed.reported() : null;
        if (answer instanceof PgAnswer.Done) {
            backoff.succeeded();
        } else if (reported != null && reported.isDisturbing()) {
            drop(used); // what it prepared may not fit any more
        }
        errand.then().accept(answer);
        if (line.isEmpty()) {
            idle = loop.schedule(IDLE_NANOS, () -> drop(used));
        } else {
            loop.execute(this::pump);
        }
    }

    private void drop(PgLink used) {
        if (link == used) {
            link = null;
        }
        used.abandon();
    }

    private void failAll(String message) {
        for (Errand next = line.poll(); next != null; next = line.poll()) {
            next.fail(message);
        }
    }

    /** Closes the connection, whatever is under way; what waits fails. May be called again. */
    void close() {
        closed = true;
        if (idle != null) {
            idle.cancel();
        }
        if (link != null) {
            drop(link);
        }
        failAll("closed");
    }
}
