package io.sessiongate.token;

import static io.sessiongate.token.Tokens.NOW_SECONDS;
import static io.sessiongate.token.Tokens.SECRET;
import static io.sessiongate.token.Tokens.encode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.KeySourceConfig;
import io.sessiongate.config.KeySourceConfig.Kind;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.metrics.CryptoMeters;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.testing.TestKeys;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Unavailable;
import io.sessiongate.token.TokenVerdict.Valid;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.Signature;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A realm whose keys come from files and from issuers on the loopback. */
class KeySourcesTest {

    private static final KeyPair FIRST = TestKeys.pair("ES256");
    private static final KeyPair SECOND = TestKeys.newPair("ES256");

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final CryptoPool pool = new CryptoPool(2, 100, new CryptoMeters(registry));
    private final KeyThreads threads = new KeyThreads();
    private final KeyServer issuer = new KeyServer();
    /** Added to the ticker: time that has passed for the rhythm of sources, while their timers stand still. */
    private final AtomicLong aheadNanos = new AtomicLong();

    @TempDir
    private Path folder;

    @AfterEach
    void close() {
        threads.close();
        pool.close();
        issuer.close();
    }

    private KeySourceConfig source(Kind kind, String address, @Nullable String iss) {
        return new KeySourceConfig(
                kind,
                address,
                Set.of(),
                iss,
                List.of(),
                Duration.ofMinutes(10),
                Duration.ofHours(24),
                null,
                "test:1:1");
    }

    private KeySourceConfig jwks() {
        return source(Kind.JWKS, issuer.url("/jwks"), null);
    }

    private TokenGate gate(KeySourceConfig... sources) {
        return gate(List.of(), sources);
    }

    private TokenGate gate(List<KeyConfig> keys, KeySourceConfig... sources) {
        TokenConfig plain = Tokens.config(keys.toArray(KeyConfig[]::new));
        var config = new TokenConfig(
                plain.from(),
                plain.keys(),
                null,
                List.of(),
                plain.clockSkew(),
                plain.claims(),
                plain.maxBytes(),
                plain.cacheSize(),
                List.of(),
                TokenConfig.Kind.JWT,
                List.of(sources));
        return new TokenGate(
                config,
                KeySources.of(config, "default", threads, this::nanoTime, registry),
                pool,
                () -> Tokens.NOW,
                System::nanoTime,
                new TokenMeters(registry),
                "default");
    }

    private long nanoTime() {
        return System.nanoTime() + aheadNanos.get();
    }

    private void pass(Duration time) {
        aheadNanos.addAndGet(time.toNanos());
    }

    private static String token(KeyPair pair, @Nullable String kid, String members, String claims) {
        String header = "{\"alg\":\"ES256\"" + (kid == null ? "" : ",\"kid\":\"" + kid + "\"") + members + "}";
        String input = encode(header) + '.' + encode("{\"sub\":\"u1\",\"sid\":\"s1\"" + claims + "}");
        try {
            Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
            signature.initSign(pair.getPrivate());
            signature.update(input.getBytes(StandardCharsets.US_ASCII));
            return input + '.' + encode(signature.sign());
        } catch (java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String token(KeyPair pair, @Nullable String kid) {
        return token(pair, kid, "", ",\"exp\":" + (NOW_SECONDS + 60));
    }

    private static CompletableFuture<TokenVerdict> check(TokenGate gate, String token) {
        var verdict = new CompletableFuture<TokenVerdict>();
        gate.check(SimpleHead.get("/", "Authorization", "Bearer " + token), Runnable::run, verdict::complete);
        return verdict;
    }

    private static TokenVerdict judge(TokenGate gate, String token) throws Exception {
        return check(gate, token).get(10, TimeUnit.SECONDS);
    }

    private double count(String name, String... tags) {
        return registry.get(name).tags(tags).meters().stream()
                .mapToDouble(m -> m.measure().iterator().next().getValue())
                .sum();
    }

    private void publish(String path, String... keys) {
        issuer.serves(path, TestJwks.set(keys));
    }

    // -- a URL

    @Test
    void verifiesWithTheKeysOfAUrl() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));

