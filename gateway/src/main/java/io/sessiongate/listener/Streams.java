package io.sessiongate.listener;

import io.netty.channel.EventLoop;
import io.sessiongate.metrics.StreamMeters;
import io.sessiongate.metrics.StreamMeters.Cause;
import io.sessiongate.session.RevocationWatcher;
import io.sessiongate.token.Fingerprint;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The streams of all event loops: a {@link LoopStreams} and its {@link RevocationInbox} for each. Immutable; safe to use
 * from any thread.
 */
final class Streams {

    private static final Duration SLOWEST_SWEEP = Duration.ofSeconds(1);
    private static final Duration FASTEST_SWEEP = Duration.ofMillis(100);

    private final IdentityHashMap<EventLoop, LoopStreams> byLoop = new IdentityHashMap<>();
    private final List<RevocationInbox> inboxes = new ArrayList<>();
    private final StreamMeters meters;

    /**
     * Prepares the lists; schedules nothing.
     *
     * @param limit requests, and so streams, that may be under way at once
     * @param enforcing whether what has to end is ended, else it is only counted
     * @param interval shortest time in which a lost revocation has to be found by checking; zero where there is none
     */
    Streams(
            List<EventLoop> loops,
            int limit,
            Duration interval,
            boolean enforcing,
            InstantSource clock,
            StreamMeters meters) {
        this.meters = meters;
        meters.bounds(limit, loops.size() * RevocationInbox.BOUND);
        for (EventLoop loop : loops) {
            LoopStreams streams = new LoopStreams(loop, sweep(interval).toNanos(), enforcing, clock, meters);
            byLoop.put(loop, streams);
            inboxes.add(new RevocationInbox(loop, streams, meters));
        }
    }

    /** Other rules hold from the next sweep on; the parameters are those of the constructor. From any thread. */
    void rules(int limit, Duration interval, boolean enforcing) {
        meters.bounds(limit, inboxes.size() * RevocationInbox.BOUND);
        byLoop.values().forEach(streams -> streams.rules(sweep(interval).toNanos(), enforcing));
    }

    /** A tenth of the interval, which is what the checks' jitter leaves of it. */
    private static Duration sweep(Duration interval) {
        Duration tenth = interval.dividedBy(10);
        return interval.isZero() || tenth.compareTo(SLOWEST_SWEEP) > 0
                ? SLOWEST_SWEEP
                : tenth.compareTo(FASTEST_SWEEP) < 0 ? FASTEST_SWEEP : tenth;
    }

    /** Those of a loop, to be used on it. */
    LoopStreams of(EventLoop loop) {
        LoopStreams streams = byLoop.get(loop);
        if (streams == null) {
            throw new IllegalArgumentException("not a loop of this server");
        }
        return streams;
    }

    /** Ends streams of that realm when told to. */
    RevocationWatcher watcher(String realm) {
        return new RevocationWatcher() {
            @Override
            public void sessionEnded(Fingerprint session) {
                tell(new Revocation(realm, session, false, Cause.REVOKED));
            }

            @Override
            public void sessionFoundEnded(Fingerprint session) {
                tell(new Revocation(realm, session, false, Cause.RECHECK));
            }

            @Override
            public void subjectEnded(Fingerprint subject) {
                tell(new Revocation(realm, subject, true, Cause.REVOKED));
            }
        };
    }

    private void tell(Revocation revocation) {
        for (int i = 0; i < inboxes.size(); i++) {
            inboxes.get(i).add(revocation);
        }
    }
}
