package io.sessiongate.session;

import java.time.InstantSource;

/** A session gate over rows in memory and virtual time, for tests of what stands before it. Single-threaded. */
public final class InMemorySessions {

    private final GateFixture fixture = new GateFixture();

    public SessionGate gate() {
        return fixture.gate();
    }

    public InstantSource clock() {
        return fixture.loop.clock();
    }

    public void login(String sessionId, String subject) {
        fixture.store.login(sessionId, subject);
    }

    public void databaseGoesAway() {
        fixture.store.away = true;
    }

    /** Lets everything that is due in the next second happen. */
    public void settle() {
        fixture.loop.advance(java.time.Duration.ofSeconds(1));
    }
}
