package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.lang.management.ManagementFactory;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What the hot path and a remembered session cost. */
class SessionMemoryTest {

    private static long usedBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    /** Ids and subjects are not kept as text, so their length does not count. */
    @Test
    void aRememberedSessionTakesAtMostAFewHundredBytes() {
        int sessions = 200_000;
        SessionCache cache =
                new SessionCache(sessions * 2, Runnable::run, new SessionMeters(new SimpleMeterRegistry(), "test"));
        long before = usedBytes();

        for (int i = 0; i < sessions; i++) {
            SessionRow row = new SessionRow(new UUID(i, i).toString(), Integer.toString(i), Long.MAX_VALUE, false);
            VerifiedToken token =
                    new VerifiedToken(Integer.toString(i), row.id(), Set.of(), 0, Long.MAX_VALUE, Map.of(), "");
            cache.live(token.sessionKey(), SessionFacts.live(row, token, i, i, SessionFacts.NONE), i);
        }
        long each = (usedBytes() - before) / sessions;

        System.out.println("MEASURED bytes a session: " + each);
        assertThat(each).isLessThanOrEqualTo(256);
        assertThat(cache.find(Fingerprint.of(new UUID(7, 7).toString()))).isNotSameAs(SessionFacts.NONE);
    }

    @Test
    void servingFromMemoryAllocatesNothing() {
        GateFixture fixture = new GateFixture();
        fixture.store.login("s", "ann");
        VerifiedToken token = fixture.token("s", "ann");
        fixture.answer(token);
        SessionGate gate = fixture.gate();
        int requests = 200_000;
        for (int i = 0; i < requests; i++) {
            gate.decide(token, null, fixture.loop, verdict -> {});
        }
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < requests; i++) {
            gate.decide(token, null, fixture.loop, verdict -> {});
        }
        long each = (threads.getCurrentThreadAllocatedBytes() - before) / requests;

        System.out.println("MEASURED bytes a request: " + each);
        // The fake clock makes an Instant where the system's does not; the rest is the cache's upkeep, now and then.
        assertThat(each).isLessThan(64);
    }
}
