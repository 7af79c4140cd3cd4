package io.sessiongate.token;

import static io.sessiongate.token.Tokens.CLAIMS;
import static io.sessiongate.token.Tokens.HEADER;
import static io.sessiongate.token.Tokens.NOW_SECONDS;
import static io.sessiongate.token.Tokens.OPEN_CLAIMS;
import static io.sessiongate.token.Tokens.SECRET;
import static io.sessiongate.token.Tokens.config;
import static io.sessiongate.token.Tokens.encode;
import static io.sessiongate.token.Tokens.hmac;
import static io.sessiongate.token.Tokens.key;
import static io.sessiongate.token.Tokens.publicKey;
import static io.sessiongate.token.Tokens.secret;
import static io.sessiongate.token.Tokens.signed;
import static io.sessiongate.token.Tokens.verifier;
import static org.assertj.core.api.Assertions.assertThat;

import io.jsonwebtoken.Jwts;
import io.jsonwebtoken.io.AbstractSerializer;
import io.sessiongate.testing.TestKeys;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Valid;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.GZIPOutputStream;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tokens made to pass where they must not: what the library refuses by itself, and what it would let through. All but
 * those about the signature itself are signed with the right key, so that it is the guard that refuses them.
 */
class TokenAttackTest {

    private final TokenVerifier hs256 = verifier(config(secret("HS256")));

    /** What the attacks are made from passes; else every refusal here would prove nothing. */
    @Test
    void acceptsTheTokenThatTheAttacksStartFrom() {
        assertThat(hs256.prepare(hmac(HEADER, CLAIMS)).run()).isInstanceOf(Valid.class);
    }

    // -- algorithm and signature

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS1", "HS384", "dir", "RS256"})
    void refusesAlgorithmsTheKeyIsNotFor(String algorithm) {
        String header = "{\"alg\":\"" + algorithm + "\"}";

        assertInvalid(hs256, hmac(header, CLAIMS), Reason.UNKNOWN_KEY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"alg\":null}", "{\"alg\":1}", "{\"alg\":[\"HS256\"]}", "{\"ALG\":\"HS256\"}"})
    void refusesAHeaderWithoutAlgorithm(String header) {
        assertInvalid(hs256, hmac(header, CLAIMS), Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "HS256"})
    void refusesATokenWithoutSignature(String algorithm) {
        String unsigned = encode("{\"alg\":\"" + algorithm + "\"}") + '.' + encode(CLAIMS);

        assertInvalid(hs256, unsigned + '.', Reason.MALFORMED);
        assertInvalid(hs256, unsigned, Reason.MALFORMED);
    }

    @Test
    void refusesNoneWithASignatureOfJunk() {
        assertInvalid(
                hs256, encode("{\"alg\":\"none\"}") + '.' + encode(CLAIMS) + '.' + encode("junk"), Reason.UNKNOWN_KEY);
    }

    /** The public key is public: whoever takes it for a secret takes everybody's signature. */
    @Test
    void refusesAPublicRsaKeyUsedAsTheSecret() {
        TokenVerifier rs256 = verifier(config(key("RS256")));
        String pem = TestKeys.pem("PUBLIC KEY", TestKeys.pair("RS256").getPublic());
        byte[] der = TestKeys.pair("RS256").getPublic().getEncoded();

        for (String name : new String[] {"HS256", "HS384", "HS512"}) {
            String header = "{\"alg\":\"" + name + "\"}";
            String jcaName = "HmacSHA" + name.substring(2);
            assertInvalid(
                    rs256, hmac(jcaName, pem.getBytes(StandardCharsets.UTF_8), header, CLAIMS), Reason.UNKNOWN_KEY);
            assertInvalid(rs256, hmac(jcaName, der, header, CLAIMS), Reason.UNKNOWN_KEY);
            assertInvalid(rs256, hmac(jcaName, der, "{\"alg\":\"RS256\"}", CLAIMS), Reason.BAD_SIGNATURE);
        }
    }

    @Test
    void refusesAnEllipticSignatureOfZeros() {
        String es256 = signed("ES256");

        assertInvalid(verifier(config(key("ES256"))), withSignature(es256, new byte[64]), Reason.BAD_SIGNATURE);
    }

    @Test
    void refusesAnEllipticSignatureInDer() throws Exception {
        String token = signed("ES256");
        Signature der = Signature.getInstance("SHA256withECDSA");
        der.initSign(TestKeys.pair("ES256").getPrivate());
        der.update(token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII));

