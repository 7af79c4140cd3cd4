package io.sessiongate.token;

import static io.sessiongate.token.Tokens.CLAIMS;
import static io.sessiongate.token.Tokens.HEADER;
import static io.sessiongate.token.Tokens.NOW_SECONDS;
import static io.sessiongate.token.Tokens.OPEN_CLAIMS;
import static io.sessiongate.token.Tokens.SECRET;
import static io.sessiongate.token.Tokens.config;
import static io.sessiongate.token.Tokens.hmac;
import static io.sessiongate.token.Tokens.key;
import static io.sessiongate.token.Tokens.publicKey;
import static io.sessiongate.token.Tokens.secret;
import static io.sessiongate.token.Tokens.signed;
import static io.sessiongate.token.Tokens.verifier;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.testing.TestKeys;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Valid;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is accepted, what the accepted token says, and what its claims must say. Attacks are in {@link TokenAttackTest}. */
class TokenVerifierTest {

    private static final byte[] OTHER_SECRET =
            "another secret that is long enough for HS256".getBytes(StandardCharsets.US_ASCII);

    private final TokenVerifier verifier = verifier(config(key("HS256")));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                "ES512", "EdDSA"
            })
    void acceptsTheAlgorithmsItKnows(String algorithm) {
        assertValid(verifier(config(key(algorithm))), signed(algorithm));
    }

    @ParameterizedTest
    @CsvSource({
        "RS256, PS256",
        "PS256, RS256",
        "RS256, RS512",
        "HS256, HS512",
        "HS512, HS256",
        "ES256, ES384",
        "HS256, RS256",
        "RS256, HS256",
        "ES256, EdDSA"
    })
    void refusesAnAlgorithmTheKeyIsNotFor(String pinned, String used) {
        assertInvalid(verifier(config(key(pinned))), signed(used), Reason.UNKNOWN_KEY);
    }

    @Test
    void acceptsEachOfTheAlgorithmsAKeyIsFor() {
        TokenVerifier both = verifier(config(publicKey("RS256", Set.of("RS256", "PS256"))));

        assertValid(both, signed("RS256"));
        assertValid(both, signed("PS256"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "ES256", "EdDSA", "HS256"})
    void refusesTheSignatureOfAnotherKey(String algorithm) {
        KeyConfig other = algorithm.startsWith("HS")
                ? secret(OTHER_SECRET, null, algorithm)
                : publicKey(
                        TestKeys.pem("PUBLIC KEY", TestKeys.newPair(algorithm).getPublic()), null, Set.of(algorithm));

        assertInvalid(verifier(config(other)), signed(algorithm), Reason.BAD_SIGNATURE);
    }

    @Test
    void saysWhatTheTokenSays() throws Exception {
        String token = hmac(
                HEADER,
                OPEN_CLAIMS + ",\"iat\":" + (NOW_SECONDS - 9) + ",\"role\":[\"admin\",\"user\"],\"x\":{\"y\":[1]}}");

        VerifiedToken verified = assertValid(verifier, token);

        assertThat(verified.subject()).isEqualTo("u1");
        assertThat(verified.sessionId()).isEqualTo("s1");
        assertThat(verified.roles()).containsExactlyInAnyOrder("admin", "user");
        assertThat(verified.expiresAtEpochMillis()).isEqualTo((NOW_SECONDS + 60) * 1000);
        assertThat(verified.issuedAtEpochMillis()).isEqualTo((NOW_SECONDS - 9) * 1000);
        assertThat(verified.claims()).containsEntry("x", Map.of("y", List.of(1)));
        assertThat(verified.sha256())
                .isEqualTo(Tokens.encode(
                        MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.US_ASCII))));
    }

    @Test
    void claimsCannotBeChangedAtAnyDepth() {
        Map<String, Object> claims = assertValid(verifier, hmac(HEADER, OPEN_CLAIMS + ",\"x\":{\"y\":[1]}}"))
                .claims();

        Map<?, ?> x = (Map<?, ?>) requireNonNull(claims.get("x"));
        List<?> y = (List<?>) requireNonNull(x.get("y"));

        assertThatThrownBy(() -> claims.put("a", "b")).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(x::clear).isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(y::clear).isInstanceOf(UnsupportedOperationException.class);
    }

    @Test
    void aTokenWithoutTimeOfIssueSaysSo() {
        assertThat(assertValid(verifier, hmac(HEADER, CLAIMS)).issuedAtEpochMillis())
                .isEqualTo(-1);
    }

    // -- times

    /** Clock skew is 5 s; a token is over at {@code exp}, not after it. */
    @ParameterizedTest
    @CsvSource({"-4, true", "-5, false", "-6, false", "0, true", "60, true"})
    void grantsTheSkewToTheExpiry(long secondsFromNow, boolean accepted) {
        assertAcceptedOr(Reason.EXPIRED, accepted, claims("\"exp\":" + (NOW_SECONDS + secondsFromNow)));
    }

    @ParameterizedTest
    @CsvSource({"nbf, 5, true", "nbf, 6, false", "nbf, -1000, true", "iat, 5, true", "iat, 6, false"})
    void grantsTheSkewToTheBeginning(String claim, long secondsFromNow, boolean accepted) {
        assertAcceptedOr(
                Reason.NOT_YET_VALID,
                accepted,
                OPEN_CLAIMS + ",\"" + claim + "\":" + (NOW_SECONDS + secondsFromNow) + "}");
    }

    @Test
    void refusesATokenThatIsOverWhateverElseIsWrong() {
        String claims = "{\"exp\":" + (NOW_SECONDS - 60) + "}";

        assertInvalid(verifier, hmac(HEADER, claims), Reason.EXPIRED);
    }

    // -- issuer and audience

    @Test
    void acceptsTheIssuerThatIsAskedFor() {
        assertValid(
                verifier(config("https://a", List.of(), key("HS256"))),
                hmac(HEADER, OPEN_CLAIMS + ",\"iss\":\"https://a\"}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ",\"iss\":\"https://b\"",
                ",\"iss\":\"https://a/\"",
                ",\"iss\":\"HTTPS://A\"",
                ",\"iss\":null"
            })
    void refusesOtherIssuers(String member) {
        assertInvalid(
                verifier(config("https://a", List.of(), key("HS256"))),
                hmac(HEADER, OPEN_CLAIMS + member + "}"),
                Reason.WRONG_ISSUER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"a\"", "\"b\"", "[\"a\"]", "[\"x\",\"b\"]"})
    void acceptsAnyOfTheAudiences(String audience) {
        assertValid(
                verifier(config(null, List.of("a", "b"), key("HS256"))),
                hmac(HEADER, OPEN_CLAIMS + ",\"aud\":" + audience + "}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", ",\"aud\":\"x\"", ",\"aud\":\"a b\"", ",\"aud\":[]", ",\"aud\":[\"x\"]", ",\"aud\":null"})
    void refusesOtherAudiences(String member) {
        assertInvalid(
                verifier(config(null, List.of("a", "b"), key("HS256"))),
                hmac(HEADER, OPEN_CLAIMS + member + "}"),
                Reason.WRONG_AUDIENCE);
    }

    // -- subject, session, roles

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"sub\":\"u1\"}|sub|u1",
                "{\"sub\":42}|sub|42",
                "{\"sub\":9007199254740993}|sub|9007199254740993",
                "{\"sub\":123456789012345678901234567890}|sub|123456789012345678901234567890",
                "{\"user\":{\"id\":\"u1\"}}|user.id|u1",
                "{\"a\":{\"b\":{\"c\":7}}}|a.b.c|7",
                "{\"https://app.example.com/id\":\"u1\"}|https://app.example.com/id|u1",
                "{\"a\":{\"b.c\":\"u1\"}}|a.b.c|u1",
                "{\"a.b\":\"flat\",\"a\":{\"b\":\"deep\"}}|a.b|flat"
            })
    void readsTheSubjectByItsPath(String members, String path, String expected) {
        TokenVerifier byPath =
                verifier(config(null, List.of(), new TokenConfig.Claims(path, "sid", "role"), 10, key("HS256")));
        String claims =
                members.substring(0, members.length() - 1) + ",\"sid\":\"s1\",\"exp\":" + (NOW_SECONDS + 60) + "}";

        assertThat(assertValid(byPath, hmac(HEADER, claims)).subject()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\"sid\":null,", "\"sid\":\"\",", "\"sid.x\":\"s\","})
    void refusesATokenWithoutSession(String member) {
        assertInvalid(
                verifier,
                hmac(HEADER, "{" + member + "\"sub\":\"u1\",\"exp\":" + (NOW_SECONDS + 60) + "}"),
                Reason.MISSING_CLAIM);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "true",
                "[\"s\"]",
                "{\"a\":1}",
                "1.5",
                "1e3",
                "\"a\\u0000b\"",
                "\"a\\nb\"",
                "\"a\\u007fb\"",
                "\"a\\u0085b\"",
                "\"\\ud800\"",
                "\"\\udc00x\""
            })
    void refusesASessionThatIsNoPlainText(String value) {
        assertInvalid(
                verifier,
                hmac(HEADER, "{\"sid\":" + value + ",\"sub\":\"u1\",\"exp\":" + (NOW_SECONDS + 60) + "}"),
                Reason.MALFORMED);
    }

    @ParameterizedTest
    @CsvSource({"512, true", "513, false"})
    void boundsTheLengthOfASession(int length, boolean accepted) {
        assertAcceptedOr(
                Reason.MALFORMED,
                accepted,
                "{\"sid\":\"" + "x".repeat(length) + "\",\"sub\":\"u1\",\"exp\":" + (NOW_SECONDS + 60) + "}");
    }

    @Test
    void acceptsTextBeyondAscii() {
        assertThat(assertValid(
                                verifier,
                                hmac(
                                        HEADER,
                                        claims("\"exp\":" + (NOW_SECONDS + 60)).replace("u1", "Zoë😀")))
                        .subject())
                .isEqualTo("Zoë😀");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|",
                "null|",
                "\"\"|",
                "\" \"|",
                "\"admin\"|admin",
                "\"admin user\"|admin,user",
                "\" admin  user \"|admin,user",
                "[\"admin\",\"user\",\"admin\"]|admin,user",
                "[\"power user\"]|power user"
            })
    void readsRolesAsAListOrAsWords(String value, String expected) {
        VerifiedToken token = assertValid(verifier, hmac(HEADER, OPEN_CLAIMS + ",\"role\":" + value + "}"));

        assertThat(token.roles())
                .containsExactlyInAnyOrderElementsOf(expected == null ? List.of() : Arrays.asList(expected.split(",")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1",
                "true",
                "{\"admin\":true}",
                "[1]",
                "[null]",
                "[\"\"]",
                "[[\"admin\"]]",
                "\"a\\tb\"",
                "[\"a\\nb\"]"
            })
    void refusesRolesOfAnyOtherForm(String value) {
        assertInvalid(verifier, hmac(HEADER, OPEN_CLAIMS + ",\"role\":" + value + "}"), Reason.MALFORMED);
    }

    @Test
    void readsRolesByTheirPath() {
        TokenVerifier byPath = verifier(
                config(null, List.of(), new TokenConfig.Claims("sub", "sid", "realm_access.roles"), 10, key("HS256")));

        assertThat(assertValid(byPath, hmac(HEADER, OPEN_CLAIMS + ",\"realm_access\":{\"roles\":[\"admin\"]}}"))
                        .roles())
                .containsExactly("admin");
    }

    // -- choice of the key

    @Test
    void aNamedKeyIsTheOnlyOneTried() {
        TokenVerifier two = verifier(config(secret(SECRET, "a", "HS256"), secret(OTHER_SECRET, "b", "HS256")));

        assertValid(two, hmac("{\"alg\":\"HS256\",\"kid\":\"a\"}", CLAIMS));
        assertInvalid(two, hmac("{\"alg\":\"HS256\",\"kid\":\"b\"}", CLAIMS), Reason.BAD_SIGNATURE);
    }

    @Test
    void anUnknownNameMatchesNoKeyOfAnotherName() {
        assertInvalid(
                verifier(config(secret(SECRET, "a", "HS256"))),
                hmac("{\"alg\":\"HS256\",\"kid\":\"x\"}", CLAIMS),
                Reason.UNKNOWN_KEY);
    }

    @Test
    void anUnknownNameFallsBackToKeysWithoutOne() {
        assertValid(
                verifier(config(secret(OTHER_SECRET, "a", "HS256"), secret(SECRET, null, "HS256"))),
                hmac("{\"alg\":\"HS256\",\"kid\":\"x\"}", CLAIMS));
    }

    @Test
    void aKeyWithoutNameIsNotTriedForATokenThatNamesAnother() {
        assertInvalid(
                verifier(config(secret(OTHER_SECRET, "a", "HS256"), secret(SECRET, null, "HS256"))),
                hmac("{\"alg\":\"HS256\",\"kid\":\"a\"}", CLAIMS),
                Reason.BAD_SIGNATURE);
    }

    @Test
    void aNamedKeyOfAnotherAlgorithmDoesNotGiveWayToOneWithoutName() {
        String pem = TestKeys.pem("PUBLIC KEY", TestKeys.pair("RS256").getPublic());

        assertInvalid(
                verifier(config(publicKey(pem, "a", Set.of("RS256")), secret("HS256"))),
                hmac("{\"alg\":\"HS256\",\"kid\":\"a\"}", CLAIMS),
                Reason.UNKNOWN_KEY);
    }

    @Test
    void aTokenWithoutNameIsTriedWithEveryKeyOfItsAlgorithm() {
        assertValid(
                verifier(config(key("RS256"), secret(OTHER_SECRET, "a", "HS256"), secret(SECRET, "b", "HS256"))),
                hmac(HEADER, CLAIMS));
    }

    @Test
    void aTokenMustNameItsKeyWhereTooManyCouldBeMeant() {
        KeyConfig[] keys = IntStream.range(0, KeyChoice.MAX_TRIED_KEYS + 1)
                .mapToObj(i -> secret(SECRET, "k" + i, "HS256"))
                .toArray(KeyConfig[]::new);

        assertInvalid(verifier(config(keys)), hmac(HEADER, CLAIMS), Reason.UNKNOWN_KEY);
        assertValid(verifier(config(keys)), hmac("{\"alg\":\"HS256\",\"kid\":\"k8\"}", CLAIMS));
    }

    @Test
    void tooManyKeysWithoutNameAreRefusedAtTheStart() {
        KeyConfig[] keys = IntStream.range(0, KeyChoice.MAX_TRIED_KEYS + 1)
                .mapToObj(i -> secret("HS256"))
                .toArray(KeyConfig[]::new);

        assertThatThrownBy(() -> verifier(config(keys)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("more than 8 keys without kid for HS256");
    }

    @Test
    void onlySignaturesWithASharedSecretAreQuick() {
        assertThat(verifier.prepare(signed("HS256")).slow()).isFalse();
        assertThat(verifier(config(key("RS256"))).prepare(signed("RS256")).slow())
                .isTrue();
        assertThat(verifier(config(key("RS256"))).prepare("garbage").slow()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"HS512", "RS256", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
    void theTokenForWarmingUpIsCalculatedToTheEndAndRefused(String algorithm) {
        String bogus = BogusToken.text(algorithm, VerificationKey.of(key(algorithm)));

        assertInvalid(verifier(config(key(algorithm))), bogus, Reason.BAD_SIGNATURE);
    }

    private static String claims(String expiry) {
        return "{\"sub\":\"u1\",\"sid\":\"s1\"," + expiry + "}";
    }

    private void assertAcceptedOr(Reason reason, boolean accepted, String claims) {
        if (accepted) {
            assertValid(verifier, hmac(HEADER, claims));
        } else {
            assertInvalid(verifier, hmac(HEADER, claims), reason);
        }
    }

    private static VerifiedToken assertValid(TokenVerifier verifier, String token) {
        TokenVerdict verdict = verifier.prepare(token).run();
        assertThat(verdict).isInstanceOf(Valid.class);
        return ((Valid) verdict).token();
    }

    private static void assertInvalid(TokenVerifier verifier, String token, Reason reason) {
        assertThat(verifier.prepare(token).run()).isEqualTo(new Invalid(reason));
    }
}
