package io.sessiongate.token;

import static io.sessiongate.token.ContentEncryption.A256CBC_HS512;
import static io.sessiongate.token.ContentEncryption.A256GCM;
import static io.sessiongate.token.ForgedJwe.COOKIE;
import static io.sessiongate.token.ForgedJwe.SECRET;
import static io.sessiongate.token.ForgedJwe.header;
import static io.sessiongate.token.ForgedJwe.key;
import static io.sessiongate.token.ForgedJwe.sealed;
import static io.sessiongate.token.Tokens.NOW_SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.AuthJsConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Valid;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Encrypted tokens made to pass where they must not. All but those about the key itself are sealed with the right key, so
 * that it is the guard that refuses them.
 */
class AuthJsAttackTest {

    private static final String OPEN_CLAIMS = "{\"sub\":\"u1\",\"jti\":\"j1\",\"iat\":" + NOW_SECONDS;
    private static final String CLAIMS = OPEN_CLAIMS + ",\"exp\":" + (NOW_SECONDS + 60) + "}";
    private static final byte[] CONTENT = utf8(CLAIMS);

    private final TokenVerifier verifier = verifier(new AuthJsConfig(5, List.of(ForgedJwe.secret(SECRET)), "test:1:1"));

    static TokenVerifier verifier(AuthJsConfig... keys) {
        TokenConfig config = new TokenConfig(
                List.of(new Source.Cookie(COOKIE)),
                List.of(),
                null,
                List.of(),
                Duration.ofSeconds(15),
                new TokenConfig.Claims("sub", "jti", "roles"),
                16_384,
                100,
                List.of(keys));
        return new TokenVerifier(config, List.of(), () -> Tokens.NOW);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private TokenVerdict judge(String token) {
        return verifier.prepare(new TokenText(token, COOKIE)).run();
    }

    private static void assertInvalid(TokenVerdict verdict, Reason reason) {
        assertThat(verdict).isEqualTo(new Invalid(reason));
    }

    /** What the attacks are made from passes; else every refusal here would prove nothing. */
    @ParameterizedTest
    @EnumSource(ContentEncryption.class)
    void acceptsTheTokenThatTheAttacksStartFrom(ContentEncryption encryption) {
        assertThat(judge(sealed(encryption, header(encryption, ""), CONTENT))).isInstanceOf(Valid.class);
        assertThat(judge(sealed(encryption, header(encryption, ",\"typ\":\"JWT\""), CONTENT)))
                .isInstanceOf(Valid.class);
    }

    /** It gets as far as the cipher, and no further. */
    @ParameterizedTest
    @EnumSource(ContentEncryption.class)
    void warmsUpWithATokenWhoseTagIsFalse(ContentEncryption encryption) {
        assertInvalid(judge(BogusToken.encrypted(encryption)), Reason.BAD_SIGNATURE);
        verifier.warmUp(2);
    }

    /** Each as the only difference from a good token, and with a seal that is right for it. */
    @Test
    void refusesEveryHeaderThatAuthJsDoesNotWrite() {
        List<String> members = List.of(
                "\"zip\":\"DEF\"",
                "\"zip\":\"GZIP\"",
                "\"zip\":null",
                "\"crit\":[\"exp\"]",
                "\"crit\":[]",
                "\"b64\":false",
                "\"epk\":{\"kty\":\"EC\"}",
                "\"apu\":\"YQ\"",
                "\"apv\":\"YQ\"",
                "\"p2c\":1000000000",
                "\"p2s\":\"YQ\"",
                "\"iv\":\"YQ\"",
                "\"tag\":\"YQ\"",
                "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}",
                "\"jku\":\"https://evil.example.com/jwks.json\"",
                "\"x5u\":\"https://evil.example.com/cert.pem\"",
                "\"x5c\":[\"AAAA\"]",
                "\"x5t\":\"YQ\"",
                "\"x5t#S256\":\"YQ\"",
                "\"cty\":\"JWT\"",
                "\"typ\":\"logout+jwt\"",
                "\"typ\":1",
                "\"iss\":\"x\"",
                "\"sub\":\"x\"",
                "\"exp\":1",
                "\"\":1",
                "\"alg\":\"dir\"",
                "\"alg\":\"A256KW\"",
                "\"enc\":\"A256GCM\"",
                "\"kid\":\"x\"");
        int refused = 0;
        for (ContentEncryption encryption : ContentEncryption.values()) {
            for (String member : members) {
                assertThat(judge(sealed(encryption, header(encryption, "," + member), CONTENT)))
                        .as(member)
                        .isEqualTo(new Invalid(Reason.MALFORMED));
                refused++;
            }
        }
        System.out.println("Auth.js attacks by header members: " + refused + " of " + refused + " refused");
    }

    @Test
    void refusesEveryOtherWayToEncrypt() {
        List<String> headers = new ArrayList<>();
        for (String alg : List.of(
                "A128KW",
                "A256KW",
                "A256GCMKW",
                "PBES2-HS256+A128KW",
                "ECDH-ES",
                "ECDH-ES+A256KW",
                "RSA1_5",
                "RSA-OAEP",
                "none",
                "HS256",
                "DIR",
                "Dir",
                " dir",
                "dir ",
                "")) {
            headers.add("{\"alg\":\"" + alg + "\",\"enc\":\"A256GCM\"}");
        }
        for (String enc : List.of(
                "A128GCM",
                "A192GCM",
                "A128CBC-HS256",
                "A192CBC-HS384",
                "A256CBC",
                "a256gcm",
                "A256GCM ",
                "C20P",
                "none",
                "")) {
            headers.add("{\"alg\":\"dir\",\"enc\":\"" + enc + "\"}");
        }
        headers.addAll(List.of(
                "{}",
                "[]",
                "null",
                "\"dir\"",
                "{\"alg\":\"dir\"}",
                "{\"enc\":\"A256GCM\"}",
                "{\"alg\":null,\"enc\":\"A256GCM\"}",
                "{\"alg\":[\"dir\"],\"enc\":\"A256GCM\"}",
                "{\"alg\":\"dir\",\"enc\":[\"A256GCM\"]}",
                "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":null}",
                "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":7}",
                "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"" + "k".repeat(513) + "\"}",
                "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}{}",
                "{\"alg\":\"dir\",\"enc\":\"A256GCM\"} x",
                "{'alg':'dir','enc':'A256GCM'}",
                "{\"alg\":\"dir\",\"enc\":\"A256GCM\"" + " ".repeat(1100) + "}"));
        for (String header : headers) {
            assertThat(judge(sealed(A256GCM, header, CONTENT))).as(header).isEqualTo(new Invalid(Reason.MALFORMED));
        }
        System.out.println("Auth.js attacks by algorithm: " + headers.size() + " of " + headers.size() + " refused");
    }

    /** 50 MB from a few kilobytes, were it inflated. */
    @Test
    void inflatesNothing() throws IOException {
        var deflated = new ByteArrayOutputStream();
        try (var out = new DeflaterOutputStream(deflated, new Deflater(9, true))) {
            out.write(
                    utf8(OPEN_CLAIMS + ",\"exp\":" + (NOW_SECONDS + 60) + ",\"x\":\"" + "a".repeat(5_000_000) + "\"}"));
        }

        assertInvalid(
                judge(sealed(A256GCM, header(A256GCM, ",\"zip\":\"DEF\""), deflated.toByteArray())), Reason.MALFORMED);
    }

    @Test
    void takesTheKeyThatIsNamedAndNoOther() {
        String otherKid = "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\"x\"}";
        String longKid = "{\"alg\":\"dir\",\"enc\":\"A256GCM\",\"kid\":\""
                + key(A256CBC_HS512).thumbprint() + "\"}";

        assertInvalid(judge(sealed(A256GCM, otherKid, CONTENT)), Reason.UNKNOWN_KEY);
        assertInvalid(judge(sealed(A256GCM, longKid, CONTENT)), Reason.UNKNOWN_KEY);
    }

    /** As in Auth.js: without a name, only the secret that it encrypts with. */
    @Test
    void opensWithTheFirstSecretOnlyWhereNoKeyIsNamed() {
        String nameless = sealed(A256GCM, "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}", CONTENT);
        var old = ForgedJwe.secret("another-secret-0123456789abcdef");
        var own = ForgedJwe.secret(SECRET);

        assertThat(verifier(new AuthJsConfig(5, List.of(own, old), "test:1:1"))
                        .prepare(new TokenText(nameless, COOKIE))
                        .run())
                .isInstanceOf(Valid.class);
        assertInvalid(
                verifier(new AuthJsConfig(5, List.of(old, own), "test:1:1"))
                        .prepare(new TokenText(nameless, COOKIE))
                        .run(),
                Reason.BAD_SIGNATURE);
    }

    @Test
    void refusesKeysThatOnlyLookLikeIt() {
        byte[] zeros = new byte[32];
        byte[] secret = Arrays.copyOf(utf8(SECRET), 32);
        // The first half is the shorter key itself: the length is no part of what Auth.js derives from.
        byte[] half = Arrays.copyOfRange(key(A256CBC_HS512).key().getEncoded(), 32, 64);

        for (byte[] wrong : List.of(zeros, secret, half)) {
            assertInvalid(judge(sealed(A256GCM, wrong, header(A256GCM, ""), CONTENT)), Reason.BAD_SIGNATURE);
        }
    }

    @ParameterizedTest
    @EnumSource(ContentEncryption.class)
    void refusesSealsOfAnotherLength(ContentEncryption encryption) {
        String[] parts = sealed(encryption, header(encryption, ""), CONTENT).split("\\.", -1);
        byte[] iv = Base64.getUrlDecoder().decode(parts[2]);
        byte[] tag = Base64.getUrlDecoder().decode(parts[4]);

        for (int bytes : new int[] {1, 4, 8, 12, 15, 16, 17, 31, 32, 33, 64}) {
            if (bytes != tag.length) {
                assertInvalid(judge(with(parts, 4, Arrays.copyOf(tag, bytes))), Reason.MALFORMED);
            }
            if (bytes != iv.length) {
                assertInvalid(judge(with(parts, 2, Arrays.copyOf(iv, bytes))), Reason.MALFORMED);
            }
        }
        for (int part = 0; part < 5; part++) {
            if (part != 1) {
                assertInvalid(judge(with(parts, part, new byte[0])), Reason.MALFORMED);
            }
        }
        assertInvalid(judge(with(parts, 1, new byte[] {1, 2, 3})), Reason.MALFORMED);
    }

    /** Every bit of the initialization vector, the content, the tag and the header is covered by the tag. */
    @ParameterizedTest
    @EnumSource(ContentEncryption.class)
    void refusesATokenOfWhichAnyBitWasTurned(ContentEncryption encryption) {
        String good = sealed(encryption, header(encryption, ""), CONTENT);
        String[] parts = good.split("\\.", -1);
        int refused = 0;
        for (int part : new int[] {0, 2, 3, 4}) {
            byte[] bytes = Base64.getUrlDecoder().decode(parts[part]);
            for (int bit = 0; bit < bytes.length * 8; bit++) {
                bytes[bit / 8] ^= (byte) (1 << bit % 8);
                assertThat(judge(with(parts, part, bytes))).isInstanceOf(Invalid.class);
                bytes[bit / 8] ^= (byte) (1 << bit % 8);
                refused++;
            }
        }
        assertThat(judge(good)).isInstanceOf(Valid.class);
        System.out.println("Auth.js attacks by a turned bit, " + encryption.jweName() + ": " + refused + " refused");
    }

    /** One token has one spelling: else it had several texts, and so several places in the cache. */
    @Test
    void refusesAnotherSpellingOfTheSameBytes() {
        String good = sealed(A256GCM, header(A256GCM, ""), CONTENT);

        assertThat(judge(good)).isInstanceOf(Valid.class);
        for (String spelled : List.of(
                good + "=",
                good + "==",
                good.replace(".", ". "),
                " " + good,
                good + "\n",
                good + ".",
                good.substring(0, good.length() - 1) + (char) (good.charAt(good.length() - 1) + 1))) {
            assertThat(judge(spelled)).as(spelled).isInstanceOf(Invalid.class);
        }
    }

    @Test
    void judgesTheClaimsAsThoseOfASignedToken() {
        long soon = NOW_SECONDS + 60;
        record Case(String claims, Reason reason) {}
        List<Case> cases = List.of(
                new Case(OPEN_CLAIMS + "}", Reason.MISSING_CLAIM),
                new Case(OPEN_CLAIMS + ",\"exp\":null}", Reason.MALFORMED),
                new Case(OPEN_CLAIMS + ",\"exp\":{}}", Reason.MALFORMED),
                new Case(OPEN_CLAIMS + ",\"exp\":\"" + soon + "\"}", Reason.MALFORMED),
                new Case(OPEN_CLAIMS + ",\"exp\":" + soon + ".5}", Reason.MALFORMED),
                new Case(OPEN_CLAIMS + ",\"exp\":9999999999999999999}", Reason.MALFORMED),
                new Case(OPEN_CLAIMS + ",\"exp\":" + soon + "000}", Reason.MALFORMED),
                new Case(OPEN_CLAIMS + ",\"exp\":-1}", Reason.MALFORMED),
                new Case(OPEN_CLAIMS + ",\"exp\":" + (NOW_SECONDS - 15) + "}", Reason.EXPIRED),
                new Case(
                        OPEN_CLAIMS + ",\"exp\":" + soon + ",\"nbf\":" + (NOW_SECONDS + 16) + "}",
                        Reason.NOT_YET_VALID),
                new Case(
                        "{\"sub\":\"u1\",\"jti\":\"j1\",\"iat\":" + (NOW_SECONDS + 16) + ",\"exp\":" + soon + "}",
                        Reason.NOT_YET_VALID),
                new Case("{\"jti\":\"j1\",\"exp\":" + soon + "}", Reason.MISSING_CLAIM),
                new Case("{\"sub\":\"u1\",\"exp\":" + soon + "}", Reason.MISSING_CLAIM),
                new Case("{\"sub\":\"u1\",\"sub\":\"admin\",\"jti\":\"j1\",\"exp\":" + soon + "}", Reason.MALFORMED),
                new Case(CLAIMS + "{}", Reason.MALFORMED),
                new Case(CLAIMS + " x", Reason.MALFORMED),
                new Case("[" + CLAIMS + "]", Reason.MALFORMED),
                new Case("null", Reason.MALFORMED),
                new Case("", Reason.MALFORMED),
                new Case("[".repeat(2000), Reason.MALFORMED),
                new Case(Tokens.hmac(Tokens.HEADER, CLAIMS), Reason.MALFORMED),
                new Case(sealed(A256GCM, header(A256GCM, ""), CONTENT), Reason.MALFORMED));
        int refused = 0;
        for (ContentEncryption encryption : ContentEncryption.values()) {
            for (Case each : cases) {
                if (encryption == A256GCM && each.claims().isEmpty()) {
                    continue; // a part without characters is no part
                }
                assertThat(judge(sealed(encryption, header(encryption, ""), utf8(each.claims()))))
                        .as(each.claims())
                        .isEqualTo(new Invalid(each.reason()));
                refused++;
            }
        }
        assertThat(judge(sealed(
                        A256GCM, header(A256GCM, ""), utf8(OPEN_CLAIMS + ",\"exp\":" + (NOW_SECONDS - 14) + "}"))))
                .as("within the tolerance of Auth.js")
                .isInstanceOf(Valid.class);
        System.out.println("Auth.js attacks by claims: " + refused + " of " + refused + " refused");
    }

    @Test
    void refusesContentThatIsNotUtf8() {
        byte[] latin = CLAIMS.replace("u1", "u\u00fc").getBytes(StandardCharsets.ISO_8859_1);

        assertInvalid(judge(sealed(A256GCM, header(A256GCM, ""), latin)), Reason.MALFORMED);
    }

    @Test
    void refusesATokenBeyondTheLargestSize() {
        String padded = OPEN_CLAIMS + ",\"exp\":" + (NOW_SECONDS + 60) + ",\"x\":\"" + "a".repeat(13_000) + "\"}";

        assertInvalid(judge(sealed(A256GCM, header(A256GCM, ""), utf8(padded))), Reason.TOO_LARGE);
    }

    /** A key is salted with a cookie's name, and so there is none for a cookie that is not searched. */
    @Test
    void hasNoKeyForACookieThatIsNotTheRealms() {
        String good = sealed(A256GCM, header(A256GCM, ""), CONTENT);

        assertInvalid(
                verifier.prepare(new TokenText(good, "authjs.session-token")).run(), Reason.UNKNOWN_KEY);
    }

    /** Thousands of bent tokens, from a seed: nothing throws, and nothing but the token as it was sealed is good. */
    @ParameterizedTest
    @EnumSource(ContentEncryption.class)
    void noBentTokenIsGood(ContentEncryption encryption) {
        String good = sealed(encryption, header(encryption, ""), CONTENT);
        Random random = new Random(20261125);
        Set<String> tried = new HashSet<>();
        for (int i = 0; i < 6000; i++) {
            String bent = bend(good, random);
            if (!bent.equals(good) && tried.add(bent)) {
                assertThat(judge(bent)).as(bent).isInstanceOf(Invalid.class);
            }
        }
        assertThat(tried).hasSizeGreaterThan(5000);
    }

    private static String bend(String token, Random random) {
        String alphabet = "ABCabc019-_.=+/ %\"{}\u0000\u00e9";
        var bent = new StringBuilder(token);
        for (int i = random.nextInt(3); i >= 0 && !bent.isEmpty(); i--) {
            int at = random.nextInt(bent.length());
            switch (random.nextInt(5)) {
                case 0 -> bent.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
                case 1 -> bent.deleteCharAt(at);
                case 2 -> bent.insert(at, alphabet.charAt(random.nextInt(alphabet.length())));
                case 3 -> bent.setLength(at);
                default -> bent.insert(at, bent.substring(random.nextInt(bent.length())));
            }
        }
        return bent.toString();
    }

    private static String with(@Nullable String[] parts, int part, byte[] bytes) {
        @Nullable String[] changed = parts.clone();
        changed[part] = Tokens.encode(bytes);
        return String.join(".", changed);
    }
}
