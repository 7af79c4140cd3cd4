package io.sessiongate.session;

import io.sessiongate.metrics.ReplicaMeters;
import io.sessiongate.session.CheckResult.Failed;
import io.sessiongate.session.PrimaryLine.Inquiry;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection to the primary beside those for checks: it confirms what replicas cannot answer for, and takes the samples by
 * which their lag is told. Opened when first wanted. Confined to the check loop.
 *
 * <p>One statement at a time; whoever waits meanwhile goes into the next, up to a batch. At most one caller for each connection to
 * a replica waits, and each gives up by itself at the end of its check's time ({@link #withdraw}). While the primary
 * cannot be reached nobody waits for it. A statement that is overdue is canceled, and its link given up a second later.
 */
final class SharedPrimary {

    /** Samples are taken for so long after the last use of a replica. */
    static final long SAMPLING_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Logger LOG = LoggerFactory.getLogger(SharedPrimary.class);

    private final String realm;
    private final PrimaryLink.Source source;
    private final CheckLoop loop;
    private final long queryTimeoutNanos;
    private final long sampleIntervalNanos;
    private final WalSamples samples;
    private final ConnectBackoff backoff;
    private final ReplicaMeters meters;
    private final Wakeup wakeup;
    private final PrimaryLine line = new PrimaryLine();
    private @Nullable PrimaryLink link;
    private CheckLoop.@Nullable Timer watchdog;
    private boolean opening;
    private boolean busy;
    private boolean failing;
    private boolean proven;
    private boolean closed;
    private boolean sampling;
    private long sampleDueNanos;
    private long usedNanos;

    SharedPrimary(
            String realm,
            PrimaryLink.Source source,
            CheckLoop loop,
            ReplicatedConnector.Limits limits,
            WalSamples samples,
            ConnectBackoff backoff,
            ReplicaMeters meters) {
        this.realm = realm;
        this.source = source;
        this.loop = loop;
        this.queryTimeoutNanos = limits.queryTimeoutNanos();
        this.sampleIntervalNanos = Math.max(
                TimeUnit.MILLISECONDS.toNanos(250), Math.min(limits.maxLagNanos() / 4, TimeUnit.SECONDS.toNanos(1)));
        this.samples = samples;
        this.backoff = backoff;
        this.meters = meters;
        this.wakeup = new Wakeup(loop, this::pump);
    }

    /**
     * Asks about ids, at most a batch. {@code then} is told once on the loop, never before this returns; what it is told holds
     * whatever was committed before this was called.
     */
    Inquiry ask(List<String> ids, Consumer<CheckResult> then) {
        Inquiry inquiry = new Inquiry(ids, then);
        line.add(inquiry);
        pumpSoon();
        return inquiry;
    }

    /** It is answered as having taken too long; a statement that nobody waits for any more is canceled. */
    void withdraw(Inquiry inquiry) {
        if (line.withdraw(inquiry, overdue()) && link != null) {
            link.cancel();
        }
        publish();
    }

    /** A replica is in use: there should be samples for a while. */
    void replicaUsed() {
        usedNanos = loop.nanoTime();
        if (!sampling) {
            sampling = true;
            sampleDueNanos = usedNanos;
            pumpSoon();
        }
    }

    private void pumpSoon() {
        soon(this::pump);
    }

