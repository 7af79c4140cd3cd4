package io.sessiongate.session;

import io.sessiongate.metrics.RevocationMeters;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Listens to a realm's channel: opens a connection, {@linkplain PgEar watches} it, opens another when it is lost, and tells the
 * intake what was heard and when nothing can be trusted to be heard. Confined to the check loop.
 *
 * <p>At most one connection at a time, beside those for checks. After a failure there is a {@linkplain ConnectBackoff pause},
 * which grows until a connection has lasted a few seconds; where nothing can be listened to at all, half a minute. What is
 * notified during a gap is lost: the intake is told at once, and the checks find it.
 */
final class PgListener implements PgEar.Owner {

    static final long HOPELESS_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(30);

    /** Triggers that fail are warned of again once they worked for so long. */
    private static final long UNTOLD_AGAIN_NANOS = TimeUnit.MINUTES.toNanos(5);

    private static final Logger LOG = LoggerFactory.getLogger(PgListener.class);

    private final String realm;
    private final String channel;
    private final PgLink.Source links;
    private final CheckLoop loop;
    private final RandomGenerator random;
    private final RevocationIntake intake;
    private final RevocationMeters meters;
    private final ConnectBackoff backoff;
    private @Nullable PgEar ear;
    private CheckLoop.@Nullable Timer pause;
    private boolean hearing;
    private PgEar.@Nullable Loss warnedOf;
    private boolean warnedOfUntold;
    /** When the triggers said last that they failed; at first, long before anything was heard. */
    private long untoldNanos;

    private boolean closed;

    PgListener(
            String realm,
            String channel,
            PgLink.Source links,
            CheckLoop loop,
            RandomGenerator random,
            RevocationIntake intake,
            RevocationMeters meters) {
        this.realm = realm;
        this.channel = channel;
        this.links = links;
        this.loop = loop;
        this.random = random;
        this.intake = intake;
        this.meters = meters;
        this.backoff = new ConnectBackoff(random);
        this.untoldNanos = loop.nanoTime();
    }

    /** Begins to listen; for the first time, or after a pause. */
    void open() {
        pause = null;
        if (closed) {
            return;
        }
        meters.connecting();
        links.open(opened -> {
            if (opened instanceof PgLink.Opened.Open open) {
                onOpen(open.link());
            } else if (opened instanceof PgLink.Opened.Refused refused && !closed) {
                lost(PgEar.Loss.ENDED, refused.message());
            }
        });
    }

    private void onOpen(PgLink link) {
        if (closed) {
            link.abandon(); // closed while it was opening
        } else {
            ear = new PgEar(link, channel, loop, random, this);
            ear.begin();
        }
    }

    @Override
    public void hearing(long sinceNanos) {
        hearing = true;
        meters.listening(true);
        // They may have failed between LISTEN and the proof that it works.
        intake.listening(untoldNanos - sinceNanos > 0 ? untoldNanos : sinceNanos);
    }

    @Override
    public void lasting() {
        backoff.succeeded();
        warnedOfUntold = loop.nanoTime() - untoldNanos < UNTOLD_AGAIN_NANOS && warnedOfUntold;
        if (warnedOf != null) {
            // Not as soon as it hears: one that is lost again and again shall not fill the log.
            warnedOf = null;
            LOG.atInfo()
                    .setMessage("Revocations are pushed again")
                    .addKeyValue("realm", realm)
                    .log();
        }
    }

    @Override
    public void heard(String payload) {
        RevocationPayload parsed = RevocationPayload.parse(payload);
        if (parsed == null) {
            meters.ignored();
        } else {
            parsed.applyTo(intake);
            meters.notified(kind(parsed.kind()), parsed.about().size());
            if (parsed.kind() == RevocationPayload.Kind.UNTOLD) {
                untold();
            }
        }
    }

    @Override
    public void pingBack(long nanos) {
        meters.pingBack(nanos);
    }

    /** What ended is found by the checks, as after any other gap. */
    private void untold() {
        untoldNanos = loop.nanoTime();
        if (hearing) {
            meters.listening(false);
            intake.notListening();
            meters.listening(true);
            intake.listening(untoldNanos);
        }
        if (!warnedOfUntold) {
            warnedOfUntold = true;
            LOG.atWarn()
                    .setMessage("A trigger failed to tell which sessions ended, checks find them")
                    .addKeyValue("realm", realm)
                    .addKeyValue("cure", "the log of PostgreSQL says why; run doctor, then install-revocations")
                    .log();
        }
    }

    private static RevocationMeters.Kind kind(RevocationPayload.Kind kind) {
        return switch (kind) {
            case SESSION_ENDED -> RevocationMeters.Kind.SESSION_ENDED;
            case SUBJECT_ENDED -> RevocationMeters.Kind.SUBJECT_ENDED;
            case SESSION_CHANGED -> RevocationMeters.Kind.SESSION_CHANGED;
            case SUBJECT_CHANGED -> RevocationMeters.Kind.SUBJECT_CHANGED;
            case UNTOLD -> RevocationMeters.Kind.UNTOLD;
            case PING -> RevocationMeters.Kind.PING;
        };
    }

    @Override
    public void lost(PgEar.Loss loss, String reason) {
        ear = null;
        stopHearing();
        if (loss == PgEar.Loss.SILENT) {
            meters.pingLost();
        }
        warn(loss, reason);
        long now = loop.nanoTime();
        backoff.failed(now);
        long hopelessNanos = HOPELESS_PAUSE_NANOS - random.nextLong(HOPELESS_PAUSE_NANOS / 4);
        pause = loop.schedule(loss == PgEar.Loss.POOLED ? hopelessNanos : backoff.remainingNanos(now), this::open);
    }

    /** Once for an outage, and once more if it turns out to be for want of another URL. */
    private void warn(PgEar.Loss loss, String reason) {
        boolean isSettingWrong = loss == PgEar.Loss.POOLED || loss == PgEar.Loss.IMPOSSIBLE;
        boolean wasSaid = warnedOf == loss || (warnedOf != null && !isSettingWrong);
        if (!wasSaid) {
            String cure = isSettingWrong ? "; set listen-on to the URL of the primary itself, past every pooler" : "";
            LOG.atWarn()
                    .setMessage("Revocations are not pushed, checks find them")
                    .addKeyValue("realm", realm)
                    .addKeyValue("reason", reason + cure)
                    .log();
            warnedOf = loss;
        }
    }

    private void stopHearing() {
        if (hearing) {
            hearing = false;
            meters.listening(false);
            intake.notListening();
        }
    }

    /** Ends the connection, and the intake's trust in it. May be called again. */
    void close() {
        closed = true;
        if (pause != null) {
            pause.cancel();
        }
        if (ear != null) {
            ear.close();
        }
        stopHearing();
    }
}
