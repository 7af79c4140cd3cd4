package io.sessiongate.token;

import static io.sessiongate.token.ForgedJwe.COOKIE;
import static io.sessiongate.token.ForgedJwe.SECRET;
import static io.sessiongate.token.Tokens.NOW_SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.AuthJsConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.metrics.CryptoMeters;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Unavailable;
import io.sessiongate.token.TokenVerdict.Valid;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
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

/** Cookies that take too long to decrypt for an event loop, and those that do not. */
class AuthJsLargeCookieTest {

    private static final String OTHER_COOKIE = "authjs.session-token";
    private static final int CHUNK = 3936;

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

    @Test
    void aLargeCookieIsVerifiedOffTheCallingThread() {
        TokenGate gate = gate(version5());
        occupyThePool();

        gate.check(large("u1"), loop::add, told::add);
        assertThat(told).isEmpty();
        release.countDown();
        tellAll(1);

        assertThat(told.get(0)).isInstanceOf(Valid.class);
        assertThat(verifications("pool")).isEqualTo(1);
        assertThat(verifications("loop")).isZero();
    }

    @Test
    void aSmallCookieIsVerifiedOnTheCallingThread() {
        TokenGate gate = gate(version5());
        occupyThePool();

        gate.check(chunks(COOKIE, sealed("u1", 3000)), loop::add, told::add);

        assertThat(told).singleElement().isInstanceOf(Valid.class);
        assertThat(verifications("loop")).isEqualTo(1);
        assertThat(verifications("pool")).isZero();
    }

    @Test
    void aLargeCookieThatIsRememberedIsAnsweredAtOnce() {
        TokenGate gate = gate(version5());
        gate.check(large("u1"), loop::add, told::add);
        tellAll(1);
        occupyThePool();

        gate.check(large("u1"), loop::add, told::add);

        assertThat(told).hasSize(2).allSatisfy(verdict -> assertThat(verdict).isInstanceOf(Valid.class));
    }

    @Test
    void requestsWithTheSameLargeCookieShareOneDecryption() {
        TokenGate gate = gate(version5());
        occupyThePool();

        for (int i = 0; i < 20; i++) {
            gate.check(large("u1"), loop::add, told::add);
        }
        release.countDown();
        tellAll(20);

        assertThat(told).allSatisfy(verdict -> assertThat(verdict).isInstanceOf(Valid.class));
        assertThat(verifications("pool")).isEqualTo(1);
    }

    /** A token that names no key is tried with that of its cookie, and must not be taken for good in another. */
    @Test
    void aLargeTokenInAnotherCookieGetsAVerdictOfItsOwn() {
        TokenGate gate = gate(version5());
        occupyThePool();
        String nameless = sealed("{\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\"}", "u1", 9000);

        gate.check(chunks(COOKIE, nameless), loop::add, told::add);
        gate.check(chunks(OTHER_COOKIE, nameless), loop::add, told::add);
        release.countDown();
        tellAll(2);

        assertThat(told.get(0)).isInstanceOf(Valid.class);
        assertThat(told.get(1)).isEqualTo(new Invalid(Reason.BAD_SIGNATURE));
    }

    @Test
    void aLargeCookieThatWasTamperedWithIsRefused() {
        TokenGate gate = gate(version5());
        String good = sealed("u1", 9000);
        int middle = good.length() / 2;
        char other = good.charAt(middle) == 'A' ? 'B' : 'A';
        String bent = good.substring(0, middle) + other + good.substring(middle + 1);

        gate.check(chunks(COOKIE, bent), loop::add, told::add);
        tellAll(1);

        assertThat(told.get(0)).isEqualTo(new Invalid(Reason.BAD_SIGNATURE));
        assertThat(verifications("pool")).isEqualTo(1);
    }

    @Test
    void aLargeCookieThatFindsTheQueueFullIsUnavailableAtOnceAndASmallOneIsNot() {
        TokenGate gate = gate(version5());
        occupyThePool();
        gate.check(large("u1"), loop::add, verdict -> {});
        gate.check(large("u2"), loop::add, verdict -> {});

        gate.check(large("u3"), loop::add, told::add);
        gate.check(chunks(COOKIE, sealed("u4", 0)), loop::add, told::add);

        assertThat(told).hasSize(2);
        assertThat(told.get(0)).isEqualTo(new Unavailable());
        assertThat(told.get(1)).isInstanceOf(Valid.class);
        assertThat(registry.get("sessiongate.crypto.rejected").counter().count())
                .isEqualTo(1);
    }