    private void soon(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The loop is closed, and with it every check.
        }
    }

    private void pump() {
        long now = loop.nanoTime();
        sampling = sampling && now - usedNanos < SAMPLING_NANOS;
        PrimaryLink open = link;
        if (closed) {
            line.fail(new Failed(UnknownReason.STOPPING, "stopping"));
        } else if (open == null) {
            openIfWanted(now);
        } else if (!busy) {
            if (sampling && sampleDueNanos - now <= 0) {
                sample(open, now);
            } else if (line.isAnyWaiting()) {
                askNext(open);
            } else if (sampling) {
                wakeup.in(sampleDueNanos - now);
            }
        }
        publish();
    }

    private void openIfWanted(long now) {
        if (opening || (!line.isAnyWaiting() && !sampling)) {
            return;
        }
        long pauseNanos = backoff.remainingNanos(now);
        if (pauseNanos > 0) {
            line.fail(new Failed(UnknownReason.DATABASE_UNAVAILABLE, "the primary cannot be reached"));
            if (sampling) {
                wakeup.in(pauseNanos);
            }
            return;
        }
        opening = true;
        source.open(this::onOpened);
    }

    private void onOpened(PrimaryLink.Opened opened) {
        opening = false;
        if (opened instanceof PrimaryLink.Opened.Open open) {
            PrimaryLink fresh = open.link();
            link = fresh;
            proven = false;
            // It may lead to another server than the last one.
            samples.clear();
            sampleDueNanos = loop.nanoTime();
            fresh.onGone(this::onGone);
            if (closed) {
                fresh.abandon();
            }
            pump();
        } else if (opened instanceof PrimaryLink.Opened.Refused refused) {
            backoff.failed(loop.nanoTime());
            failing(refused.message());
            line.fail(new Failed(UnknownReason.DATABASE_UNAVAILABLE, refused.message()));
            pumpSoon();
        }
    }

    private void onGone() {
        link = null;
        if (!proven) {
            backoff.failed(loop.nanoTime()); // let in and thrown out, as a pooler without a server does
        }
        stopWatchdog();
        busy = false;
        line.answer(new Failed(UnknownReason.DATABASE_UNAVAILABLE, "the connection to the primary broke"));
        if (!closed) {
            pumpSoon();
        }
    }

    private void sample(PrimaryLink open, long now) {
        begin(open);
        sampleDueNanos = now + sampleIntervalNanos;
        open.position(position -> onSample(open, position, now));
    }

    private void onSample(PrimaryLink asked, OptionalLong position, long askedNanos) {
        if (position.isPresent()) {
            samples.add(position.getAsLong(), askedNanos);
            succeeded();
        } else {
            failing("the primary does not say how far its log reaches");
        }
        settle(asked);
    }

    private void askNext(PrimaryLink open) {
        begin(open);
        meters.askedPrimary();
        open.check(line.next(), CheckConnection.ANY_AGE, result -> onAnswer(open, result));
    }

    private void onAnswer(PrimaryLink asked, CheckResult result) {
        if (result instanceof CheckResult.Rows) {
            succeeded();
        }
        line.answer(result);
        settle(asked);
    }

    private void begin(PrimaryLink open) {
        busy = true;
        watchdog = loop.schedule(queryTimeoutNanos + CheckSlot.CANCEL_GRACE_NANOS, () -> {
            watchdog = loop.schedule(CheckSlot.ABANDON_GRACE_NANOS, open::abandon);
            open.cancel();
            line.answer(overdue());
        });
    }

    /** A turn later, as a statement fails a moment before its broken link is known to be gone. */
    private void settle(PrimaryLink asked) {
        stopWatchdog();
        soon(() -> {
            if (link == asked) {
                busy = false;
                pump();
            }
        });
    }

    private void stopWatchdog() {
        if (watchdog != null) {
            watchdog.cancel();
            watchdog = null;
        }
    }

    private void succeeded() {
        proven = true;
        backoff.succeeded();
        if (failing) {
            failing = false;
            LOG.atInfo()
                    .setMessage("The primary can be asked again what its read replicas do not know")
                    .addKeyValue("realm", realm)
                    .log();
        }
    }

    private void failing(String message) {
        if (!failing) {
            failing = true;
            LOG.atWarn()
                    .setMessage("The primary cannot be asked what its read replicas do not know")
                    .addKeyValue("realm", realm)
                    .addKeyValue("reason", message)
                    .log();
        }
    }

    private static Failed overdue() {
        return new Failed(UnknownReason.QUERY_TIMEOUT, "no answer within the query timeout");
    }

    private void publish() {
        meters.waitingForPrimary(line.size());
    }

    /** Closes the link and answers whoever waits; may be called again. */
    void close() {
        closed = true;
        sampling = false;
        wakeup.cancel();
        line.fail(new Failed(UnknownReason.STOPPING, "stopping"));
        if (link != null) {
            link.abandon();
        }
    }
}
