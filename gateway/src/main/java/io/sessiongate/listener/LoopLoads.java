package io.sessiongate.listener;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many client connections each traffic loop has, and which loop is to have the next. A connection stays on the loop
 * that accepted it while that has at most an eighth more than the one that has the fewest; beyond, that one gets it. The
 * system spreads connections over several accepting sockets by a hash, which is uneven where they are few; taking turns
 * would be even at first only, and not among those that stay.
 *
 * <p>Safe to use from any thread: counters that are read without order, as a choice that is a moment old does no harm.
 * Bounded by the loops.
 */
final class LoopLoads {

    private final EventLoop[] loops;
    private final AtomicInteger[] open;

    LoopLoads(List<EventLoop> loops) {
        this.loops = loops.toArray(EventLoop[]::new);
        this.open = new AtomicInteger[this.loops.length];
        for (int i = 0; i < open.length; i++) {
            open[i] = new AtomicInteger();
        }
    }

    /** The loop for a connection that was accepted on {@code here}, which need not be a traffic loop; counts it until it closes. */
    EventLoop place(Channel connection, EventLoop here) {
        int own = -1;
        int least = 0;
        for (int i = 0; i < loops.length; i++) {
            if (loops[i] == here) {
                own = i;
            }
            if (open[i].get() < open[least].get()) {
                least = i;
            }
        }
        int fewest = open[least].get();
        AtomicInteger chosen = open[own >= 0 && open[own].get() <= fewest + fewest / 8 ? own : least];
        EventLoop loop = chosen == open[least] ? loops[least] : here;
        chosen.incrementAndGet();
        connection.closeFuture().addListener(closed -> chosen.decrementAndGet());
        return loop;
    }

    /** Connections of each loop, in the transport's order. */
    List<Integer> open() {
        return List.of(open).stream().map(AtomicInteger::get).toList();
    }
}
