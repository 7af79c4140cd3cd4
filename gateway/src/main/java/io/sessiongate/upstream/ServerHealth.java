package io.sessiongate.upstream;

import io.sessiongate.metrics.ServerFailure;
import io.sessiongate.upstream.policy.CheckCount;
import io.sessiongate.upstream.policy.EjectionRule;
import io.sessiongate.upstream.policy.SlowStart;
import io.sessiongate.upstream.policy.Standing;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * How one server stands: what its requests and the checks say, since when, and whether it was tried in vain a moment ago.
 * Requests on any loop report, one task checks; all may read. No locks: each part is one immutable value.
 */
final class ServerHealth {

    /** After a failed connect, while another server can be taken. */
    private static final long RESTS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final AtomicReferenceFieldUpdater<ServerHealth, Standing> STANDING =
            AtomicReferenceFieldUpdater.newUpdater(ServerHealth.class, Standing.class, "standing");

    private volatile Standing standing = Standing.GOOD;
    private volatile Rest rest = new Rest(false, 0);
    private volatile Checked checked;
    private volatile @Nullable Failure last;
    private volatile @Nullable Ejected ejected;

    private record Rest(boolean rests, long sinceNanos) {}

    /** What the checks say, and since when. */
    private record Checked(CheckCount count, boolean starts, long sinceNanos) {}

    private record Ejected(long atNanos) {}

    /** What it did wrong last. */
    record Failure(ServerFailure what, long atNanos) {}

    /**
     * A server that is well.
     *
     * @param starts whether it is new among others, which have their share already
     */
    ServerHealth(boolean starts, long nowNanos) {
        checked = new Checked(CheckCount.UNASKED, starts, nowNanos);
    }

    /** A request failed there; true where it is left out from now on because of that. */
    boolean failed(ServerFailure what, EjectionRule rule, long nowNanos) {
        last = new Failure(what, nowNanos);
        if (what == ServerFailure.CONNECT) {
            rest = new Rest(true, nowNanos);
        }
        while (true) {
            Standing before = standing;
            Standing after = before.failed(rule, nowNanos);
            if (STANDING.compareAndSet(this, before, after)) {
                boolean ejects = after.out(nowNanos) && !before.out(nowNanos);
                if (ejects) {
                    ejected = new Ejected(nowNanos);
                }
                return ejects;
            }
        }
    }

    /** It answered a request. */
    void answered(long nowNanos) {
        while (standing.failures() > 0) {
            Standing before = standing;
            if (STANDING.compareAndSet(this, before, before.answered(nowNanos))) {
                return;
            }
        }
    }

    /** A connection stands. */
    void reached() {
        Rest now = rest;
        if (now.rests) {
            rest = new Rest(false, now.sinceNanos);
        }
    }

    /** A check is over; true where it takes the server out or brings it back. Called by one thread at a time. */
    boolean checked(boolean good, int healthyAfter, int unhealthyAfter, long nowNanos) {
        if (!good) {
            last = new Failure(ServerFailure.CHECK, nowNanos);
        }
        Checked before = checked;
        CheckCount after = before.count.after(good, healthyAfter, unhealthyAfter);
        boolean turned = after.well() != before.count.well();
        checked = turned
                ? new Checked(after, after.well(), nowNanos)
                : new Checked(after, before.starts, before.sinceNanos);
        return turned;
    }

    /** It is not checked any more: what was found is no longer known. */
    void unchecked() {
        if (!well()) {
            checked = new Checked(CheckCount.UNASKED, false, checked.sinceNanos);
        }
    }

    boolean well() {
        return checked.count.well();
    }

    boolean ejected(long nowNanos) {
        return standing.out(nowNanos);
    }

    /** Whether requests are sent to it while others can be taken. */
    boolean in(long nowNanos) {
        return well() && !ejected(nowNanos);
    }

    /** Whether it is better left out for a moment. */
    boolean rests(long nowNanos) {
        Rest now = rest;
        return now.rests && nowNanos - now.sinceNanos < RESTS_NANOS;
    }

    /** How much of its share it gets. */
    double share(long nowNanos, long slowStartNanos) {
        Checked found = checked;
        double share = found.starts ? SlowStart.share(nowNanos - found.sinceNanos, slowStartNanos) : 1;
        Standing now = standing;
        return now.back(nowNanos)
                ? Math.min(share, SlowStart.share(nowNanos - now.untilNanos(), slowStartNanos))
                : share;
    }

    /** How long it is left out still; 0 where it is not. */
    long ejectedNanos(long nowNanos) {
        Standing now = standing;
        return now.out(nowNanos) ? now.untilNanos() - nowNanos : 0;
    }

    /** How long it has been in, or out, as it is. */
    long stateNanos(long nowNanos) {
        Checked found = checked;
        Standing now = standing;
        Ejected since = ejected;
        long changed = found.sinceNanos;
        if (now.out(nowNanos) && since != null) {
            changed = found.count.well() ? since.atNanos : Math.min(changed, since.atNanos);
        } else if (now.back(nowNanos) && now.untilNanos() - changed > 0 && found.count.well()) {
            changed = now.untilNanos();
        }
        return nowNanos - changed;
    }

    @Nullable Failure last() {
        return last;
    }
}
