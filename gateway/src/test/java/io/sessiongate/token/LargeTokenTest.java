package io.sessiongate.token;

import static io.sessiongate.token.Tokens.HEADER;
import static io.sessiongate.token.Tokens.OPEN_CLAIMS;
import static io.sessiongate.token.Tokens.config;
import static io.sessiongate.token.Tokens.hmac;
import static io.sessiongate.token.Tokens.key;
import static io.sessiongate.token.Tokens.secret;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.metrics.CryptoMeters;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Unavailable;
import io.sessiongate.token.TokenVerdict.Valid;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens with HMAC that take too long to verify for an event loop, and those that do not. */
class LargeTokenTest {

    private final VirtualTime time = new VirtualTime();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CryptoPool pool = new CryptoPool(1, 2, new CryptoMeters(registry));
    private final Queue<Runnable> loop = new ConcurrentLinkedQueue<>();
    private final List<TokenVerdict> told = new ArrayList<>();
    private final CountDownLatch release = new CountDownLatch(1);

    @AfterEach
    void closePool() {
        release.countDown();
        pool.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void aLargeTokenIsVerifiedOffTheCallingThread(String algorithm) {
        TokenGate gate = gate(key(algorithm));
        occupyThePool();

        gate.check(head(signed(algorithm, claims("u1", 4000))), loop::add, told::add);
        assertThat(told).isEmpty();
        release.countDown();
        tellAll(1);

        assertThat(told.get(0)).isInstanceOf(Valid.class);
        assertThat(verifications("pool")).isEqualTo(1);
        assertThat(verifications("loop")).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void aSmallTokenIsVerifiedOnTheCallingThread(String algorithm) {
        TokenGate gate = gate(key(algorithm));
        occupyThePool();

        gate.check(head(signed(algorithm, claims("u1", 2500))), loop::add, told::add);

        assertThat(told).singleElement().isInstanceOf(Valid.class);
        assertThat(verifications("loop")).isEqualTo(1);
        assertThat(verifications("pool")).isZero();
    }

    @Test
    void saysTheSameOfALargeTokenAsOfASmallOne() {
        for (int padding : new int[] {0, 4000}) {
            TokenGate gate = gate(key("HS256"));
            told.clear();

            String good = signed("HS256", claims("u1", padding));
            gate.check(head(good), loop::add, told::add);
            tellAll(1);
            gate.check(head(bent(good)), loop::add, told::add);
            tellAll(2);
            gate.check(head(signed("HS256", "{\"sub\":\"u1\"," + pad(padding) + "}")), loop::add, told::add);
            tellAll(3);
            gate.check(head(signed("HS256", "{\"exp\":1," + pad(padding) + "}")), loop::add, told::add);
            tellAll(4);

            assertThat(told.get(0))
                    .isInstanceOfSatisfying(
                            Valid.class,
                            valid -> assertThat(valid.token().subject()).isEqualTo("u1"));
            assertThat(told.subList(1, 4))
                    .containsExactly(
                            new Invalid(Reason.BAD_SIGNATURE),
                            new Invalid(Reason.MISSING_CLAIM),
                            new Invalid(Reason.EXPIRED));
        }
        assertThat(verifications("loop")).isEqualTo(4);
        assertThat(verifications("pool")).isEqualTo(4);
    }

    @Test
    void aLargeTokenThatIsRememberedIsAnsweredAtOnce() {
        TokenGate gate = gate(key("HS256"));
        SimpleHead head = head(signed("HS256", claims("u1", 4000)));
        gate.check(head, loop::add, told::add);
        tellAll(1);
        occupyThePool();

        gate.check(head, loop::add, told::add);

        assertThat(told).hasSize(2).allSatisfy(verdict -> assertThat(verdict).isInstanceOf(Valid.class));
    }

    @Test
    void requestsWithTheSameLargeTokenShareOneVerification() {
        TokenGate gate = gate(key("HS256"));
        SimpleHead head = head(signed("HS256", claims("u1", 4000)));
        occupyThePool();

        for (int i = 0; i < 20; i++) {
            gate.check(head, loop::add, told::add);
        }
        release.countDown();
        tellAll(20);

        assertThat(told).allSatisfy(verdict -> assertThat(verdict).isInstanceOf(Valid.class));
        assertThat(verifications("pool")).isEqualTo(1);
    }

    @Test
    void aLargeTokenThatFindsTheQueueFullIsUnavailableAtOnceAndASmallOneIsNot() {
        TokenGate gate = gate(key("HS256"));
        occupyThePool();
        gate.check(head(signed("HS256", claims("u1", 4000))), loop::add, verdict -> {});
        gate.check(head(signed("HS256", claims("u2", 4000))), loop::add, verdict -> {});

        gate.check(head(signed("HS256", claims("u3", 4000))), loop::add, told::add);
        gate.check(head(signed("HS256", claims("u4", 0))), loop::add, told::add);

        assertThat(told).hasSize(2);
        assertThat(told.get(0)).isEqualTo(new Unavailable());
        assertThat(told.get(1)).isInstanceOf(Valid.class);
    }

    @ParameterizedTest
    @CsvSource({"1, 4096, false", "1, 4097, true", "2, 2048, false", "2, 2049, true", "8, 512, false", "8, 513, true"})
    void whatIsSlowDependsOnLengthAndOnTheKeysToTry(int keys, int length, boolean slow) {
        assertThat(tokenOf(length).isSlowToVerifyWith(keys)).isEqualTo(slow);
    }

    /** A token that names no key may be by any of them, and the last one tried is that of the token here. */
    @Test
    void countsTheSecretsThatASmallTokenMayBeBy() {
        KeyConfig[] keys = IntStream.range(0, 4)
                .mapToObj(i -> i < 3 ? secret(secretOfThePast(i), null, "HS256") : key("HS256"))
                .toArray(KeyConfig[]::new);
        String token = signed("HS256", claims("u1", 1000));

        gate(key("HS256")).check(head(token), loop::add, told::add);
        assertThat(told).singleElement().isInstanceOf(Valid.class);
        assertThat(verifications("loop")).isEqualTo(1);

        gate(keys).check(head(token), loop::add, told::add);
        tellAll(2);
        assertThat(told.get(1)).isInstanceOf(Valid.class);
        assertThat(verifications("pool")).isEqualTo(1);
    }

    private static byte[] secretOfThePast(int number) {
        return ("a secret of the past, long enough for HS256, " + number).getBytes(StandardCharsets.US_ASCII);
    }

    private static UnverifiedToken tokenOf(int length) {
        String start = Tokens.encode(HEADER) + ".";
        int rest = length - start.length() - 1;
        // No part of base64url has a length of 4n + 1.
        int signature = (rest - 43) % 4 == 1 ? 42 : 43;
        String text = start + "A".repeat(rest - signature) + "." + "A".repeat(signature);
        assertThat(text).hasSize(length);
        UnverifiedToken token = UnverifiedToken.read(text);
        assertThat(token).isNotNull();
        return Objects.requireNonNull(token);
    }

    private TokenGate gate(KeyConfig... keys) {
        return new TokenGate(config(keys), pool, time, time::nanoTime, new TokenMeters(registry), "default");
    }

    private static SimpleHead head(String token) {
        return SimpleHead.get("/", "Authorization", "Bearer " + token);
    }

    private static String signed(String algorithm, String claims) {
        return hmac(algorithm.replace("HS", "HmacSHA"), Tokens.SECRET, "{\"alg\":\"" + algorithm + "\"}", claims);
    }

    private static String claims(String subject, int padding) {
        return OPEN_CLAIMS.replace("\"u1\"", '"' + subject + '"') + "," + pad(padding) + "}";
    }

    private static String pad(int padding) {
        return "\"pad\":\"" + "p".repeat(padding) + "\"";
    }

    /** With another character in the middle of its claims. */
    private static String bent(String token) {
        int middle = token.length() / 2;
        char other = token.charAt(middle) == 'A' ? 'B' : 'A';
        return token.substring(0, middle) + other + token.substring(middle + 1);
    }

    /** Runs what the loop was given until that many verdicts are told. */
    private void tellAll(int verdicts) {
        await().until(() -> {
            for (Runnable task = loop.poll(); task != null; task = loop.poll()) {
                task.run();
            }
            return told.size() == verdicts;
        });
    }

    /** Holds the pool's one thread until it is released. */
    private void occupyThePool() {
        var begun = new CountDownLatch(1);
        pool.tryExecute(() -> {
            begun.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        await().until(() -> begun.getCount() == 0);
    }

    private long verifications(String where) {
        return registry.get("sessiongate.token.verification")
                .tag("where", where)
                .timer()
                .count();
    }
}
