package io.sessiongate.session;

import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.policy.CheckPolicy.Standing;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.util.Map;
import java.util.Set;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.StressOptions;
import org.junit.jupiter.api.Test;

/**
 * Findings and ends of two sessions, written and read by several threads at once, are those of some order in which one thread
 * does the same. Under stress alone: the interleavings inside the cache library depend on more than the scheduler.
 */
@Param(name = "of", gen = IntGen.class, conf = "0:1")
@Param(name = "time", gen = IntGen.class, conf = "1:3")
public class SessionCacheLincheckTest {

    /** Ends are remembered up to here, and some for less. */
    private static final int NOW = 2;

    private static final VerifiedToken[] TOKENS = {token("a"), token("b")};

    private final SessionCache cache =
            new SessionCache(100, Runnable::run, new SessionMeters(new CompositeMeterRegistry(), "test"));

    private static VerifiedToken token(String session) {
        return new VerifiedToken("ann", session, Set.of(), 0, 1, Map.of(), "sha");
    }

    @Operation
    public String live(@Param(name = "of") int of, @Param(name = "time") int time) {
        SessionRow row = new SessionRow(TOKENS[of].sessionId(), null, Long.MAX_VALUE, false);
        SessionFacts found = SessionFacts.live(row, TOKENS[of], time, 0, SessionFacts.NONE);
        return text(cache.live(key(of), found, NOW));
    }

    @Operation
    public String end(@Param(name = "of") int of, @Param(name = "time") int time) {
        return text(cache.end(key(of), SessionFacts.ended(EndReason.REVOKED, time)));
    }

    @Operation
    public void endIfKnown(@Param(name = "of") int of, @Param(name = "time") int time) {
        cache.endIfKnown(key(of), SessionFacts.ended(EndReason.REVOKED, time + 1), time);
    }

    @Operation
    public String find(@Param(name = "of") int of) {
        return text(cache.find(key(of)));
    }

    private static Fingerprint key(int of) {
        return TOKENS[of].sessionKey();
    }

    private static String text(SessionFacts facts) {
        return facts.standing() + " " + (facts.standing() == Standing.LIVE ? facts.checkedNanos() : facts.untilNanos());
    }

    @Test
    void isAsIfOneThreadDidIt() {
        new StressOptions()
                .iterations(5)
                .invocationsPerIteration(200)
                .threads(3)
                .actorsPerThread(3)
                .check(SessionCacheLincheckTest.class);
    }
}
