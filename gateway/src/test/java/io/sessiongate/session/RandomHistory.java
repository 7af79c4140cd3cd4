package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.CheckConfig;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * One random history of requests, logins, ends, changes, words of them, faults of the database and of the listener, jumps of
 * the clock and new configurations, against a plain model of what may be served. Every answer is judged as it comes.
 */
final class RandomHistory {

    private static final String[] SUBJECTS = {"ann", "bob", "cy"};
    private static final Duration LONGEST_LAG = Duration.ofSeconds(4);
    private static final Duration ONE_CHECK =
            GateFixture.POOL_TIMEOUT.plus(GateFixture.QUERY_TIMEOUT).plusMillis(250);

    private final SplittableRandom random;
    private final GateFixture fixture = new GateFixture();
    private final FakeStore store = fixture.store;
    private final VirtualLoop loop = fixture.loop;
    private final boolean hasReplica;
    private final List<Session> sessions = new ArrayList<>();
    private final List<Gate> gates = new ArrayList<>();
    private final List<Asked> pending = new ArrayList<>();
    private int logins;
    /** How many live answers came from each ground, to see that the history is not an idle one. */
    final Map<How, Integer> served = new HashMap<>();

    int ended;

    /** A session as the database has it. */
    private static final class Session {
        final VerifiedToken token;
        final long loggedInNanos;
        long endedNanos = Long.MAX_VALUE;
        int version;
        final List<Long> supersededNanos = new ArrayList<>();

        Session(VerifiedToken token, long loggedInNanos) {
            this.token = token;
            this.loggedInNanos = loggedInNanos;
        }
    }

    /** A gate, and what it was told. */
    private final class Gate {
        final SessionGate gate;
        final FakeStore.Port port = store.port();
        final int limit = fixture.connectionLimit;
        final CheckConfig check = fixture.check;
        final Map<Fingerprint, Long> toldEnded = new HashMap<>();
        final Map<Fingerprint, Long> toldSubjectEnded = new HashMap<>();
        final Map<Fingerprint, Integer> toldVersion = new HashMap<>();
        boolean hears;
        boolean listening;
        boolean closed;

        Gate() {
            gate = fixture.reload(port);
        }

        void listen() {
            hears = true;
            listening = true;
            gate.intake().listening(loop.nanoTime());
        }

        void loseSilently() {
            hears = false;
            loop.schedule(Duration.ofSeconds(15).toNanos(), () -> {
                if (!hears) {
                    listening = false;
                    gate.intake().notListening();
                }
            });
        }

        void unlisten() {
            hears = false;
            listening = false;
            gate.intake().notListening();
        }

        long boundNanos(How how) {
            Duration bound = switch (how) {
                case CACHED, REFRESHING ->
                    listening && check.revalidateAfterWhileListening().compareTo(check.revalidateAfter()) > 0
                            ? check.revalidateAfterWhileListening()
                            : check.revalidateAfter();
                case CHECKED ->
                    GateFixture.QUERY_TIMEOUT.plusMillis(250).plus(hasReplica ? LONGEST_LAG : Duration.ZERO);
                case STALE -> check.serveStaleFor();
            };
            return bound.toNanos();
        }
    }

    /** A request with its answers, of which there must be one. */
    private record Asked(Session session, Gate gate, long atNanos, boolean neverStale, List<SessionVerdict> answers) {}

    RandomHistory(long seed) {
        this.random = new SplittableRandom(seed);
        this.hasReplica = random.nextInt(3) == 0;
        fixture.replicas = hasReplica ? 1 : 0;
        fixture.cacheSize = random.nextInt(4) == 0 ? 5 : 1000;
        store.lagDoubt = Duration.ofMillis(hasReplica ? 700 : 0);
        configure();
        gates.add(new Gate());
        for (int i = 0; i < 12; i++) {
            login();
        }
    }

    void run(int steps) {
        for (int step = 0; step < steps; step++) {
            step();
            loop.advance(Duration.ofMillis(
                    switch (random.nextInt(12)) {
                        case 0 -> random.nextLong(30_000);
                        case 1, 2 -> random.nextLong(3_000);
                        case 3, 4, 5 -> 0;
                        default -> random.nextLong(20);
                    }));
            look();
        }
        finish();
    }

    private void step() {
        Session session = sessions.get(random.nextInt(sessions.size()));
        Gate gate = gates.get(random.nextInt(gates.size()));
        switch (random.nextInt(40)) {
            case 0, 1 -> end(session);
            case 2 -> announce(session);
            case 3 -> endSubject(session.token.subject());
            case 4 -> login();
            case 5, 6 -> change(List.of(session), false);
            case 7 -> change(ofSubject(session.token.subject()), true);
            case 8 -> gate.gate.distrustSession(session.token.sessionKey(), RevocationSource.ADMIN);
            case 9, 10 -> gate.listen();
            case 11 -> gate.loseSilently();
            case 12 -> gate.unlisten();
            case 13 -> breakSomething();
            case 14, 15, 16 -> heal();
            case 17 -> loop.jump(Duration.ofSeconds(random.nextLong(-3600, 3600)));
            case 18 -> reload();
            case 19 ->
                store.lag = hasReplica ? Duration.ofMillis(random.nextLong(LONGEST_LAG.toMillis() - 700)) : store.lag;
            default -> ask(session, gate, random.nextInt(5) == 0);
        }
    }