        assertInvalid(verifier(config(key("ES256"))), withSignature(token, der.sign()), Reason.BAD_SIGNATURE);
    }

    @Test
    void refusesASignatureWhoseUnusedBitsWereChanged() {
        // 32 bytes are 43 characters, the last of which has two bits to spare.
        String token = hmac(HEADER, CLAIMS);
        String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        int last = alphabet.indexOf(token.charAt(token.length() - 1));

        for (int spare = 1; spare < 4; spare++) {
            assertInvalid(
                    hs256, token.substring(0, token.length() - 1) + alphabet.charAt(last | spare), Reason.MALFORMED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"=", "==", " ", "\n", "\t", ".", "%20", "+", "/", "\u0000", "é", ","})
    void refusesAnythingBehindTheSignature(String tail) {
        assertInvalid(hs256, hmac(HEADER, CLAIMS) + tail, Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {" ", "\n", "\r\n", "\t", "="})
    void refusesCharactersWithinTheToken(String inserted) {
        String token = hmac(HEADER, CLAIMS);
        int dot = token.indexOf('.');

        assertInvalid(hs256, inserted + token, Reason.MALFORMED);
        assertInvalid(hs256, token.substring(0, dot) + inserted + token.substring(dot), Reason.MALFORMED);
        assertInvalid(hs256, token.substring(0, dot + 3) + inserted + token.substring(dot + 3), Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "...", "a", "a.b", "a.b.c", "....", "eyJhbGciOiJIUzI1NiJ9..", "-.-.-"})
    void refusesWhatIsNoToken(String text) {
        assertInvalid(hs256, text, Reason.MALFORMED);
    }

    // -- header

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"crit\":[]",
                "\"crit\":[\"exp\"]",
                "\"crit\":[\"x\"],\"x\":1",
                "\"crit\":[\"absent\"]",
                "\"crit\":null",
                "\"b64\":false",
                "\"b64\":true",
                "\"b64\":false,\"crit\":[\"b64\"]",
                "\"zip\":\"DEF\"",
                "\"zip\":\"GZIP\"",
                "\"zip\":null",
                "\"enc\":\"A256GCM\"",
                "\"jwk\":{\"kty\":\"oct\",\"k\":\"AAAA\"}",
                "\"kid\":1",
                "\"kid\":null",
                "\"kid\":[\"a\"]",
                "\"typ\":1",
                "\"typ\":\"logout+jwt\"",
                "\"typ\":\"application/DPOP+JWT\"",
                "\"alg\":\"HS256\"",
                "\"x\":1,\"x\":2"
            })
    void refusesHeadersThatAskForMoreThanASignature(String member) {
        assertInvalid(hs256, hmac("{\"alg\":\"HS256\"," + member + "}", CLAIMS), Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"typ\":\"JWT\"",
                "\"typ\":\"jwt\"",
                "\"typ\":\"at+jwt\"",
                "\"typ\":\"application/at+jwt\"",
                "\"kid\":\"a\"",
                "\"jku\":\"https://evil.example/keys\"",
                "\"x\":{\"y\":[1,2]}"
            })
    void looksPastHeadersThatChangeNothing(String member) {
        assertThat(hs256.prepare(hmac("{\"alg\":\"HS256\"," + member + "}", CLAIMS))
                        .run())
                .isInstanceOf(Valid.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"HS256\"}{}",
                "{\"alg\":\"HS256\"} x",
                "[{\"alg\":\"HS256\"}]",
                "\"HS256\"",
                "{\"alg\":\"HS256\"",
                "{'alg':'HS256'}",
                "{\"alg\":\"HS256\",}",
                "{\"alg\":\"HS256\"/**/}",
                "\uFEFF{\"alg\":\"HS256\"}",
                "",
                "null"
            })
    void refusesHeadersThatAreNotOneJsonObject(String header) {
        assertInvalid(hs256, hmac(header, CLAIMS), Reason.MALFORMED);
    }

    @Test
    void refusesADeepHeader() {
        String deep = "{\"alg\":\"HS256\",\"x\":" + "[".repeat(17) + "]".repeat(17) + "}";

        assertInvalid(hs256, hmac(deep, CLAIMS), Reason.MALFORMED);
    }

    @Test
    void refusesALongHeader() {
        String wide = "{\"alg\":\"HS256\",\"x\":\"" + "x".repeat(7000) + "\"}";

        assertInvalid(hs256, hmac(wide, CLAIMS), Reason.MALFORMED);
    }

    @Test
    void refusesALongNameOfAKey() {
        assertInvalid(hs256, hmac("{\"alg\":\"HS256\",\"kid\":\"" + "x".repeat(513) + "\"}", CLAIMS), Reason.MALFORMED);
    }

    @Test
    void refusesALongTokenBeforeLookingAtIt() {
        assertInvalid(hs256, "x".repeat(16_385), Reason.TOO_LARGE);
    }

    @Test
    void refusesTextThatIsNotUtf8() {
        byte[] claims = (OPEN_CLAIMS + ",\"x\":\"?\"}").getBytes(StandardCharsets.US_ASCII);
        claims[claims.length - 3] = (byte) 0xFF;

        String token = Tokens.hmacOfInput("HmacSHA256", SECRET, encode(HEADER) + '.' + encode(claims));

        assertInvalid(hs256, token, Reason.MALFORMED);
    }

    // -- claims

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"exp\":\"1795435260\"",
                "\"exp\":\"2036-01-01T00:00:00Z\"",
                "\"exp\":4102444800.5",
                "\"exp\":4102444800.0",
                "\"exp\":41e8",
                "\"exp\":9999999999999999999",
                "\"exp\":999999999999999999999999999999999999999999",
                "\"exp\":253402300800",
                "\"exp\":true",
                "\"exp\":{}",
                "\"exp\":[]",
                "\"exp\":null",
                "\"exp\":[4102444800]"
            })
    void refusesAnExpiryThatIsNoWholeNumberOfSeconds(String expiry) {
        assertThat(hs256.prepare(hmac(HEADER, "{\"sub\":\"u1\",\"sid\":\"s1\"," + expiry + "}"))
                        .run())
                .isEqualTo(new Invalid(Reason.MALFORMED));
    }

    @Test
    void refusesAnExpiryBeforeTheEpoch() {
        assertInvalid(hs256, hmac(HEADER, "{\"sub\":\"u1\",\"sid\":\"s1\",\"exp\":-1}"), Reason.EXPIRED);
    }

    @Test
    void refusesATokenWithoutExpiry() {
        assertInvalid(hs256, hmac(HEADER, "{\"sub\":\"u1\",\"sid\":\"s1\"}"), Reason.MISSING_CLAIM);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"nbf\":\"1\"", "\"nbf\":1.5", "\"iat\":true", "\"iat\":null", "\"iat\":-1"})
    void refusesOtherTimesThatAreNoWholeNumbers(String member) {
        assertInvalid(hs256, hmac(HEADER, OPEN_CLAIMS + "," + member + "}"), Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", " {}", "x", "[]", ",", "null", "}"})
    void refusesTextBehindTheClaims(String tail) {
        assertInvalid(hs256, hmac(HEADER, CLAIMS + tail), Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"sub\":\"admin\"", "\"exp\":4102444800", "\"x\":1,\"x\":1", "\"y\":{\"z\":1,\"z\":2}"})
    void refusesClaimsThatComeTwice(String member) {
        assertInvalid(hs256, hmac(HEADER, OPEN_CLAIMS + "," + member + "}"), Reason.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "[]", "\"text\"", "42", "null", "{", "{\"exp\":}", "{\"exp\":NaN}"})
    void refusesClaimsThatAreNoJsonObject(String claims) {
        assertInvalid(hs256, hmac(HEADER, claims), Reason.MALFORMED);
    }

    @Test
    void refusesDeepClaims() {
        assertInvalid(
                hs256, hmac(HEADER, OPEN_CLAIMS + ",\"x\":" + "[".repeat(17) + "]".repeat(17) + "}"), Reason.MALFORMED);
    }

    @Test
    void refusesLongNumbers() {
        assertInvalid(hs256, hmac(HEADER, OPEN_CLAIMS + ",\"x\":" + "9".repeat(65) + "}"), Reason.MALFORMED);
    }

    // -- compression and encryption

    /** 5 MB of claims in a few kilobytes; by the library's leave they would be inflated. */
    @ParameterizedTest
    @ValueSource(strings = {"DEF", "GZIP"})
    void refusesCompressedClaims(String zip) throws IOException {
        byte[] claims = (OPEN_CLAIMS + ",\"x\":\"" + "x".repeat(5_000_000) + "\"}").getBytes(StandardCharsets.US_ASCII);
        var small = new ByteArrayOutputStream();
        try (var out = zip.equals("DEF") ? new DeflaterOutputStream(small) : new GZIPOutputStream(small)) {
            out.write(claims);
        }
        String header = "{\"alg\":\"HS256\",\"zip\":\"" + zip + "\"}";
        String token = Tokens.hmacOfInput("HmacSHA256", SECRET, encode(header) + '.' + encode(small.toByteArray()));
        assertThat(token.length()).isLessThan(16_384);

        assertInvalid(hs256, token, Reason.MALFORMED);
    }

    /** The same past our own look at the header, so that the narrowed parser is seen to refuse by itself. */
    @Test
    void theLibraryItselfIsNarrowedToTheKeysAlgorithms() {
        var rs256 = new JjwtVerifier(
                VerificationKey.of(publicKey("RS256", Set.of("RS256"))), Duration.ZERO, () -> Tokens.NOW);

        assertThat(rs256.fault(signed("RS256"))).isNull();
        assertThat(rs256.fault(signed("PS256"))).isEqualTo(Reason.BAD_SIGNATURE);
        assertThat(rs256.fault(encode("{\"alg\":\"none\"}") + '.' + encode(CLAIMS) + '.'))
                .isEqualTo(Reason.MALFORMED);
        assertThat(rs256.fault("")).isEqualTo(Reason.MALFORMED);
    }

    @Test
    void theLibraryItselfInflatesNothing() throws IOException {
        var small = new ByteArrayOutputStream();
        try (var out = new DeflaterOutputStream(small)) {
            out.write(CLAIMS.getBytes(StandardCharsets.US_ASCII));
        }
        String token = Tokens.hmacOfInput(
                "HmacSHA256",
                SECRET,
                encode("{\"alg\":\"HS256\",\"zip\":\"DEF\"}") + '.' + encode(small.toByteArray()));
        var verifier = new JjwtVerifier(VerificationKey.of(secret("HS256")), Duration.ZERO, () -> Tokens.NOW);

        assertThat(verifier.fault(token)).isEqualTo(Reason.MALFORMED);
    }

    @Test
    void refusesAnEncryptedToken() {
        var cipher = new SecretKeySpec(SECRET, 0, 32, "AES");
        String jwe = Jwts.builder()
                .json(new AbstractSerializer<Map<String, ?>>() {
                    @Override
                    protected void doSerialize(Map<String, ?> map, OutputStream out) throws Exception {
                        out.write(JsonMapper.shared().writeValueAsBytes(map));
                    }
                })
                .content(CLAIMS)
                .encryptWith(cipher, Jwts.KEY.DIRECT, Jwts.ENC.A256GCM)
                .compact();
        assertThat(jwe.split("\\.", -1)).hasSize(5);

        assertInvalid(hs256, jwe, Reason.MALFORMED);
        assertThat(new JjwtVerifier(VerificationKey.of(secret("HS256")), Duration.ZERO, () -> Tokens.NOW).fault(jwe))
                .isEqualTo(Reason.MALFORMED);
    }

    @Test
    void refusesATokenWhoseHeaderWasSwappedAfterSigning() {
        String token = hmac(HEADER, CLAIMS);
        String other = encode("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");

        assertInvalid(hs256, other + token.substring(token.indexOf('.')), Reason.BAD_SIGNATURE);
    }

    @Test
    void refusesClaimsThatWereChangedAfterSigning() {
        String token = hmac(HEADER, CLAIMS);
        String other = encode(CLAIMS.replace("u1", "u2"));

        assertInvalid(
                hs256,
                token.substring(0, token.indexOf('.') + 1) + other + token.substring(token.lastIndexOf('.')),
                Reason.BAD_SIGNATURE);
    }

    @Test
    void refusesAFarExpiryGivenInMilliseconds() {
        String claims =
                String.format(Locale.ROOT, "{\"sub\":\"u1\",\"sid\":\"s1\",\"exp\":%d}", (NOW_SECONDS + 60) * 1000);

        assertInvalid(hs256, hmac(HEADER, claims), Reason.MALFORMED);
    }

    private static String withSignature(String token, byte[] signature) {
        return token.substring(0, token.lastIndexOf('.') + 1)
                + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    }

    private static void assertInvalid(TokenVerifier verifier, String token, Reason reason) {
        assertThat(verifier.prepare(token).run()).isEqualTo(new Invalid(reason));
    }
}
