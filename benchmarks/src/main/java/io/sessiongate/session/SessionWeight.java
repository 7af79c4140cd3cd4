package io.sessiongate.session;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.benchmarks.Table;
import io.sessiongate.metrics.SessionMeters;
import io.sessiongate.token.VerifiedToken;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/** What remembered sessions take of the heap. */
public final class SessionWeight {

    private SessionWeight() {}

    /** Fills a cache with so many sessions and compares the heap before and after, both after collections. */
    public static String measure(int sessions) {
        SessionCache cache =
                new SessionCache(sessions + 1, Runnable::run, new SessionMeters(new SimpleMeterRegistry(), "weight"));
        long before = usedBytes();
        for (int i = 0; i < sessions; i++) {
            SessionRow row = new SessionRow(new UUID(i, i).toString(), "user-" + i, Long.MAX_VALUE, false);
            VerifiedToken token = new VerifiedToken("user-" + i, row.id(), Set.of(), 0, Long.MAX_VALUE, Map.of(), "");
            cache.live(token.sessionKey(), SessionFacts.live(row, token, i, i, SessionFacts.NONE), i);
        }
        long each = (usedBytes() - before) / sessions;
        var table = new Table("sessions remembered", "bytes each", "MB in all");
        table.row(
                String.format(Locale.ROOT, "%,d", sessions),
                each,
                String.format(Locale.ROOT, "%.0f", each * (double) sessions / 1e6));
        // Read behind the measurement, so that the cache is alive during it.
        if (cache.find(io.sessiongate.token.Fingerprint.of(new UUID(0, 0).toString())) == SessionFacts.NONE) {
            throw new IllegalStateException("the first session was forgotten");
        }
        return table.toString();
    }

    private static long usedBytes() {
        for (int i = 0; i < 4; i++) {
            System.gc();
        }
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
