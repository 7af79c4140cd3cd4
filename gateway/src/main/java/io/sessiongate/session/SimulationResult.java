package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.util.List;
import java.util.Map;

/**
 * What a simulation came to.
 *
 * @param elapsedNanos how long it ran, in its own time
 * @param requests that asked, those included that came again after a 503
 * @param retries the latter
 * @param queries made to check sessions
 * @param checks sessions in them
 * @param confirmed questions that a replica's answer left to the primary
 * @param waits of the requests that had to wait
 * @param stale requests served on an older check because none could be made
 * @param ended requests refused because the session was over
 * @param unknown requests refused because nobody could say, by reason
 * @param servedAfterEndNanos the longest a session was served after its end
 * @param mostQueries at once, of one gateway
 * @param mostConnections at once, of one gateway
 * @param mostAtDatabase connections at once, of all gateways
 * @param lastStaleNanos when the last of {@code stale} was answered
 * @param lastUnknownNanos when the last of {@code unknown} was answered
 * @param lastCheckedNanos when the last request that waited for its check was served
 * @param violations of what never may be, in words; empty when all held
 */
public record SimulationResult(
        long elapsedNanos,
        long requests,
        long retries,
        long queries,
        long checks,
        long confirmed,
        WaitTimes waits,
        long stale,
        long ended,
        Map<UnknownReason, Long> unknown,
        long servedAfterEndNanos,
        int mostQueries,
        int mostConnections,
        int mostAtDatabase,
        long lastStaleNanos,
        long lastUnknownNanos,
        long lastCheckedNanos,
        List<String> violations) {

    /** Requests refused because nobody could say. */
    public long unavailable() {
        return unknown.values().stream().mapToLong(Long::longValue).sum();
    }

    /** Queries of each gateway and the database, a second. */
    public double queriesPerSecond() {
        return queries * 1e9 / elapsedNanos;
    }
}
