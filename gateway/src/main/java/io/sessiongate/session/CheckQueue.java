package io.sessiongate.session;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Sessions in line for a connection, those with a waiting request before background checks, each in order of arrival.
 * Confined to the check loop; at most {@code maxWaiting} in all.
 *
 * <p>Background checks keep nobody waiting, so they linger a little for company: they leave with the next batch that a
 * request sets off, when a batch of them is full, or when one of them is due. With many users that makes one query out of
 * many.
 */
final class CheckQueue {

    private final int maxWaiting;
    private final long timeoutNanos;
    private final Set<Check> waited = new LinkedHashSet<>();
    private final Set<Check> background = new LinkedHashSet<>();

    /** When the first of the background checks is due; may be early after one was taken out. */
    private long dueNanos;

    /**
     * An empty queue.
     *
     * @param timeoutNanos longest stay
     */
    CheckQueue(int maxWaiting, long timeoutNanos) {
        this.maxWaiting = maxWaiting;
        this.timeoutNanos = timeoutNanos;
    }

    int size() {
        return waited.size() + background.size();
    }

    boolean isFull() {
        return size() >= maxWaiting;
    }

    /** Puts it at the end of its line; the caller has seen that there is room. */
    void add(Check check) {
        if (!check.requests().isEmpty()) {
            waited.add(check);
            return;
        }
        if (background.isEmpty() || check.dueNanos() - dueNanos < 0) {
            dueNanos = check.dueNanos();
        }
        background.add(check);
    }

    /** Moves a background check to the other line: a request has joined it. */
    void promote(Check check) {
        if (background.remove(check)) {
            waited.add(check);
        }
    }

    /** Takes the oldest background check out, to make room for a request; null when there is none. */
    @Nullable Check giveUpBackground() {
        return first(background, true);
    }

    /** How many should go out as soon as a connection is free: all of them, or none while only company is waited for. */
    int ready(long nowNanos) {
        boolean isReady = !waited.isEmpty()
                || background.size() >= CheckConnection.MAX_BATCH
                || (!background.isEmpty() && nowNanos - dueNanos >= 0);
        return isReady ? size() : 0;
    }

    /** Takes the next batch out, requests first. */
    List<Check> take() {
        List<Check> batch = new ArrayList<>(Math.min(size(), CheckConnection.MAX_BATCH));
        drain(waited, batch);
        drain(background, batch);
        return batch;
    }

    /** Takes everything out. */
    List<Check> takeAll() {
        List<Check> all = new ArrayList<>(waited);
        all.addAll(background);
        waited.clear();
        background.clear();
        return all;
    }

    /** Takes out what has stayed too long. */
    void expire(long nowNanos, Consumer<Check> expired) {
        expire(waited, nowNanos, expired);
        expire(background, nowNanos, expired);
    }

    /** Nanoseconds until something is to be done about time: a stay or a lingering ends; the greatest long when never. */
    long nanosToNextEvent(long nowNanos) {
        long next = Math.min(nanosToTimeout(waited, nowNanos), nanosToTimeout(background, nowNanos));
        boolean lingers = !background.isEmpty() && dueNanos - nowNanos > 0;
        return lingers ? Math.min(next, dueNanos - nowNanos) : next;
    }

    private long nanosToTimeout(Set<Check> line, long nowNanos) {
        Check oldest = first(line, false);
        return oldest == null ? Long.MAX_VALUE : timeoutNanos - (nowNanos - oldest.wantedNanos());
    }

    private void expire(Set<Check> line, long nowNanos, Consumer<Check> expired) {
        Check oldest = first(line, false);
        while (oldest != null && nowNanos - oldest.wantedNanos() >= timeoutNanos) {
            line.remove(oldest);
            expired.accept(oldest);
            oldest = first(line, false);
        }
    }

    private static void drain(Set<Check> line, List<Check> batch) {
        Iterator<Check> checks = line.iterator();
        while (batch.size() < CheckConnection.MAX_BATCH && checks.hasNext()) {
            batch.add(checks.next());
            checks.remove();
        }
    }

    private static @Nullable Check first(Set<Check> line, boolean take) {
        Iterator<Check> checks = line.iterator();
        if (!checks.hasNext()) {
            return null;
        }
        Check first = checks.next();
        if (take) {
            checks.remove();
        }
        return first;
    }
}
