package io.sessiongate.listener;

import io.netty.channel.EventLoop;
import io.sessiongate.flow.StreamGuard;
import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.StreamMeters;
import io.sessiongate.metrics.StreamMeters.Cause;
import io.sessiongate.metrics.StreamMeters.Kind;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The exchanges of one event loop that go on for long, so that they end with their session. Confined to that loop, but for
 * {@link #none} and {@link #rules}. Holds at most one entry an exchange, so as many as there are requests under way.
 *
 * <pre>
 *   begun ──► young ──a few seconds, seen by the sweep──► open ──revoked, expired, rechecked──► ended
 *               │ └──upgraded, event stream──────────────► │
 *               └──over (nearly all)                       └──over
 * </pre>
 *
 * A sweep runs while there is anything to look at. It takes from the front of the young ones, which are in the order in
 * which they began, those that are not young any more, and has every open one checked, {@value #SLICE} in a turn of the
 * loop. What opens is checked at once: its session may have ended since its request was decided, when it could not yet be
 * found here. In observe mode what would be ended is counted, once, and goes on.
 */
final class LoopStreams {

    private static final Logger LOG = LoggerFactory.getLogger(LoopStreams.class);

    /** Age at which a request counts as going on for long. */
    static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(2);

    private static final int SLICE = 256;

    private final EventLoop loop;
    private volatile long sweepNanos;
    private volatile boolean enforcing;
    private final InstantSource clock;
    private final StreamMeters meters;

    private final YoungExchanges young = new YoungExchanges();
    private final List<OpenStream> open = new ArrayList<>();
    private final StreamIndex bySession = new StreamIndex();
    private final StreamIndex bySubject = new StreamIndex();
    private volatile boolean none = true;

    private boolean sweeping;
    private long round;

    /** Streams before this place are still to be checked. */
    private int unchecked;

    private boolean checking;
    private boolean again;

    LoopStreams(EventLoop loop, long sweepNanos, boolean enforcing, InstantSource clock, StreamMeters meters) {
        this.loop = loop;
        this.sweepNanos = sweepNanos;
        this.enforcing = enforcing;
        this.clock = clock;
        this.meters = meters;
    }

    /** From any thread: how often it sweeps, and whether what has to end is ended, from the next sweep on. */
    void rules(long newSweepNanos, boolean nowEnforcing) {
        sweepNanos = newSweepNanos;
        enforcing = nowEnforcing;
    }

    /**
     * From any thread: whether nothing is open. A revocation that sees so after the session gate knows of it has nothing to
     * do here: what opens later is checked behind the write of this field, and that check knows of it as well.
     */
    boolean none() {
        return none;
    }

    /** A request has been forwarded. */
    void begun(Ongoing exchange) {
        exchange.begunRound = round;
        young.add(exchange);
        if (!sweeping) {
            sweepLater();
        }
    }

    /** It is over, however it ended; known here or not. */
    void over(Ongoing exchange) {
        young.remove(exchange);
        OpenStream stream = exchange.stream;
        if (stream != null) {
            remove(stream);
        }
    }

    /**
     * It goes on for long, or has turned out to be of this kind.
     *
     * @return false where it has been ended within the call
     */
    boolean open(Ongoing exchange, Kind kind) {
        young.remove(exchange);
        OpenStream known = exchange.stream;
        if (known != null) {
            meters.closed(known.kind);
            known.kind = kind;
            meters.opened(kind);
            return true;
        }
        StreamGuard guard = exchange.guard();
        if (guard == null) {
            return true;
        }
        OpenStream stream = new OpenStream(exchange, guard, kind, this::onFault);
        exchange.stream = stream;
        stream.place = open.size();
        open.add(stream);
        bySession.add(guard.session(), stream);
        bySubject.add(guard.subject(), stream);
        meters.opened(kind);
        none = false;
        check(stream);
        return exchange.stream != null || !enforcing;
    }

    private void remove(OpenStream stream) {
        OpenStream last = open.remove(open.size() - 1);
        if (last != stream) {
            open.set(stream.place, last);
            last.place = stream.place;
        }
        stream.place = -1;
        stream.exchange().stream = null;
        bySession.remove(stream.guard().session(), stream);
        bySubject.remove(stream.guard().subject(), stream);
        meters.closed(stream.kind);
        none = open.isEmpty();
    }

    /** Ends the streams of a session or subject. */
    void end(Revocation revocation) {
        StreamIndex index = revocation.bySubject() ? bySubject : bySession;
        for (OpenStream stream : index.of(revocation.realm(), revocation.key())) {
            end(stream, revocation.cause(), FaultKind.SESSION_ENDED);
        }
    }

    private void onFault(OpenStream stream, FaultKind fault) {
        Cause cause = fault == FaultKind.SESSION_CHECK_UNAVAILABLE ? Cause.UNAVAILABLE : Cause.RECHECK;
        end(stream, cause, fault);
    }

    private void end(OpenStream stream, Cause cause, FaultKind fault) {
        if (stream.place < 0) {
            return; // by the end of another one
        }
        remove(stream);
        try {
            if (!enforcing || stream.exchange().end(fault)) {
                meters.ended(cause);
            }
        } catch (RuntimeException e) {
            LOG.atError().setCause(e).log("A stream could not be ended");
        }
    }

    // ---- the sweep

    private void sweepLater() {
        sweeping = true;
        var unused = loop.schedule(this::sweep, sweepNanos, TimeUnit.NANOSECONDS);
    }

    private void sweep() {
        round++;
        if (young.isEmpty() && open.isEmpty()) {
            sweeping = false;
            return;
        }
        sweepLater();
        openGrown();
        recheckAll();
    }

    private void openGrown() {
        long roundNanos = sweepNanos;
        // Rounded up, and one more: the round in which an exchange begins is half over.
        long longRounds = (LONG_NANOS + roundNanos - 1) / roundNanos + 1;
        for (int i = 0; i < SLICE; i++) {
            Ongoing next = young.oldest();
            if (next == null || round - next.begunRound < longRounds) {
                return;
            }
            open(next, Kind.LONG_RUNNING);
        }
        loop.execute(this::openGrown);
    }

    /** Has every stream checked that is open now, in turns of the loop that are short. */
    void recheckAll() {
        if (checking) {
            again = true; // behind the round under way, or those checked last would never be reached
        } else {
            unchecked = open.size();
            checkSome();
        }
    }

    /** From the back: who takes the place of one that is removed comes from behind it and has been checked. */
    private void checkSome() {
        for (int i = 0; i < SLICE; i++) {
            unchecked = Math.min(unchecked, open.size());
            if (unchecked == 0) {
                break;
            }
            unchecked--;
            check(open.get(unchecked));
        }
        if (unchecked == 0 && again) {
            again = false;
            unchecked = open.size();
        }
        checking = unchecked > 0;
        if (checking) {
            loop.execute(this::checkSome);
        }
    }

    private void check(OpenStream stream) {
        if (clock.millis() >= stream.guard().closeAtEpochMillis()) {
            end(stream, Cause.EXPIRED, FaultKind.TOKEN_EXPIRED);
        } else {
            stream.recheck(loop);
        }
    }
}