    @Test
    void aLargeCookieThatWaitedTooLongIsUnavailable() {
        TokenGate gate = gate(version5());
        occupyThePool();
        gate.check(large("u1"), loop::add, told::add);

        time.passUnseenByTheClock(Duration.ofSeconds(5));
        release.countDown();
        tellAll(1);

        assertThat(told).containsExactly(new Unavailable());
    }

    /** A cookie of version 4 names no secret, and so each of them may have to be tried. */
    @ParameterizedTest
    @CsvSource({"1, 6144, false", "1, 6145, true", "2, 2560, false", "2, 2561, true", "5, 352, false", "6, 352, true"})
    void whatIsSlowDependsOnLengthAndOnTheKeysToTry(int keys, int length, boolean slow) {
        assertThat(tokenOf(length).isSlowToOpenWith(keys)).isEqualTo(slow);
    }

    @Test
    void countsTheSecretsThatASmallCookieOfVersion4MayBeBy() {
        String cookie = "__Secure-next-auth.session-token";
        String value = ForgedJwe.cookieValue(4, SECRET, cookie, claims("u1", 0));

        gate(version4(1)).check(chunks(cookie, value), loop::add, told::add);
        assertThat(told).singleElement().isInstanceOf(Valid.class);
        assertThat(verifications("loop")).isEqualTo(1);

        gate(version4(8)).check(chunks(cookie, value), loop::add, told::add);
        tellAll(2);
        assertThat(told.get(1)).isInstanceOf(Valid.class);
        assertThat(verifications("pool")).isEqualTo(1);
    }

    private static EncryptedToken tokenOf(int length) {
        String start = Tokens.encode("{\"alg\":\"dir\",\"enc\":\"A256GCM\"}") + ".." + "A".repeat(16) + ".";
        String end = "." + "A".repeat(22);
        int content = length - start.length() - end.length();
        EncryptedToken token = EncryptedToken.read(start + "A".repeat(content) + end);
        assertThat(token).as("token of %d characters", length).isNotNull();
        return Objects.requireNonNull(token);
    }

    private static AuthJsConfig version5() {
        return new AuthJsConfig(5, List.of(ForgedJwe.secret(SECRET)), "test:1:1");
    }

    /** That many secrets, of which the last is that of the cookies here. */
    private static AuthJsConfig version4(int secrets) {
        var all = new ArrayList<>(IntStream.range(1, secrets)
                .mapToObj(i -> ForgedJwe.secret("a-secret-of-the-past-0123456789abcdef-" + i))
                .toList());
        all.add(ForgedJwe.secret(SECRET));
        return new AuthJsConfig(4, all, "test:1:1");
    }

    private TokenGate gate(AuthJsConfig keys) {
        List<Source> from = keys.version() == 4
                ? List.of(new Source.Cookie("__Secure-next-auth.session-token"))
                : List.of(new Source.Cookie(COOKIE), new Source.Cookie(OTHER_COOKIE));
        TokenConfig config = new TokenConfig(
                from,
                List.of(),
                null,
                List.of(),
                Duration.ofSeconds(15),
                new TokenConfig.Claims("sub", "jti", "roles"),
                16_384,
                100,
                List.of(keys));
        return new TokenGate(config, pool, time, time::nanoTime, new TokenMeters(registry), "default");
    }

    /** In four chunks, as long as Auth.js writes them. */
    private static SimpleHead large(String subject) {
        SimpleHead head = chunks(COOKIE, sealed(subject, 10_500));
        assertThat(head.first("Cookie")).contains(COOKIE + ".3=");
        return head;
    }

    private static SimpleHead chunks(String cookie, String value) {
        if (value.length() <= CHUNK) {
            return SimpleHead.get("/", "Cookie", cookie + "=" + value);
        }
        var pairs = new ArrayList<String>();
        for (int from = 0; from < value.length(); from += CHUNK) {
            pairs.add(
                    cookie + "." + pairs.size() + "=" + value.substring(from, Math.min(value.length(), from + CHUNK)));
        }
        return SimpleHead.get("/", "Cookie", String.join("; ", pairs));
    }

    private static String sealed(String subject, int padding) {
        return ForgedJwe.cookieValue(5, SECRET, COOKIE, claims(subject, padding));
    }

    private static String sealed(String header, String subject, int padding) {
        return ForgedJwe.sealed(
                ContentEncryption.A256CBC_HS512,
                header,
                claims(subject, padding).getBytes(StandardCharsets.UTF_8));
    }

    private static String claims(String subject, int padding) {
        return "{\"sub\":\"" + subject + "\",\"jti\":\"j1\",\"iat\":" + NOW_SECONDS + ",\"exp\":" + (NOW_SECONDS + 60)
                + ",\"pad\":\"" + "p".repeat(padding) + "\"}";
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
