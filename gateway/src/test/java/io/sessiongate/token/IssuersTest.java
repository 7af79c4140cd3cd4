package io.sessiongate.token;

import static io.sessiongate.token.Tokens.HEADER;
import static io.sessiongate.token.Tokens.OPEN_CLAIMS;
import static io.sessiongate.token.Tokens.SECRET;
import static io.sessiongate.token.Tokens.config;
import static io.sessiongate.token.Tokens.hmac;
import static io.sessiongate.token.Tokens.verifier;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sessiongate.config.AuthJsConfig;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Valid;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Several issuers in one realm, each with keys and an audience of its own (RFC 8725 sections 3.8, 3.9 and 3.12). */
class IssuersTest {

    private static final byte[] OTHER =
            "another secret that is long enough for HS256".getBytes(StandardCharsets.US_ASCII);

    private static KeyConfig key(byte[] secret, @Nullable String kid, @Nullable String issuer, List<String> audience) {
        return new KeyConfig(
                Set.of("HS256"), kid, new SecretBytes(secret), null, "test.yaml:1:1", issuer, audience, null);
    }

    private final TokenVerifier two = verifier(config(
            "https://realm",
            List.of("realm"),
            key(SECRET, null, "https://a", List.of("a")),
            key(OTHER, null, "https://b", List.of("b"))));

    private static String token(byte[] secret, @Nullable String kid, String claims) {
        String header = kid == null ? HEADER : "{\"alg\":\"HS256\",\"kid\":\"" + kid + "\"}";
        return hmac("HmacSHA256", secret, header, OPEN_CLAIMS + claims + "}");
    }

    private static TokenVerdict judge(TokenVerifier verifier, String token) {
        return verifier.prepare(token).run();
    }

    private static void assertRefused(TokenVerifier verifier, String token, Reason reason) {
        assertThat(judge(verifier, token)).isEqualTo(new Invalid(reason));
    }

    @Test
    void acceptsEachIssuerByItsOwnKeyAndForItsOwnAudience() {
        assertThat(judge(two, token(SECRET, null, ",\"iss\":\"https://a\",\"aud\":\"a\"")))
                .isInstanceOf(Valid.class);
        assertThat(judge(two, token(OTHER, null, ",\"iss\":\"https://b\",\"aud\":[\"x\",\"b\"]")))
                .isInstanceOf(Valid.class);
    }

    @Test
    void refusesATokenInTheNameOfOneIssuerByTheKeyOfAnother() {
        assertRefused(two, token(OTHER, null, ",\"iss\":\"https://a\",\"aud\":\"a\""), Reason.BAD_SIGNATURE);
        assertRefused(two, token(OTHER, null, ",\"iss\":\"https://a\",\"aud\":\"b\""), Reason.BAD_SIGNATURE);
    }

    @Test
    void refusesTheAudienceOfAnotherKeyAndThatOfTheRealm() {
        assertRefused(two, token(SECRET, null, ",\"iss\":\"https://a\",\"aud\":\"b\""), Reason.WRONG_AUDIENCE);
        assertRefused(two, token(SECRET, null, ",\"iss\":\"https://a\",\"aud\":\"realm\""), Reason.WRONG_AUDIENCE);
        assertRefused(two, token(SECRET, null, ",\"iss\":\"https://a\""), Reason.WRONG_AUDIENCE);
    }

    @Test
    void refusesIssuersThatNoKeyIsOf() {
        assertRefused(two, token(SECRET, null, ",\"iss\":\"https://realm\",\"aud\":\"a\""), Reason.WRONG_ISSUER);
        assertRefused(two, token(SECRET, null, ",\"iss\":\"https://A\",\"aud\":\"a\""), Reason.WRONG_ISSUER);
        assertRefused(two, token(SECRET, null, ",\"iss\":\"https://a/\",\"aud\":\"a\""), Reason.WRONG_ISSUER);
        assertRefused(two, token(SECRET, null, ",\"iss\":[\"https://a\"],\"aud\":\"a\""), Reason.WRONG_ISSUER);
        assertRefused(two, token(SECRET, null, ",\"iss\":null,\"aud\":\"a\""), Reason.WRONG_ISSUER);
        assertRefused(two, token(SECRET, null, ",\"aud\":\"a\""), Reason.WRONG_ISSUER);
    }

    /** Else whoever holds the general key could speak for every issuer. */
    @Test
    void aKeyWithoutIssuerDoesNotSpeakForAnIssuerThatHasKeys() {
        TokenVerifier mixed =
                verifier(config(key(SECRET, null, "https://a", List.of()), key(OTHER, null, null, List.of())));

        assertThat(judge(mixed, token(OTHER, null, ",\"iss\":\"https://else\"")))
                .isInstanceOf(Valid.class);
        assertThat(judge(mixed, token(OTHER, null, ""))).isInstanceOf(Valid.class);
        assertRefused(mixed, token(OTHER, null, ",\"iss\":\"https://a\""), Reason.BAD_SIGNATURE);
        assertRefused(mixed, token(SECRET, null, ",\"iss\":\"https://else\""), Reason.BAD_SIGNATURE);
        assertRefused(mixed, token(SECRET, null, ""), Reason.BAD_SIGNATURE);
    }

