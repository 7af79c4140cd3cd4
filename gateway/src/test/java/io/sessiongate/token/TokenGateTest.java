package io.sessiongate.token;

import static io.sessiongate.token.Tokens.CLAIMS;
import static io.sessiongate.token.Tokens.HEADER;
import static io.sessiongate.token.Tokens.NOW;
import static io.sessiongate.token.Tokens.NOW_SECONDS;
import static io.sessiongate.token.Tokens.config;
import static io.sessiongate.token.Tokens.hmac;
import static io.sessiongate.token.Tokens.key;
import static io.sessiongate.token.Tokens.secret;
import static io.sessiongate.token.Tokens.signed;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.metrics.CryptoMeters;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.testing.TestKeys;
import io.sessiongate.token.TokenVerdict.Absent;
import io.sessiongate.token.TokenVerdict.Conflict;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Unavailable;
import io.sessiongate.token.TokenVerdict.Valid;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TokenGateTest {

    private static final byte[] OTHER_SECRET =
            "another secret that is long enough for HS256".getBytes(StandardCharsets.US_ASCII);

    private final VirtualTime time = new VirtualTime();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final TokenMeters meters = new TokenMeters(registry);
    private final CryptoPool pool = new CryptoPool(1, 2, new CryptoMeters(registry));
    private final TokenGate hs256 = gate(config(key("HS256")));

    @AfterEach
    void closePool() {
        pool.close();
    }

    // -- answers

    @Test
    void answersAtOnceForASharedSecret() {
        assertThat(checkInline(hs256, hmac(HEADER, CLAIMS))).isInstanceOf(Valid.class);
    }

    @Test
    void answersAtOnceWhereThereIsNoToken() {
        assertThat(checkInline(hs256, SimpleHead.get("/"))).isEqualTo(new Absent());
    }

    @Test
    void answersAtOnceWhereThereAreTwo() {
        var head = SimpleHead.get("/", "Authorization", "Bearer a", "Cookie", "session=b");

        assertThat(checkInline(hs256, head)).isEqualTo(new Conflict());
    }

    @Test
    void answersAtOnceForGarbageWhateverTheKeys() {
        assertThat(checkInline(gate(config(key("ES256"))), "garbage")).isEqualTo(new Invalid(Reason.MALFORMED));
    }

    @Test
    void answersLaterOnTheLoopForAPublicKey() {
        CountDownLatch busy = occupyThePool();
        var loop = new TestLoop();
        var answer = new AtomicReference<TokenVerdict>();

        gate(config(key("RS256"))).check(head(signed("RS256")), loop, answer::set);
        busy.countDown();

        await().until(loop::hasWork);
        assertThat(answer).hasNullValue();
        loop.runAll();
        assertThat(answer.get()).isInstanceOf(Valid.class);
    }

    @Test
    void answersAtOnceForARememberedTokenOfAPublicKey() {
        TokenGate rs256 = gate(config(key("RS256")));
        checkOnPool(rs256, signed("RS256"));

        assertThat(checkInline(rs256, signed("RS256"))).isInstanceOf(Valid.class);
    }

    @Test
    void countsVerdicts() {
        checkInline(hs256, hmac(HEADER, CLAIMS));
        checkInline(hs256, hmac(HEADER, CLAIMS));
        checkInline(hs256, "garbage");
        checkInline(hs256, SimpleHead.get("/"));

        assertThat(count("sessiongate.token.verdicts", "verdict", "valid")).isEqualTo(2);
        assertThat(count("sessiongate.token.verdicts", "reason", "malformed")).isEqualTo(1);
        assertThat(count("sessiongate.token.verdicts", "verdict", "absent")).isEqualTo(1);
        assertThat(count("sessiongate.token.cache.requests", "result", "hit")).isEqualTo(1);
        assertThat(count("sessiongate.token.cache.requests", "result", "miss")).isEqualTo(2);
        assertThat(registry.get("sessiongate.token.cache.size").gauge().value()).isEqualTo(1);
        assertThat(registry.get("sessiongate.token.cache.bound").gauge().value())
                .isEqualTo(100);
    }

    // -- memory

    @Test
    void remembersAGoodToken() {
        TokenVerdict first = checkInline(hs256, hmac(HEADER, CLAIMS));

        assertThat(checkInline(hs256, hmac(HEADER, CLAIMS))).isSameAs(first);
    }

    @Test
    void remembersNoRefusedToken() {
        checkInline(hs256, hmac(HEADER, "{}"));
        checkInline(hs256, hmac(HEADER, "{}"));

        assertThat(count("sessiongate.token.cache.requests", "result", "hit")).isZero();
    }

    @Test
    void refusesARememberedTokenFromItsExpiryOn() {
        String token = hmac(HEADER, CLAIMS);
        checkInline(hs256, token);

        time.pass(Duration.ofSeconds(65).minusMillis(1));
        assertThat(checkInline(hs256, token)).isInstanceOf(Valid.class);

        time.pass(Duration.ofMillis(1));
        assertThat(checkInline(hs256, token)).isEqualTo(new Invalid(Reason.EXPIRED));
    }

    @Test
    void hitsProlongNothing() {
        String token = hmac(HEADER, CLAIMS);
        for (int second = 0; second < 65; second++) {
            assertThat(checkInline(hs256, token)).isInstanceOf(Valid.class);
            time.pass(Duration.ofSeconds(1));
        }

        assertThat(checkInline(hs256, token)).isEqualTo(new Invalid(Reason.EXPIRED));
    }

    @Test
    void theWallClockDecidesWhenTheTickerLagsBehind() {
        String token = hmac(HEADER, CLAIMS);
        checkInline(hs256, token);

        time.set(NOW.plusSeconds(65));

        assertThat(checkInline(hs256, token)).isEqualTo(new Invalid(Reason.EXPIRED));
    }

    @Test
    void anEntryGoesWithItsTokenAndNotBefore() {
        String token = hmac(HEADER, CLAIMS);
        checkInline(hs256, token);

        time.passUnseenByTheClock(Duration.ofSeconds(64));
        checkInline(hs256, token);
        assertThat(count("sessiongate.token.cache.requests", "result", "hit")).isEqualTo(1);

        time.passUnseenByTheClock(Duration.ofSeconds(1));
        checkInline(hs256, token);
        assertThat(count("sessiongate.token.cache.requests", "result", "hit")).isEqualTo(1);
    }

    @Test
    void aTokenForEverIsRememberedWithoutOverflow() {
        String token = hmac(HEADER, "{\"sub\":\"u1\",\"sid\":\"s1\",\"exp\":253402300799}");
        checkInline(hs256, token);
        time.pass(Duration.ofDays(10_000));

        checkInline(hs256, token);

        assertThat(count("sessiongate.token.cache.requests", "result", "hit")).isEqualTo(1);
    }

    @Test
    void staysWithinItsBound() {
        TokenGate small = gate(config(null, List.of(), new TokenConfig.Claims("sub", "sid", "role"), 10, key("HS256")));

        for (int i = 0; i < 500; i++) {
            checkInline(small, hmac(HEADER, CLAIMS.replace("u1", "u" + i)));
        }

        assertThat(registry.get("sessiongate.token.cache.size").gauge().value()).isLessThanOrEqualTo(10);
        assertThat(count("sessiongate.token.cache.evictions", "cause", "size")).isGreaterThanOrEqualTo(490);
    }

    // -- keys

    @Test
    void newKeysForgetEveryToken() {
        String token = hmac(HEADER, CLAIMS);
        checkInline(hs256, token);

        hs256.replaceKeys(List.of(secret(OTHER_SECRET, null, "HS256")));

        assertThat(checkInline(hs256, token)).isEqualTo(new Invalid(Reason.BAD_SIGNATURE));
        assertThat(registry.get("sessiongate.token.cache.size").gauge().value()).isZero();
    }

    @Test
    void newKeysAreUsed() {
        hs256.replaceKeys(List.of(secret(OTHER_SECRET, null, "HS256")));

        assertThat(checkInline(hs256, hmac("HmacSHA256", OTHER_SECRET, HEADER, CLAIMS)))
                .isInstanceOf(Valid.class);
    }

    @Test
    void keysThatCannotBeUsedChangeNothing() {
        assertThatThrownBy(() -> hs256.replaceKeys(List.of(secret(new byte[1], null, "HS256"))))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(checkInline(hs256, hmac(HEADER, CLAIMS))).isInstanceOf(Valid.class);
    }

    /** The verification waits for a thread while the keys change. */
    @Test
    void aVerificationThatBeganWithOldKeysIsNotRememberedAfterTheyWent() {
        TokenGate gate = gate(config(key("RS256")));
        CountDownLatch busy = occupyThePool();
        var loop = new TestLoop();
        var answers = new ArrayList<TokenVerdict>();
        gate.check(head(signed("RS256")), loop, answers::add);

        gate.replaceKeys(List.of(key("HS256")));
        busy.countDown();
        await().until(loop::hasWork);
        loop.runAll();

        assertThat(answers).hasSize(1);
        assertThat(checkInline(gate, signed("RS256"))).isEqualTo(new Invalid(Reason.UNKNOWN_KEY));
        assertThat(registry.get("sessiongate.token.cache.size").gauge().value()).isZero();
    }

    @Test
    void aRequestAfterTheKeysChangedDoesNotJoinAVerificationWithTheOldOnes() {
        TokenGate gate = gate(config(key("RS256")));
        CountDownLatch busy = occupyThePool();
        var loop = new TestLoop();
        var before = new ArrayList<TokenVerdict>();
        var after = new ArrayList<TokenVerdict>();
        gate.check(head(signed("RS256")), loop, before::add);
        gate.replaceKeys(List.of(otherRsaKey()));

        gate.check(head(signed("RS256")), loop, after::add);
        busy.countDown();
        await().until(() -> {
            loop.runAll();
            return !after.isEmpty();
        });

        assertThat(after).containsExactly(new Invalid(Reason.BAD_SIGNATURE));
    }

    // -- slow verifications

    @Test
    void requestsWithTheSameTokenShareOneVerification() {
        TokenGate gate = gate(config(key("ES256")));
        CountDownLatch busy = occupyThePool();
        var loop = new TestLoop();
        var answers = new ArrayList<TokenVerdict>();
        String token = signed("ES256");

        for (int i = 0; i < 50; i++) {
            gate.check(head(token), loop, answers::add);
        }
        assertThat(registry.get("sessiongate.token.waiting").gauge().value()).isEqualTo(50);
        busy.countDown();
        await().until(() -> {
            loop.runAll();
            return answers.size() == 50;
        });

        assertThat(registry.get("sessiongate.token.verification")
                        .tag("where", "pool")
                        .timer()
                        .count())
                .isEqualTo(1);
        assertThat(answers).allSatisfy(answer -> assertThat(answer).isSameAs(answers.get(0)));
        assertThat(registry.get("sessiongate.token.waiting").gauge().value()).isZero();
    }

    @Test
    void oneVerificationServesRequestsOfManyThreads() throws Exception {
        TokenGate gate = gate(config(key("ES256")));
        String token = signed("ES256");
        var answers = Collections.synchronizedList(new ArrayList<TokenVerdict>());
        var threads = new ArrayList<Thread>();

        for (int i = 0; i < 8; i++) {
            threads.add(new Thread(() -> {
                for (int n = 0; n < 100; n++) {
                    gate.check(head(token), Runnable::run, answers::add);
                }
            }));
        }
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        await().until(() -> answers.size() == 800);

        assertThat(answers).allSatisfy(answer -> assertThat(answer).isInstanceOf(Valid.class));
        assertThat(registry.get("sessiongate.token.verification")
                        .tag("where", "pool")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void saysUnavailableAtOnceWhenTheQueueIsFull() {
        TokenGate gate = gate(config(key("ES256")));
        CountDownLatch busy = occupyThePool();
        var loop = new TestLoop();
        gate.check(head(es256(1)), loop, verdict -> {});
        gate.check(head(es256(2)), loop, verdict -> {});

        assertThat(checkInline(gate, es256(3))).isEqualTo(new Unavailable());
        assertThat(registry.get("sessiongate.crypto.rejected").counter().count())
                .isEqualTo(1);
        busy.countDown();
    }

    @Test
    void aTokenThatFoundTheQueueFullIsVerifiedWhenItComesAgain() {
        TokenGate gate = gate(config(key("ES256")));
        CountDownLatch busy = occupyThePool();
        var loop = new TestLoop();
        gate.check(head(es256(1)), loop, verdict -> {});
        gate.check(head(es256(2)), loop, verdict -> {});
        checkInline(gate, es256(3));
        busy.countDown();
        await().until(() -> loop.size() == 2);

        assertThat(checkOnPool(gate, es256(3))).isInstanceOf(Valid.class);
    }

    @Test
    void requestsBeyondTheBoundOfThoseWhoWaitAreToldAtOnce() {
        TokenGate gate = gate(config(key("ES256")));
        CountDownLatch busy = occupyThePool();
        var loop = new TestLoop();
        for (int i = 0; i < SlowVerifications.MAX_WAITING; i++) {
            gate.check(head(es256(1)), loop, verdict -> {});
        }

        assertThat(checkInline(gate, es256(1))).isEqualTo(new Unavailable());
        busy.countDown();
    }

    @Test
    void whatWaitedTooLongIsNotVerifiedAnyMore() {
        TokenGate gate = gate(config(key("ES256")));
        CountDownLatch busy = occupyThePool();
        var loop = new TestLoop();
        var answers = new ArrayList<TokenVerdict>();
        gate.check(head(es256(1)), loop, answers::add);

        time.passUnseenByTheClock(Duration.ofSeconds(5));
        busy.countDown();
        await().until(loop::hasWork);
        loop.runAll();

        assertThat(answers).containsExactly(new Unavailable());
    }

    @Test
    void aLoopThatHasEndedKeepsNobodyElseFromTheAnswer() {
        TokenGate gate = gate(config(key("ES256")));
        CountDownLatch busy = occupyThePool();
        var answers = Collections.synchronizedList(new ArrayList<TokenVerdict>());
        Executor ended = task -> {
            throw new RejectedExecutionException();
        };
        gate.check(head(es256(1)), Runnable::run, answers::add);
        gate.check(head(es256(1)), ended, answers::add);
        gate.check(head(es256(1)), Runnable::run, answers::add);

        busy.countDown();

        await().untilAsserted(() -> assertThat(answers).hasSize(2));
    }

    @Test
    void refusedTokensOfAPublicKeyAreVerifiedEachTime() {
        TokenGate gate = gate(config(otherRsaKey()));

        assertThat(checkOnPool(gate, signed("RS256"))).isEqualTo(new Invalid(Reason.BAD_SIGNATURE));
        assertThat(checkOnPool(gate, signed("RS256"))).isEqualTo(new Invalid(Reason.BAD_SIGNATURE));
    }

    private TokenGate gate(TokenConfig config) {
        return new TokenGate(config, pool, time, time::nanoTime, meters, "default");
    }

    private static KeyConfig otherRsaKey() {
        return Tokens.publicKey(
                TestKeys.pem("PUBLIC KEY", TestKeys.newPair("RS256").getPublic()), null, Set.of("RS256"));
    }

    /** Three tokens that differ, the same at each call. */
    private static String es256(int subject) {
        return ES256.get(subject - 1);
    }

    private static final List<String> ES256 = List.of(es256Token(1), es256Token(2), es256Token(3));

    private static String es256Token(int subject) {
        return signed("ES256", Map.of("sub", subject, "sid", "s1", "exp", NOW_SECONDS + 60));
    }

    private static SimpleHead head(String token) {
        return SimpleHead.get("/", "Authorization", "Bearer " + token);
    }

    private static TokenVerdict checkInline(TokenGate gate, String token) {
        return checkInline(gate, head(token));
    }

    /** Fails where the answer does not come before the call returns. */
    private static TokenVerdict checkInline(TokenGate gate, SimpleHead head) {
        var answers = new ArrayList<TokenVerdict>();
        gate.check(
                head,
                task -> {
                    throw new AssertionError("left the loop");
                },
                answers::add);
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    private static TokenVerdict checkOnPool(TokenGate gate, String token) {
        var loop = new TestLoop();
        var answers = new ArrayList<TokenVerdict>();
        gate.check(head(token), loop, answers::add);
        // The verification may be done before the request could be put down to wait for it.
        await().until(() -> loop.hasWork() || !answers.isEmpty());
        loop.runAll();
        assertThat(answers).hasSize(1);
        return answers.get(0);
    }

    /** Holds the pool's one thread until the latch is counted down. */
    private CountDownLatch occupyThePool() {
        var begun = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        pool.tryExecute(() -> {
            begun.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        await().until(() -> begun.getCount() == 0);
        return release;
    }

    private double count(String name, String tag, String value) {
        return registry.get(name).tag(tag, value).counter().count();
    }

    /** An event loop that runs when the test says so. */
    private static final class TestLoop implements Executor {

        private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();

        @Override
        public void execute(Runnable task) {
            tasks.add(task);
        }

        boolean hasWork() {
            return !tasks.isEmpty();
        }

        int size() {
            return tasks.size();
        }

        void runAll() {
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }
    }
}