    private void configure() {
        Duration interval = Duration.ofSeconds(random.nextLong(5, 90));
        fixture.check = new CheckConfig(
                interval,
                random.nextBoolean() ? Duration.ZERO : interval.multipliedBy(random.nextInt(1, 10)),
                Duration.ofSeconds(random.nextLong(0, 400)),
                Duration.ofSeconds(random.nextLong(0, 12)),
                Duration.ofSeconds(random.nextLong(0, 12)),
                Duration.ofSeconds(random.nextLong(0, 400)));
        fixture.connectionLimit = random.nextInt(1, 5);
        fixture.maxWaiting = random.nextBoolean() ? 3 : 1000;
    }

    /** A new gate takes over; the old one goes on for what it has open, and is closed. */
    private void reload() {
        configure();
        Gate former = gates.get(gates.size() - 1);
        gates.add(new Gate());
        loop.schedule(Duration.ofSeconds(random.nextLong(40)).toNanos(), () -> {
            former.closed = true;
            gates.remove(former);
            former.gate.close();
        });
    }

    private void login() {
        String subject = SUBJECTS[random.nextInt(SUBJECTS.length)];
        String id = "session-" + logins++;
        store.rows.put(id, new FakeStore.Row(subject, Long.MAX_VALUE, false, version(0)));
        Duration lifetime = Duration.ofSeconds(random.nextInt(3) == 0 ? random.nextLong(60, 900) : 1_000_000);
        sessions.add(new Session(fixture.token(id, subject, lifetime), loop.elapsedNanos()));
        if (sessions.size() > 14) {
            sessions.remove(random.nextInt(sessions.size()));
        }
    }

    private static Attributes version(int version) {
        return new Attributes(new String[] {Integer.toString(version)}, Set.of("role-" + version));
    }

    private void commitEnd(Session session) {
        if (session.endedNanos == Long.MAX_VALUE) {
            session.endedNanos = loop.elapsedNanos();
            if (random.nextBoolean()) {
                store.revoke(session.token.sessionId());
            } else {
                store.rows.remove(session.token.sessionId());
            }
        }
    }

    private void end(Session session) {
        commitEnd(session);
        Fingerprint key = session.token.sessionKey();
        push(gate -> {
            gate.gate.intake().sessionEnded(key);
            gate.toldEnded.putIfAbsent(key, loop.elapsedNanos());
        });
    }

    /** By the application's answer, which passes one gate. */
    private void announce(Session session) {
        commitEnd(session);
        Gate gate = gates.get(random.nextInt(gates.size()));
        gate.gate.revokeSession(session.token.sessionKey(), RevocationSource.ANNOUNCED);
        gate.toldEnded.putIfAbsent(session.token.sessionKey(), loop.elapsedNanos());
    }

    private void endSubject(String subject) {
        List<Session> all = ofSubject(subject);
        all.forEach(this::commitEnd);
        Fingerprint key = Fingerprint.of(subject);
        push(gate -> {
            gate.gate.intake().subjectEnded(key);
            gate.toldSubjectEnded.put(key, loop.elapsedNanos());
            all.forEach(session -> gate.toldEnded.putIfAbsent(session.token.sessionKey(), loop.elapsedNanos()));
        });
    }

    private void change(List<Session> all, boolean ofSubject) {
        Map<Session, Integer> versions = new HashMap<>();
        for (Session session : all) {
            session.supersededNanos.add(loop.elapsedNanos());
            session.version++;
            versions.put(session, session.version);
            store.attribute(session.token.sessionId(), version(session.version));
        }
        if (all.isEmpty()) {
            return;
        }
        VerifiedToken token = all.get(0).token;
        push(gate -> {
            if (ofSubject) {
                gate.gate.intake().subjectChanged(token.subjectKey());
            } else {
                gate.gate.intake().sessionChanged(token.sessionKey());
            }
            versions.forEach(
                    (session, version) -> gate.toldVersion.merge(session.token.sessionKey(), version, Math::max));
        });
    }

    private List<Session> ofSubject(String subject) {
        return new ArrayList<>(sessions.stream()
                .filter(session -> session.token.subject().equals(subject))
                .toList());
    }

    /** Each gate that can hear is told in a moment, in order; now and then a word is lost on the way. */
    private void push(Consumer<Gate> word) {
        for (Gate gate : gates) {
            if (gate.hears && random.nextInt(10) > 0) {
                loop.schedule(Duration.ofMillis(3).toNanos(), () -> word.accept(gate));
            }
        }
    }