    @Test
    void aKeyWithoutIssuerAndAudienceHasThoseOfTheRealm() {
        TokenVerifier mixed = verifier(config(
                "https://realm",
                List.of("realm"),
                key(SECRET, null, "https://a", List.of()),
                key(OTHER, null, null, List.of("own"))));

        assertThat(judge(mixed, token(SECRET, null, ",\"iss\":\"https://a\",\"aud\":\"realm\"")))
                .isInstanceOf(Valid.class);
        assertThat(judge(mixed, token(OTHER, null, ",\"iss\":\"https://realm\",\"aud\":\"own\"")))
                .isInstanceOf(Valid.class);
        assertRefused(mixed, token(OTHER, null, ",\"iss\":\"https://x\",\"aud\":\"own\""), Reason.WRONG_ISSUER);
        assertRefused(mixed, token(OTHER, null, ",\"iss\":\"https://realm\",\"aud\":\"realm\""), Reason.WRONG_AUDIENCE);
    }

    @Test
    void theSameKidOfTwoIssuersAreTwoKeys() {
        TokenVerifier same =
                verifier(config(key(SECRET, "1", "https://a", List.of()), key(OTHER, "1", "https://b", List.of())));

        assertThat(judge(same, token(SECRET, "1", ",\"iss\":\"https://a\""))).isInstanceOf(Valid.class);
        assertThat(judge(same, token(OTHER, "1", ",\"iss\":\"https://b\""))).isInstanceOf(Valid.class);
        assertRefused(same, token(OTHER, "1", ",\"iss\":\"https://a\""), Reason.BAD_SIGNATURE);
        assertRefused(same, token(OTHER, "2", ",\"iss\":\"https://b\""), Reason.UNKNOWN_KEY);
    }

    @Test
    void oneKeyMayServeTwoAudiences() {
        TokenVerifier same = verifier(
                config(key(SECRET, null, "https://a", List.of("x")), key(SECRET, null, "https://a", List.of("y"))));

        assertThat(judge(same, token(SECRET, null, ",\"iss\":\"https://a\",\"aud\":\"y\"")))
                .isInstanceOf(Valid.class);
        assertRefused(same, token(SECRET, null, ",\"iss\":\"https://a\",\"aud\":\"z\""), Reason.WRONG_AUDIENCE);
    }

    /** The application's secret speaks for the application only. */
    @Test
    void aCookieOfAuthJsDoesNotSpeakForAnIssuerThatHasKeys() {
        TokenConfig plain = config(key(SECRET, null, "https://a", List.of()));
        TokenVerifier mixed = verifier(new TokenConfig(
                List.of(new TokenConfig.Source.Cookie(ForgedJwe.COOKIE)),
                plain.keys(),
                null,
                List.of(),
                plain.clockSkew(),
                plain.claims(),
                plain.maxBytes(),
                plain.cacheSize(),
                List.of(new AuthJsConfig(5, List.of(ForgedJwe.secret(ForgedJwe.SECRET)), "test.yaml:1:1"))));

        assertThat(mixed.prepare(cookie("")).run()).isInstanceOf(Valid.class);
        assertThat(mixed.prepare(cookie(",\"iss\":\"https://else\"")).run()).isInstanceOf(Valid.class);
        assertThat(mixed.prepare(cookie(",\"iss\":\"https://a\"")).run()).isEqualTo(new Invalid(Reason.WRONG_ISSUER));
    }

    private static TokenText cookie(String claims) {
        ContentEncryption encryption = ContentEncryption.A256CBC_HS512;
        byte[] content = (OPEN_CLAIMS + claims + "}").getBytes(StandardCharsets.UTF_8);
        return new TokenText(ForgedJwe.sealed(encryption, ForgedJwe.header(encryption, ""), content), ForgedJwe.COOKIE);
    }

    @Test
    void claimsThatCannotBeReadAreMalformed() {
        assertRefused(two, hmac(HEADER, "{\"iss\":\"https://a\",\"iss\":\"https://b\"}"), Reason.MALFORMED);
        assertRefused(two, hmac(HEADER, "[]"), Reason.MALFORMED);
    }

    /** Eight of each issuer are tried, so that one with many keys does not make those of another useless. */
    @Test
    void countsKeysWithoutKidByIssuer() {
        KeyConfig[] eightEach = IntStream.range(0, 16)
                .mapToObj(i -> key(i == 15 ? SECRET : OTHER, null, i < 8 ? "https://a" : "https://b", List.of()))
                .toArray(KeyConfig[]::new);
        assertThat(judge(verifier(config(eightEach)), token(SECRET, null, ",\"iss\":\"https://b\"")))
                .isInstanceOf(Valid.class);

        KeyConfig[] nine = IntStream.range(0, 9)
                .mapToObj(i -> key(OTHER, null, "https://a", List.of()))
                .toArray(KeyConfig[]::new);
        assertThatThrownBy(() -> verifier(config(nine))).hasMessageContaining("more than 8 keys without kid");
    }
}
