package io.sessiongate.http;

import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * What one loop has in {@link BufferedBytes}, and which of its connections do not take what waits for them. While all
 * together are over the bound, one for which something has been waiting for too long is cut: from half of the bound on it
 * was given nothing more, so it is what a client of any use would have taken long ago. Without that, a few clients that
 * never read could have everybody else refused for as long as they please. Looks at them only while there are any.
 * Confined to the loop; one entry a connection.
 */
public final class LoopBytes {

    private static final long LOOK_AFTER_MILLIS = 5;

    private final BufferedBytes all;
    private final int number;
    private final EventLoop loop;
    private final long patienceNanos;
    private final long roundNanos;
    private final LongSupplier nanoTime;
    private final Set<Backlog> waiting = new LinkedHashSet<>();

    /** Those that may have nothing waiting for them. */
    private ArrayList<Backlog> unsettled = new ArrayList<>();

    private ArrayList<Backlog> looked = new ArrayList<>();
    private boolean rounds;

    /** Somebody was told that there is no memory for more. */
    private boolean refused;

    private boolean wasFull;
    private long fullSinceNanos;

    LoopBytes(BufferedBytes all, int number, EventLoop loop, Duration patience, LongSupplier nanoTime) {
        this.all = all;
        this.number = number;
        this.loop = loop;
        this.patienceNanos = patience.toNanos();
        this.roundNanos = Math.min(TimeUnit.SECONDS.toNanos(1), patienceNanos / 4);
        this.nanoTime = nanoTime;
    }

    /** Whether no request may be begun. */
    public boolean full() {
        return all.full();
    }

    /** Whether a flush only orders what is written. */
    boolean writesLater() {
        return all.writesLater();
    }

    /** Has it looked at in a few milliseconds. */
    @SuppressWarnings("FutureReturnValueIgnored") // ends by itself, or with the loop
    void lookSoon(Backlog backlog) {
        if (unsettled.isEmpty()) {
            loop.schedule(this::look, LOOK_AFTER_MILLIS, TimeUnit.MILLISECONDS);
        }
        unsettled.add(backlog);
    }

    private void look() {
        ArrayList<Backlog> now = unsettled;
        unsettled = looked;
        looked = now;
        now.forEach(Backlog::look);
        now.clear();
    }

    /** Whether only who has taken everything may have more. */
    boolean tight() {
        boolean tight = all.tight();
        refused |= tight;
        return tight;
    }

    void add(long bytes) {
        all.add(number, bytes);
    }

    /** Something waits for it now. */
    void begun(Backlog backlog) {
        backlog.sinceNanos(nanoTime.getAsLong());
        waiting.add(backlog);
        if (!rounds) {
            rounds = true;
            goRound();
        }
    }

    /** Nothing waits for it any more. */
    void over(Backlog backlog) {
        waiting.remove(backlog);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // ends by itself, or with the loop
    private void goRound() {
        loop.schedule(this::round, roundNanos, TimeUnit.NANOSECONDS);
    }

    private void round() {
        if (waiting.isEmpty()) {
            rounds = false;
            wasFull = false;
            return;
        }
        if (refused && !all.tight()) {
            refused = false;
            new ArrayList<>(waiting).forEach(Backlog::lookAgain);
        }
        long now = nanoTime.getAsLong();
        if (!full()) {
            wasFull = false;
        } else if (!wasFull) {
            wasFull = true;
            fullSinceNanos = now;
        } else if (now - fullSinceNanos >= patienceNanos) {
            cutOldest(now);
        }
        goRound();
    }

    private void cutOldest(long now) {
        for (Backlog oldest : new ArrayList<>(waiting)) {
            if (!full() || now - oldest.sinceNanos() < patienceNanos) {
                return;
            }
            oldest.cut();
        }
    }
}