    private void breakSomething() {
        switch (random.nextInt(7)) {
            case 0 -> store.crash();
            case 1 -> store.away = true;
            case 2 -> store.stuck = true;
            case 3 -> {
                store.stuck = true;
                store.endsQueriesItself = false;
                store.hearsCancel = random.nextBoolean();
                store.closeTime = Duration.ofMillis(random.nextLong(3_000));
            }
            case 4 -> store.error = "out of memory";
            case 5 -> store.queryTime = Duration.ofMillis(random.nextLong(6_000));
            default -> {
                store.connectTime = Duration.ofMillis(random.nextLong(5_000));
                store.dropsNewConnections = random.nextBoolean();
            }
        }
    }

    private void heal() {
        store.away = false;
        store.stuck = false;
        store.endsQueriesItself = true;
        store.hearsCancel = true;
        store.dropsNewConnections = false;
        store.error = null;
        store.queryTime = Duration.ofMillis(2);
        store.connectTime = Duration.ofMillis(5);
        store.closeTime = Duration.ofMillis(1);
    }

    private void ask(Session session, Gate gate, boolean neverStale) {
        Asked asked = new Asked(session, gate, loop.elapsedNanos(), neverStale, new ArrayList<>());
        pending.add(asked);
        Duration limit = neverStale ? Duration.ZERO : null;
        if (random.nextInt(4) == 0) {
            gate.gate.recheck(session.token, limit, loop, verdict -> judge(asked, verdict));
        } else {
            gate.gate.decide(session.token, limit, loop, verdict -> judge(asked, verdict));
        }
    }

    /** At the moment of the answer. */
    private void judge(Asked asked, SessionVerdict verdict) {
        asked.answers.add(verdict);
        assertThat(asked.answers).as("answers").hasSize(1);
        assertInTime(asked);
        if (verdict instanceof Live live) {
            served.merge(live.how(), 1, Integer::sum);
            judge(asked, live);
        } else if (verdict instanceof Ended) {
            ended++;
            long told = asked.gate.toldSubjectEnded.getOrDefault(asked.session.token.subjectKey(), Long.MIN_VALUE);
            assertThat(asked.session.endedNanos != Long.MAX_VALUE || told >= asked.session.loggedInNanos)
                    .as("signed out with a cause")
                    .isTrue();
        }
    }

    private void judge(Asked asked, Live live) {
        Session session = asked.session;
        Fingerprint key = session.token.sessionKey();
        long now = loop.elapsedNanos();
        long bound = asked.gate.boundNanos(live.how());
        // A verdict on its way to its loop when the word comes was before it.
        assertThat(asked.gate.toldEnded.getOrDefault(key, now))
                .as("told of the end, and served %s later", live.how())
                .isEqualTo(now);
        if (session.endedNanos != Long.MAX_VALUE) {
            assertThat(now - session.endedNanos)
                    .as("served %s after its end", live.how())
                    .isLessThanOrEqualTo(bound);
        }
        assertThat(asked.neverStale && live.how() == How.STALE).as("stale").isFalse();
        int version = Integer.parseInt(String.valueOf(live.attributes().value(0)));
        assertThat(version)
                .as("attributes served %s after it was told of newer ones", live.how())
                .isGreaterThanOrEqualTo(asked.gate.toldVersion.getOrDefault(key, 0));
        if (version < session.version) {
            assertThat(now - session.supersededNanos.get(version))
                    .as("attributes served %s after they changed", live.how())
                    .isLessThanOrEqualTo(bound);
        }
    }

    private void assertInTime(Asked asked) {
        // A word that comes while it waits has it wait for one more, three more at most.
        assertThat(loop.elapsedNanos() - asked.atNanos)
                .as("wait")
                .isLessThanOrEqualTo(ONE_CHECK.multipliedBy(4).toNanos());
    }

    private void look() {
        for (Gate gate : gates) {
            assertThat(gate.port.mostOpenHere).as("connections").isLessThanOrEqualTo(gate.limit);
        }
        pending.removeIf(asked -> !asked.answers.isEmpty());
        pending.forEach(this::assertInTime);
    }

    private void finish() {
        heal();
        store.lag = Duration.ZERO;
        loop.advance(ONE_CHECK.multipliedBy(4));
        look();
        assertThat(pending).isEmpty();
        for (Session session : sessions) {
            Gate gate = gates.get(gates.size() - 1);
            List<SessionVerdict> answers = new ArrayList<>();
            gate.gate.decide(session.token, null, loop, answers::add);
            loop.advance(Duration.ofSeconds(1));
            assertThat(answers).singleElement().isNotInstanceOf(Unknown.class);
        }
        List.copyOf(gates).forEach(gate -> gate.gate.close());
        loop.advance(Duration.ofMinutes(1));
        assertThat(store.open).isZero();
    }
}
