package io.sessiongate.session;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** A session gate over rows in memory and virtual time, for tests of what stands before it. Single-threaded. */
public final class InMemorySessions {

    private final GateFixture fixture = new GateFixture();
    private final Map<String, Attributes> found = new HashMap<>();

    public SessionGate gate() {
        return fixture.gate();
    }

    public long nanoTime() {
        return fixture.loop.nanoTime();
    }

    public InstantSource clock() {
        return fixture.loop.clock();
    }

    public void login(String sessionId, String subject) {
        fixture.store.login(sessionId, subject);
        fixture.store.attribute(sessionId, found.getOrDefault(sessionId, Attributes.NONE));
    }

    /** From now on a check finds these roles beside the session, in place of the token's, and these attributes. */
    public void found(String sessionId, Set<String> roles, String... values) {
        found.put(sessionId, new Attributes(values, roles));
        fixture.store.attribute(sessionId, new Attributes(values, roles));
    }

    /** The row is gone. */
    public void logout(String sessionId) {
        fixture.store.rows.remove(sessionId);
    }

    public int queries() {
        return fixture.store.queries.size();
    }

    public void databaseGoesAway() {
        fixture.store.crash();
    }

    public void pass(Duration time) {
        fixture.loop.advance(time);
    }

    /** Lets everything that is due in the next second happen. */
    public void settle() {
        fixture.loop.advance(Duration.ofSeconds(1));
    }
}
