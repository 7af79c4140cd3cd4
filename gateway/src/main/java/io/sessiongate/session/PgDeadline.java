package io.sessiongate.session;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs statements on one link, each answered within a deadline: the server ends it at {@code limit} itself where it keeps
 * {@code statement_timeout}; 250 ms later it is asked to, and a second after that the link is given up. As {@link CheckSlot}
 * does for checks, but the answer is the statement's own, so it comes up to 1.25 s after the limit. Confined to the check loop.
 */
final class PgDeadline implements PgStatements {

    private final PgLink link;
    private final CheckLoop loop;
    private final long limitNanos;

    PgDeadline(PgLink link, CheckLoop loop, long limitNanos) {
        this.link = link;
        this.loop = loop;
        this.limitNanos = limitNanos;
    }

    @Override
    public void run(String sql, List<? extends @Nullable Object> parameters, Consumer<PgAnswer> then) {
        link.run(sql, parameters, watched(then));
    }

    @Override
    public void script(String sql, Consumer<PgAnswer> then) {
        link.script(sql, watched(then));
    }

    private Consumer<PgAnswer> watched(Consumer<PgAnswer> then) {
        CheckLoop.Timer[] watchdog = new CheckLoop.Timer[1];
        watchdog[0] = loop.schedule(limitNanos + CheckSlot.CANCEL_GRACE_NANOS, () -> {
            watchdog[0] = loop.schedule(CheckSlot.ABANDON_GRACE_NANOS, link::abandon);
            link.cancel();
        });
        return answer -> {
            watchdog[0].cancel();
            then.accept(answer);
        };
    }
}
