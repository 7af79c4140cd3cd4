package io.sessiongate.session;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * One connection that listens, from {@code LISTEN} until it is lost, and the watch over it. Confined to the check loop.
 *
 * <pre>
 *   JOINING ──LISTEN confirmed──► PROVING ──own ping came back──► HEARING
 *      │                             │                               │
 *      └─────────────────────────────┴───────────────────────────────┴──► LOST
 * </pre>
 *
 * A connection that is silent may be half open: the other side gone, or its machine frozen, without a word. So whoever has
 * heard nothing for five seconds notifies itself, and must hear something within five more; what is lost is known to be lost
 * after ten. Anything heard counts, another gateway's ping too: of a fleet, mostly one pings. Each pings every 30 s
 * nevertheless, so that the server does not end the connection for being idle.
 */
final class PgEar {

    static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(5);
    static final long LIMIT_NANOS = TimeUnit.SECONDS.toNanos(5);
    static final long OWN_PING_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final String NOT_ON_A_STANDBY = "25006";

    /** Is told what becomes of it, on the loop. */
    interface Owner {
        /** LISTEN was confirmed at that time, and a notification has come. */
        void hearing(long sinceNanos);

        /** It has been hearing for a while. */
        void lasting();

        void heard(String payload);

        /** A notification to itself came back after so long. */
        void pingBack(long nanos);

        /** Comes once, as the last. */
        void lost(Loss loss, String reason);
    }

    /** What kind of end it was. */
    enum Loss {
        /** The connection ended, or a statement failed. */
        ENDED,
        /** Nothing came back in time. */
        SILENT,
        /** Nothing can be listened to there. */
        IMPOSSIBLE,
        /** There is a pooler between: where it keeps no server for each client, nothing arrives, or some things by luck. */
        POOLED
    }

    private enum State {
        JOINING,
        PROVING,
        HEARING,
        LOST
    }

    private final PgLink link;
    private final String channel;
    private final CheckLoop loop;
    private final RandomGenerator random;
    private final Owner owner;
    private State state = State.JOINING;
    private long sinceNanos;
    private long heardNanos;
    private long pingedNanos;
    private long quietNanos;
    private long ownPingNanos;
    private String ping = "";
    /** Whether the statement of a ping is under way. */
    private boolean asking;
    /** Whether nothing was heard since a ping was sent. */
    private boolean waiting;
    /** Whether the last ping itself has not come back. */
    private boolean timing;

    private CheckLoop.@Nullable Timer timer;

    PgEar(PgLink link, String channel, CheckLoop loop, RandomGenerator random, Owner owner) {
        this.link = link;
        this.channel = channel;
        this.loop = loop;
        this.random = random;
        this.owner = owner;
    }

    void begin() {
        link.onGone(() -> lose(Loss.ENDED, "the connection ended"));
        link.onNotification(this::onNotification);
        deadline("LISTEN was not answered within 5 s");
        // Not together with LISTEN: a pooler would leave that with a server connection that others use.
        link.script("select pg_backend_pid()", this::onProcess);
    }

    /** Ends it without a word to the owner. */
    void close() {
        state = State.LOST;
        stopTimer();
        link.abandon();
    }

    private void onProcess(PgAnswer answer) {
        if (state != State.JOINING) {
            return;
        }
        if (answer instanceof PgAnswer.Failed failed) {
            lose(Loss.ENDED, failed.message());
        } else if (answer instanceof PgAnswer.Done done) {
            Long process = done.table().rows().get(0).integer(0);
            if (process == null || process != link.announcedProcess()) {
                // A ping may come back there by luck, when both are given the same server, and nothing else would.
                lose(Loss.POOLED, "a pooler stands between");
            } else {
                link.script("listen " + PgLookup.quoted(channel), this::onListening);
            }
        }
    }

    private void onListening(PgAnswer answer) {
        if (state != State.JOINING) {
            return;
        }
        if (answer instanceof PgAnswer.Failed failed) {
            PgFailure reported = failed.reported();
            boolean isStandby = reported != null && reported.sqlState().equals(NOT_ON_A_STANDBY);
            lose(isStandby ? Loss.IMPOSSIBLE : Loss.ENDED, failed.message());
        } else {
            // Not the moment before LISTEN was sent: a check that began between that and its commit may have seen the
            // database as it was before, and would never be told of what came next.
            sinceNanos = loop.nanoTime();
            state = State.PROVING;
            ping();
        }
    }

    private void ping() {
        pingedNanos = loop.nanoTime();
        ping = RevocationPayload.Kind.PING.letter() + ":" + Long.toHexString(random.nextLong());
        asking = true;
        waiting = true;
        timing = true;
        deadline("a notification to itself did not come back within 5 s");
        link.run("select pg_notify($1, $2)", List.of(channel, ping), this::onPinged);
    }

    private void onPinged(PgAnswer answer) {
        if (state == State.LOST) {
            return;
        }
        if (answer instanceof PgAnswer.Failed failed) {
            lose(Loss.ENDED, failed.message());
        } else {
            asking = false;
            settle();
        }
    }

    private void onNotification(String toChannel, String payload) {
        if (state == State.LOST || !toChannel.equals(channel)) {
            return;
        }
        heardNanos = loop.nanoTime();
        boolean wasWaiting = waiting;
        if (timing && payload.equals(ping)) {
            timing = false;
            owner.pingBack(heardNanos - pingedNanos);
        }
        waiting = waiting && state == State.PROVING && !payload.equals(ping);
        owner.heard(payload);
        if (wasWaiting) {
            settle();
        }
    }

    /** Goes on once a ping is over: its statement answered, and something heard. */
    private void settle() {
        if (asking || waiting || state == State.LOST) {
            return;
        }
        stopTimer();
        if (state == State.PROVING) {
            state = State.HEARING;
            owner.hearing(sinceNanos);
        } else {
            owner.lasting();
        }
        // At random, so that the gateways of a fleet do not ping all at once but one before the others.
        quietNanos = QUIET_NANOS - random.nextLong(QUIET_NANOS / 5);
        ownPingNanos = OWN_PING_NANOS - random.nextLong(OWN_PING_NANOS / 5);
        watch();
    }

    private void watch() {
        if (state == State.LOST) {
            return;
        }
        long now = loop.nanoTime();
        long restNanos = Math.min(quietNanos - (now - heardNanos), ownPingNanos - (now - pingedNanos));
        if (restNanos <= 0) {
            ping();
        } else {
            timer = loop.schedule(restNanos, this::watch);
        }
    }

    private void deadline(String reason) {
        stopTimer();
        timer = loop.schedule(
                LIMIT_NANOS, () -> lose(state == State.PROVING && !asking ? Loss.POOLED : Loss.SILENT, reason));
    }

    private void lose(Loss loss, String reason) {
        if (state != State.LOST) {
            close();
            owner.lost(loss, reason);
        }
    }

    private void stopTimer() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