        assertThat(judge(gate(jwks()), token(FIRST, "a"))).isInstanceOf(Valid.class);
        assertThat(count("sessiongate.keys", "source", issuer.url("").substring(7)))
                .isEqualTo(1);
    }

    @Test
    void theFirstRequestsWaitForTheFirstKeys() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        CountDownLatch held = issuer.holdBack();
        TokenGate gate = gate(jwks());

        List<CompletableFuture<TokenVerdict>> verdicts = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            verdicts.add(check(gate, token(FIRST, "a", "", ",\"n\":" + i + ",\"exp\":" + (NOW_SECONDS + 60))));
        }
        await().until(() -> issuer.asked().size() == 1);
        assertThat(verdicts).noneMatch(CompletableFuture::isDone);
        held.countDown();

        for (CompletableFuture<TokenVerdict> verdict : verdicts) {
            assertThat(verdict.get(10, TimeUnit.SECONDS)).isInstanceOf(Valid.class);
        }
        assertThat(issuer.asked()).containsExactly("/jwks");
    }

    @Test
    void nobodyCanSayWhileThereWereNeverKeys() throws Exception {
        TokenGate gate = gate(jwks());

        assertThat(judge(gate, token(FIRST, "a"))).isEqualTo(new Unavailable());
        assertThat(judge(gate, token(FIRST, null))).isEqualTo(new Unavailable());
        assertThat(gate.hasKeys()).isFalse();
        assertThat(gate.keyTroubles()).singleElement().asString().endsWith(": it answered 404");
    }

    @Test
    void refusesAKidThatTheIssuerDoesNotKnow() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        TokenGate gate = gate(jwks());

        assertThat(judge(gate, token(SECOND, "b"))).isEqualTo(new Invalid(Reason.UNKNOWN_KEY));
        assertThat(judge(gate, token(SECOND, "a"))).isEqualTo(new Invalid(Reason.BAD_SIGNATURE));
    }

    @Test
    void aNewKidIsLookedForAtOnce() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        TokenGate gate = gate(jwks());
        judge(gate, token(FIRST, "a"));
        publish("/jwks", TestJwks.of(FIRST, "a"), TestJwks.of(SECOND, "b"));
        pass(Duration.ofSeconds(30));

        assertThat(judge(gate, token(SECOND, "b"))).isInstanceOf(Valid.class);
        assertThat(issuer.asked()).hasSize(2);
    }

    /** A stranger can invent as many names as he likes. */
    @Test
    void unknownKidsAskOnceInThirtySeconds() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        TokenGate gate = gate(jwks());
        judge(gate, token(FIRST, "a"));
        pass(Duration.ofSeconds(29));
        for (int i = 0; i < 50; i++) {
            assertThat(judge(gate, token(SECOND, "x" + i))).isEqualTo(new Invalid(Reason.UNKNOWN_KEY));
        }
        assertThat(issuer.asked()).hasSize(1);

        pass(Duration.ofSeconds(1));
        for (int i = 0; i < 50; i++) {
            assertThat(judge(gate, token(SECOND, "y" + i))).isEqualTo(new Invalid(Reason.UNKNOWN_KEY));
        }
        assertThat(issuer.asked()).hasSize(2);
        assertThat(count("sessiongate.keys.unknown", "outcome", "limited")).isGreaterThanOrEqualTo(99);
    }

    @Test
    void noMoreRequestsWaitThanTheBound() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        CountDownLatch held = issuer.holdBack();
        TokenGate gate = gate(jwks());
        List<CompletableFuture<TokenVerdict>> verdicts = new ArrayList<>();
        String token = token(FIRST, "a");
        for (int i = 0; i < KeySource.MAX_WAITING; i++) {
            verdicts.add(check(gate, token));
        }

        assertThat(check(gate, token)).isCompletedWithValue(new Unavailable());
        assertThat(count("sessiongate.keys.waiting")).isEqualTo(KeySource.MAX_WAITING);
        held.countDown();
        for (CompletableFuture<TokenVerdict> verdict : verdicts) {
            assertThat(verdict.get(10, TimeUnit.SECONDS)).isInstanceOf(Valid.class);
        }
        assertThat(count("sessiongate.keys.waiting")).isZero();
    }

    @Test
    void keepsTheLastKeysWhileTheSourceIsAway() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        TokenGate gate = gate(jwks());
        judge(gate, token(FIRST, "a"));
        issuer.serves("/jwks", 500, "{\"keys\":[]}", Map.of());
        pass(Duration.ofHours(23));

        // Has it read; whether the issuer has a key of that name nobody can say now.
        assertThat(judge(gate, token(SECOND, "b"))).isEqualTo(new Unavailable());
        assertThat(issuer.asked()).hasSize(2);
        assertThat(judge(gate, token(FIRST, "a", "", ",\"n\":1,\"exp\":" + (NOW_SECONDS + 60))))
                .isInstanceOf(Valid.class);
        assertThat(gate.hasKeys()).isTrue();
        assertThat(count("sessiongate.keys.refreshes", "outcome", "failed")).isGreaterThanOrEqualTo(1);
    }

    @Test
    void keysThatAreTooOldAreNotUsedAnyMore() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        TokenGate gate = gate(jwks());
        String known = token(FIRST, "a");
        judge(gate, known);
        issuer.serves("/jwks", 500, "", Map.of());
        pass(Duration.ofHours(24));

        assertThat(judge(gate, token(SECOND, "b"))).isEqualTo(new Unavailable());
        assertThat(judge(gate, known)).isEqualTo(new Unavailable());
        assertThat(gate.hasKeys()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "{\"keys\":{}}", "{\"keys\":[],\"keys\":[]}", "[]", "{}"})
    void anAnswerThatIsNoKeySetChangesNothing(String answer) throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        TokenGate gate = gate(jwks());
        String known = token(FIRST, "a");
        TokenVerdict first = judge(gate, known);
        issuer.serves("/jwks", answer);
        pass(Duration.ofSeconds(30));

        assertThat(judge(gate, token(SECOND, "b"))).isEqualTo(new Unavailable());
        assertThat(judge(gate, known)).isSameAs(first);
    }

    /** The issuer's word: it has been asked and has taken the key back. */
    @Test
    void refusesTokensOfAKeyThatIsGoneAndKeepsTheOthers() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"), TestJwks.of(SECOND, "b"));
        TokenGate gate = gate(jwks());
        String gone = token(FIRST, "a");
        String stays = token(SECOND, "b");
        judge(gate, gone);
        TokenVerdict before = judge(gate, stays);
        publish("/jwks", TestJwks.of(SECOND, "b"));
        pass(Duration.ofSeconds(30));
        judge(gate, token(FIRST, "c"));

        assertThat(judge(gate, gone)).isEqualTo(new Invalid(Reason.UNKNOWN_KEY));
        assertThat(judge(gate, stays)).isSameAs(before);
    }

    @Test
    void aKeyThatIsReplacedUnderItsNameIsNotUsedAnyMore() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        TokenGate gate = gate(jwks());
        String old = token(FIRST, "a");
        judge(gate, old);
        publish("/jwks", TestJwks.of(SECOND, "a"));
        pass(Duration.ofSeconds(30));
        judge(gate, token(FIRST, "c"));

        assertThat(judge(gate, old)).isEqualTo(new Invalid(Reason.BAD_SIGNATURE));
        assertThat(judge(gate, token(SECOND, "a"))).isInstanceOf(Valid.class);
    }

    /** No key is left to verify with, and so nobody can say: but nobody is let in either. */
    @Test
    void anEmptySetTakesAllKeysBack() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        TokenGate gate = gate(jwks());
        String known = token(FIRST, "a");
        judge(gate, known);
        publish("/jwks");
        pass(Duration.ofSeconds(30));
        judge(gate, token(SECOND, "b"));

        assertThat(judge(gate, known)).isEqualTo(new Unavailable());
    }

    @Test
    void aSetThatDidNotChangeForgetsNoToken() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        TokenGate gate = gate(jwks());
        String known = token(FIRST, "a");
        TokenVerdict before = judge(gate, known);
        pass(Duration.ofSeconds(30));
        judge(gate, token(SECOND, "b"));

        assertThat(issuer.asked()).hasSize(2);
        assertThat(judge(gate, known)).isSameAs(before);
        assertThat(count("sessiongate.keys.refreshes", "outcome", "unchanged")).isEqualTo(1);
    }

    @Test
    void aTokenThatSaysItIsOverAsksNobody() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        TokenGate gate = gate(jwks());
        judge(gate, token(FIRST, "a"));
        pass(Duration.ofSeconds(60));

        assertThat(judge(gate, token(SECOND, "b", "", ",\"exp\":" + (NOW_SECONDS - 60))))
                .isEqualTo(new Invalid(Reason.UNKNOWN_KEY));
        assertThat(issuer.asked()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 302, 307, 308})
    void followsNoRedirect(int status) throws Exception {
        publish("/other", TestJwks.of(FIRST, "a"));
        issuer.serves("/jwks", status, "", Map.of("Location", issuer.url("/other")));
        TokenGate gate = gate(jwks());

        assertThat(judge(gate, token(FIRST, "a"))).isEqualTo(new Unavailable());
        assertThat(issuer.asked()).containsOnly("/jwks");
        assertThat(gate.keyTroubles().get(0)).contains("redirects are not followed");
    }

    @Test
    void readsNoMoreThanItsBound() throws Exception {
        issuer.serves("/jwks", "{\"keys\":[" + TestJwks.of(FIRST, "a") + "]" + " ".repeat(JwkSet.MAX_BYTES) + "}");
        TokenGate gate = gate(jwks());

        assertThat(judge(gate, token(FIRST, "a"))).isEqualTo(new Unavailable());
        assertThat(gate.keyTroubles().get(0)).endsWith("it is larger than 256 KiB");
    }

    @Test
    void aSourceThatSaysNothingIsGivenUp() throws Exception {
        issuer.holdBack();
        TokenGate gate = gate(jwks());

        assertThat(judge(gate, token(FIRST, "a"))).isEqualTo(new Unavailable());
        assertThat(gate.keyTroubles().get(0)).endsWith("there was no whole answer within 5 s");
    }

    @Test
    void takesNoSecretFromASet() throws Exception {
        publish(
                "/jwks",
                "{\"kty\":\"oct\",\"alg\":\"HS256\",\"kid\":\"a\",\"k\":\"" + encode(SECRET) + "\"}",
                TestJwks.of(FIRST, "b"));
        TokenGate gate = gate(jwks());
        judge(gate, token(FIRST, "b"));

        String forged = Tokens.hmac("{\"alg\":\"HS256\",\"kid\":\"a\"}", Tokens.CLAIMS);
        assertThat(judge(gate, forged)).isEqualTo(new Invalid(Reason.UNKNOWN_KEY));
        assertThat(count("sessiongate.keys.skipped")).isEqualTo(1);
    }

    // -- what a token says of keys

    /** RFC 8725 section 3.10: nothing in a token leads anywhere. */
    @Test
    void noTokenCausesAFetchOfItsOwnChoiceOrBringsAKey() throws Exception {
        publish("/jwks", TestJwks.of(FIRST, "a"));
        TokenGate gate = gate(jwks());
        judge(gate, token(FIRST, "a"));
        try (KeyServer evil = new KeyServer()) {
            evil.serves("/keys", TestJwks.set(TestJwks.of(SECOND, "evil")));
            String url = evil.url("/keys");
            for (String member : new String[] {
                ",\"jku\":\"" + url + "\"",
                ",\"x5u\":\"" + url + "\"",
                ",\"jku\":\"" + issuer.url("/jwks") + "\"",
                ",\"jwk\":" + TestJwks.of(SECOND, "evil"),
                ",\"x5c\":[\"MIIB\"]",
                ",\"x5t\":\"AAAA\",\"x5t#S256\":\"AAAA\"",
                ",\"jku\":\"" + url + "\",\"jwk\":" + TestJwks.of(SECOND, "evil") + ",\"x5u\":\"" + url + "\"",
                ",\"jku\":[\"" + url + "\"]",
            }) {
                for (String kid : new String[] {"a", "evil"}) {
                    assertThat(judge(gate, token(SECOND, kid, member, ",\"exp\":" + (NOW_SECONDS + 60))))
                            .isInstanceOf(Invalid.class);
                }
                String iss = ",\"iss\":\"" + evil.url("") + "\",\"exp\":" + (NOW_SECONDS + 60);
                assertThat(judge(gate, token(SECOND, "evil", member, iss))).isInstanceOf(Invalid.class);
            }
            assertThat(evil.asked()).isEmpty();
            assertThat(issuer.asked()).hasSize(1);
        }
    }

    // -- several issuers

    @Test
    void theKeysOfOneIssuerSayNothingInTheNameOfAnother() throws Exception {
        publish("/a", TestJwks.of(FIRST, "1"));
        publish("/b", TestJwks.of(SECOND, "1"));
        TokenGate gate = gate(
                source(Kind.JWKS, issuer.url("/a"), "https://a"), source(Kind.JWKS, issuer.url("/b"), "https://b"));
        String exp = ",\"exp\":" + (NOW_SECONDS + 60);

        assertThat(judge(gate, token(FIRST, "1", "", ",\"iss\":\"https://a\"" + exp)))
                .isInstanceOf(Valid.class);
        assertThat(judge(gate, token(SECOND, "1", "", ",\"iss\":\"https://b\"" + exp)))
                .isInstanceOf(Valid.class);
        assertThat(judge(gate, token(SECOND, "1", "", ",\"iss\":\"https://a\"" + exp)))
                .isEqualTo(new Invalid(Reason.BAD_SIGNATURE));
        assertThat(judge(gate, token(FIRST, "1", "", ",\"iss\":\"https://c\"" + exp)))
                .isEqualTo(new Invalid(Reason.WRONG_ISSUER));
        assertThat(judge(gate, token(FIRST, "1"))).isEqualTo(new Invalid(Reason.WRONG_ISSUER));
    }

    /** Else an issuer that is away would be spoken for by keys that belong to nobody in particular. */
    @Test
    void anIssuerThatIsAwayIsSpokenForByNobody() throws Exception {
        publish("/b", TestJwks.of(SECOND, "1"));
        TokenGate gate = gate(
                List.of(Tokens.publicKey("ES256", Set.of("ES256"))),
                source(Kind.JWKS, issuer.url("/away"), "https://a"),
                source(Kind.JWKS, issuer.url("/b"), null));
        String exp = ",\"exp\":" + (NOW_SECONDS + 60);

        assertThat(judge(gate, token(FIRST, null, "", ",\"iss\":\"https://a\"" + exp)))
                .isEqualTo(new Unavailable());
        assertThat(judge(gate, token(SECOND, "1", "", ",\"iss\":\"https://a\"" + exp)))
                .isEqualTo(new Unavailable());
        assertThat(judge(gate, token(FIRST, null, "", ",\"iss\":\"https://else\"" + exp)))
                .isInstanceOf(Valid.class);
        assertThat(judge(gate, token(SECOND, "1", "", exp))).isInstanceOf(Valid.class);
    }

    @Test
    void anUnknownKidOfOneIssuerAsksNoOther() throws Exception {
        publish("/a", TestJwks.of(FIRST, "1"));
        publish("/b", TestJwks.of(SECOND, "1"));
        TokenGate gate = gate(
                source(Kind.JWKS, issuer.url("/a"), "https://a"), source(Kind.JWKS, issuer.url("/b"), "https://b"));
        await().until(() -> count("sessiongate.keys") == 2);
        pass(Duration.ofSeconds(30));
        issuer.asked().clear();

        judge(gate, token(SECOND, "2", "", ",\"iss\":\"https://a\",\"exp\":" + (NOW_SECONDS + 60)));

        assertThat(issuer.asked()).containsExactly("/a");
    }

    // -- discovery

    private String document(String iss, String jwksUri) {
        return "{\"issuer\":\"" + iss + "\",\"jwks_uri\":\"" + jwksUri + "\",\"scopes_supported\":[\"openid\"]}";
    }

    private static String discovered(KeyPair pair, String iss) {
        return token(pair, "a", "", ",\"iss\":\"" + iss + "\",\"exp\":" + (NOW_SECONDS + 60));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "/tenant", "/tenant/"})
    void findsTheKeysOfAnIssuer(String path) throws Exception {
        String iss = issuer.url(path);
        publish("/the-keys", TestJwks.of(FIRST, "a"));
        String base = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        issuer.serves(base + "/.well-known/openid-configuration", document(iss, issuer.url("/the-keys")));
        TokenGate gate = gate(source(Kind.DISCOVERY, iss, iss));

        assertThat(judge(gate, discovered(FIRST, iss))).isInstanceOf(Valid.class);
        assertThat(judge(gate, discovered(FIRST, iss + "x"))).isEqualTo(new Invalid(Reason.WRONG_ISSUER));
        assertThat(judge(gate, token(FIRST, "a"))).isEqualTo(new Invalid(Reason.WRONG_ISSUER));
    }

    @Test
    void takesNoDocumentOfAnotherIssuer() throws Exception {
        String iss = issuer.url("");
        publish("/the-keys", TestJwks.of(FIRST, "a"));
        for (String other : new String[] {iss + "/", "https://else.example", iss.toUpperCase(java.util.Locale.ROOT)}) {
            issuer.serves("/.well-known/openid-configuration", document(other, issuer.url("/the-keys")));
            TokenGate gate = gate(source(Kind.DISCOVERY, iss, iss));

            assertThat(judge(gate, discovered(FIRST, iss))).isEqualTo(new Unavailable());
            assertThat(gate.keyTroubles().get(0)).contains("the discovery document is of another issuer");
        }
        assertThat(issuer.asked()).doesNotContain("/the-keys");
    }

    @Test
    void goesNowhereThatKeysMayNotComeFrom() throws Exception {
        String iss = issuer.url("");
        for (String uri : new String[] {
            "http://10.0.0.1/keys", "file:///etc/passwd", "jwks", "https://user@i.example/", "ftp://127.0.0.1/", ""
        }) {
            issuer.serves("/.well-known/openid-configuration", document(iss, uri));
            TokenGate gate = gate(source(Kind.DISCOVERY, iss, iss));

            assertThat(judge(gate, discovered(FIRST, iss))).isEqualTo(new Unavailable());
            assertThat(gate.keyTroubles().get(0)).contains("the jwks_uri of the discovery document");
        }
    }

    // -- files

    @Test
    void readsASetFromAFileAgainWhenItChanges() throws Exception {
        Path file = folder.resolve("jwks.json");
        Files.writeString(file, TestJwks.set(TestJwks.of(FIRST, "a")));
        TokenGate gate = gate(source(Kind.FILE, file.toString(), null));
        String old = token(FIRST, "a");
        assertThat(judge(gate, old)).isInstanceOf(Valid.class);

        Files.writeString(file, TestJwks.set(TestJwks.of(SECOND, "b")));

        await().atMost(Duration.ofSeconds(20)).until(() -> judge(gate, token(SECOND, "b")) instanceof Valid);
        assertThat(judge(gate, old)).isEqualTo(new Invalid(Reason.UNKNOWN_KEY));
    }

    @Test
    void readsAKeyFileAgainWhenItChangesAndKeepsItWhileItIsWrong() throws Exception {
        Path file = folder.resolve("key.pem");
        String first = TestKeys.pem("PUBLIC KEY", FIRST.getPublic());
        Files.writeString(file, first);
        TokenGate gate =
                gate(List.of(new KeyConfig(Set.of("ES256"), "a", null, first, "test:1:1", null, List.of(), file)));
        String old = token(FIRST, "a");
        assertThat(judge(gate, old)).isInstanceOf(Valid.class);

        for (String wrong : new String[] {
            "",
            "half a -----BEGIN PUBLIC KEY-----",
            TestKeys.pem("PUBLIC KEY", TestKeys.pair("ES384").getPublic())
        }) {
            double before = count("sessiongate.keys.refreshes", "outcome", "failed");
            Files.writeString(file, wrong);
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> count("sessiongate.keys.refreshes", "outcome", "failed") > before);
            assertThat(judge(gate, old)).isInstanceOf(Valid.class);
        }
        assertThat(gate.keyTroubles().get(0)).contains("key.pem: an EC key on P-384 fits ES384, not ES256");

        Files.writeString(file, TestKeys.pem("PUBLIC KEY", SECOND.getPublic()));
        await().atMost(Duration.ofSeconds(20)).until(() -> judge(gate, token(SECOND, "a")) instanceof Valid);
        assertThat(judge(gate, old)).isEqualTo(new Invalid(Reason.BAD_SIGNATURE));
        assertThat(gate.keyTroubles()).isEmpty();
    }
}
