package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Counts what happens in a simulation and watches over what never may. Confined to the simulation's thread; the first few
 * violations are kept in words, the rest counted.
 */
final class SimulationTally {

    private static final int MOST_WORDS = 10;

    private final List<String> violations = new ArrayList<>();
    private final Map<UnknownReason, Long> unknown = new EnumMap<>(UnknownReason.class);
    private WaitTimes waits = new WaitTimes();
    private long requests;
    private long stale;
    private long ended;
    private long retries;
    private long sessionsAsked;
    private long queries;
    private int mostQueries;
    private int mostConnections;
    private long servedAfterEndNanos;
    private long lastUnknownNanos;
    private long lastCheckedNanos;
    private long lastStaleNanos;
    private long under;

    void requested(boolean isRetry) {
        requests++;
        retries += isRetry ? 1 : 0;
        under++;
    }

    /** A query for so many sessions goes out. */
    void queried(int sessions) {
        queries++;
        sessionsAsked += sessions;
    }

    /** A gateway has so many of them at once. */
    void atMost(int now, int limit, String what) {
        if (what.equals("queries")) {
            mostQueries = Math.max(mostQueries, now);
        } else {
            mostConnections = Math.max(mostConnections, now);
        }
        expect(now <= limit, "more than connection_limit " + what + " at once");
    }

    void expect(boolean held, String violation) {
        if (!held) {
            violations.add(violations.size() < MOST_WORDS ? violation : "and more");
        }
    }

    /**
     * A request was answered.
     *
     * @param waitedNanos since it asked, zero where it did not have to wait
     * @param overNanos how long the session had been over by then, zero where it was not
     * @param boundNanos how long that may be on this ground
     */
    void answered(SessionVerdict verdict, long nowNanos, long waitedNanos, long overNanos, long boundNanos) {
        under--;
        if (waitedNanos > 0) {
            waits.add(waitedNanos);
        }
        if (verdict instanceof Live live) {
            servedAfterEndNanos = Math.max(servedAfterEndNanos, overNanos);
            if (overNanos > boundNanos) {
                expect(
                        false,
                        "served " + live.how() + " " + overNanos / 1_000_000 + " ms after its end, bound "
                                + boundNanos / 1_000_000);
            }
            if (live.how() == How.CHECKED) {
                lastCheckedNanos = nowNanos;
            }
            if (live.how() == How.STALE) {
                stale++;
                lastStaleNanos = nowNanos;
            }
        } else if (verdict instanceof Ended) {
            ended++;
            expect(overNanos > 0, "signed out without cause");
        } else if (verdict instanceof Unknown why) {
            unknown.merge(why.reason(), 1L, Long::sum);
            lastUnknownNanos = nowNanos;
        }
    }

    /** How many requests are without an answer. */
    long underWay() {
        return under;
    }

    /** Begins to count afresh; what is under way stays so. */
    void clear() {
        waits = new WaitTimes();
        unknown.clear();
        requests = 0;
        retries = 0;
        stale = 0;
        ended = 0;
        queries = 0;
        sessionsAsked = 0;
        mostQueries = 0;
        servedAfterEndNanos = 0;
    }

    SimulationResult result(SimulatedDatabase database, long elapsedNanos) {
        return new SimulationResult(
                elapsedNanos,
                requests,
                retries,
                queries,
                sessionsAsked,
                database.confirmed(),
                waits,
                stale,
                ended,
                Map.copyOf(unknown),
                servedAfterEndNanos,
                mostQueries,
                mostConnections,
                database.mostConnections(),
                lastStaleNanos,
                lastUnknownNanos,
                lastCheckedNanos,
                List.copyOf(violations));
    }
}
