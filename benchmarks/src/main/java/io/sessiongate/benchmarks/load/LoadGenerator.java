package io.sessiongate.benchmarks.load;

import io.sessiongate.benchmarks.load.LoadPlan.Pace;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * Sends a load from one thread over non-blocking sockets, so that 500 connections cost the machine under test little
 * more than one. Bounded by the plan: one request under way a connection, each with a deadline.
 */
public final class LoadGenerator {

    private static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(10);
    private static final long OVERDUE_SCAN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final LoadPlan plan;
    private final Selector selector;
    private final Histogram latencyMicros = new Histogram(HIGHEST_MICROS, 3);
    private final TreeMap<String, Long> outcomes = new TreeMap<>();
    private final List<UserConnection> connections = new ArrayList<>();
    private final PriorityQueue<UserConnection> waiting =
            new PriorityQueue<>(Comparator.comparingLong((UserConnection c) -> c.dueNanos));
    private final ByteBuffer received = ByteBuffer.allocateDirect(256 * 1024);
    private final long startNanos = System.nanoTime();

    /** Nothing is due from then on. */
    private final long endNanos;

    private long toSend;
    private long again;
    private int underWay;

    private LoadGenerator(LoadPlan plan, Selector selector) {
        this.plan = plan;
        this.selector = selector;
        this.endNanos = startNanos + length(plan.pace()).toNanos();
        this.toSend = plan.pace() instanceof Pace.Count count ? count.total() : Long.MAX_VALUE;
    }

    /** Runs the plan on the calling thread and returns when the last request is answered or timed out. */
    public static LoadResult run(LoadPlan plan) throws IOException {
        try (Selector selector = Selector.open()) {
            return new LoadGenerator(plan, selector).run();
        }
    }

    private static Duration length(Pace pace) {
        if (pace instanceof Pace.During during) {
            return during.length();
        }
        return pace instanceof Pace.Every every ? every.length() : Duration.ofDays(1);
    }

    private LoadResult run() throws IOException {
        for (int i = 0; i < plan.connections(); i++) {
            var connection = new UserConnection(this, plan, i);
            connection.dueNanos = startNanos + offsetNanos(i);
            connections.add(connection);
            waiting.add(connection);
        }
        long nextScan = startNanos;
        try {
            while (true) {
                long now = System.nanoTime();
                sendDue(now);
                if (underWay == 0 && !moreToSend()) {
                    break;
                }
                select(now);
                if (now - nextScan >= 0) {
                    connections.forEach(c -> c.giveUpIfOverdue(now));
                    nextScan = now + OVERDUE_SCAN_NANOS;
                }
            }
        } finally {
            connections.forEach(UserConnection::close);
        }
        return new LoadResult(latencyMicros, outcomes, System.nanoTime() - startNanos, again);
    }

    private long offsetNanos(int connection) {
        return plan.pace() instanceof Pace.Every every
                ? every.interval().toNanos() * connection / plan.connections()
                : 0;
    }

    private boolean moreToSend() {
        UserConnection next = waiting.peek();
        return toSend > 0 && next != null && next.dueNanos - endNanos < 0;
    }

    private void sendDue(long now) {
        while (moreToSend()) {
            UserConnection next = waiting.element();
            if (next.dueNanos - now > 0) {
                return;
            }
            waiting.remove();
            toSend--;
            underWay++;
            next.send();
        }
    }

    @SuppressWarnings("ThreadPriorityCheck") // a hint to let the server run where both share a processor
    private void select(long now) throws IOException {
        UserConnection next = waiting.peek();
        long untilDue = moreToSend() && next != null ? next.dueNanos - now : OVERDUE_SCAN_NANOS;
        // The kernel waits in whole milliseconds here: the rest of one is spent polling, so that nothing goes out late.
        long millis = Math.min(untilDue, OVERDUE_SCAN_NANOS) / 1_000_000;
        if (millis > 0) {
            selector.select(this::ready, millis);
        } else {
            selector.selectNow(this::ready);
            Thread.yield();
        }
    }

    private void ready(SelectionKey key) {
        ((UserConnection) key.attachment()).ready(received);
    }

    Selector selector() {
        return selector;
    }

    /** A request is sent once more. */
    void again() {
        again++;
    }

    /** A request is over: counts it and decides when this connection's next is due. */
    void over(UserConnection connection, String outcome) {
        long now = System.nanoTime();
        latencyMicros.recordValue(Math.min((now - connection.dueNanos) / 1000, HIGHEST_MICROS));
        outcomes.merge(outcome, 1L, Long::sum);
        underWay--;
        connection.dueNanos = plan.pace() instanceof Pace.Every every
                ? connection.dueNanos + every.interval().toNanos()
                : now;
        waiting.add(connection);
    }
}
