package io.sessiongate.session;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.RevocationConfig;
import io.sessiongate.config.SessionConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import java.util.List;
import java.util.Objects;

/** What of a gate outlives a change of its realm's settings. Stateless. */
final class Handover {

    private Handover() {}

    /** Whether all that differs is what a gate can take from one decision to the next. */
    static boolean goesOn(SessionConfig now, SessionConfig next) {
        return new SessionConfig(
                                next.database(),
                                next.replicas(),
                                next.maxLag(),
                                next.lookup(),
                                now.check(),
                                next.revocations(),
                                next.touch(),
                                now.closeAtExpiry(),
                                next.queryTimeout(),
                                next.maxWaiting(),
                                now.cacheSize(),
                                next.unknown(),
                                next.renew())
                        .equals(withHeaderOf(next, now))
                && inOrder(now.lookup()).equals(inOrder(next.lookup()));
    }

    /** The header is for those who read answers. */
    private static SessionConfig withHeaderOf(SessionConfig next, SessionConfig now) {
        return new SessionConfig(
                now.database(),
                now.replicas(),
                now.maxLag(),
                now.lookup(),
                now.check(),
                new RevocationConfig(
                        now.revocations().channel(),
                        now.revocations().listenOn(),
                        next.revocations().header()),
                now.touch(),
                now.closeAtExpiry(),
                now.queryTimeout(),
                now.maxWaiting(),
                now.cacheSize(),
                now.unknown(),
                now.renew());
    }

    /** Whether the same rows are read, and mean the same. */
    static boolean sharesFindings(SessionConfig now, SessionConfig next) {
        return sameStore(now.database(), next.database())
                && now.lookup().equals(next.lookup())
                && inOrder(now.lookup()).equals(inOrder(next.lookup()))
                && (now.unknown() == null) == (next.unknown() == null);
    }

    private static boolean sameStore(DatabaseConfig now, DatabaseConfig next) {
        return now.host().equals(next.host())
                && now.port() == next.port()
                && now.database().equals(next.database())
                && Objects.equals(now.schema(), next.schema())
                && now.serverOptions().equals(next.serverOptions());
    }

    /** Maps are equal in any order, and what a finding brings along is known by its place. */
    private static List<String> inOrder(Lookup lookup) {
        return List.copyOf(lookup.attributes().keySet());
    }
}
