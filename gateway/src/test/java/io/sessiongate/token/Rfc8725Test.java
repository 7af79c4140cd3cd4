package io.sessiongate.token;

import static io.sessiongate.token.Tokens.NOW_SECONDS;
import static io.sessiongate.token.Tokens.SECRET;
import static io.sessiongate.token.Tokens.encode;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.testing.TestKeys;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Valid;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.Signature;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The best current practices for JWTs, section by section, on a realm as they are in the field: an issuer with a key set, a
 * second issuer with another, and a shared secret. Single forms of each attack are in TokenAttackTest and JwkSetTest.
 */
class Rfc8725Test {

    private static final String RSA = "https://rsa.example";
    private static final String EC = "https://ec.example";

    private final TokenVerifier realm = TokenVerifier.withSets(
            Tokens.config(
                    null,
                    List.of(),
                    new KeyConfig(
                            Set.of("HS256"), "s", new SecretBytes(SECRET), null, "t:1:1", "own", List.of("app"), null)),
            keys(),
            () -> Tokens.NOW);

    private static List<VerificationKey> keys() {
        var keys = new ArrayList<VerificationKey>();
        add(keys, TestJwks.set(TestJwks.of("RS256", "k")), RSA);
        add(keys, TestJwks.set(TestJwks.of("ES256", "k")), EC);
        return keys;
    }

    private static void add(List<VerificationKey> keys, String set, String issuer) {
        for (Jwk jwk :
                JwkSet.read(set.getBytes(StandardCharsets.UTF_8), Set.of()).keys()) {
            keys.add(new VerificationKey(jwk.key(), jwk.algorithms(), jwk.kid(), issuer, List.of("app")));
        }
    }

    private static String claims(String issuer, String more) {
        return "{\"iss\":\"" + issuer + "\",\"aud\":\"app\",\"sub\":\"u1\",\"sid\":\"s1\",\"exp\":" + (NOW_SECONDS + 60)
                + more + "}";
    }

    private static String header(String algorithm, String kid, String more) {
        return "{\"alg\":\"" + algorithm + "\",\"kid\":\"" + kid + "\"" + more + "}";
    }

    private static String sign(String jca, PrivateKey key, String header, String claims) {
        return sign(jca, key, header, claims.getBytes(StandardCharsets.UTF_8));
    }

    private static String sign(String jca, PrivateKey key, String header, byte[] claims) {
        try {
            String input = encode(header) + '.' + encode(claims);
            Signature signature = Signature.getInstance(jca);
            signature.initSign(key);
            signature.update(input.getBytes(StandardCharsets.US_ASCII));
            return input + '.' + encode(signature.sign());
        } catch (java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static String rsa(String header, String claims) {
        return sign("SHA256withRSA", TestKeys.pair("RS256").getPrivate(), header, claims);
    }

    private static String ec(String header, String claims) {
        return sign("SHA256withECDSAinP1363Format", TestKeys.pair("ES256").getPrivate(), header, claims);
    }

    private void refused(String token, @Nullable Reason reason) {
        TokenVerdict verdict = realm.prepare(token).run();
        assertThat(verdict).isInstanceOf(Invalid.class);
        if (reason != null) {
            assertThat(verdict).isEqualTo(new Invalid(reason));
        }
    }

    @Test
    void acceptsWhatTheAttacksStartFrom() {
        assertThat(realm.prepare(rsa(header("RS256", "k", ""), claims(RSA, ""))).run())
                .isInstanceOf(Valid.class);
        assertThat(realm.prepare(ec(header("ES256", "k", ""), claims(EC, ""))).run())
                .isInstanceOf(Valid.class);
        assertThat(realm.prepare(Tokens.hmac(header("HS256", "s", ""), claims("own", "")))
                        .run())
                .isInstanceOf(Valid.class);
    }

    /** 2.1 and 3.1: the public key of a set, in any form somebody may have it, is no secret. */
    @Test
    void section31_aPublicKeyIsNoSecret() {
        var pair = TestKeys.pair("RS256");
        for (byte[] known : new byte[][] {
            pair.getPublic().getEncoded(),
            TestKeys.pem("PUBLIC KEY", pair.getPublic()).getBytes(StandardCharsets.UTF_8),
            TestJwks.of("RS256", "k").getBytes(StandardCharsets.UTF_8),
            TestJwks.set(TestJwks.of("RS256", "k")).getBytes(StandardCharsets.UTF_8)
        }) {
            for (String algorithm : new String[] {"HS256", "HS384", "HS512"}) {
                String jca = "HmacSHA" + algorithm.substring(2);
                refused(Tokens.hmac(jca, known, header(algorithm, "k", ""), claims(RSA, "")), Reason.UNKNOWN_KEY);
                refused(Tokens.hmac(jca, known, header("RS256", "k", ""), claims(RSA, "")), Reason.BAD_SIGNATURE);
                refused(Tokens.hmac(jca, known, header(algorithm, "s", ""), claims("own", "")), null);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"none", "None", "NONE", "nOnE", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "RS256 "})
    void section31_aKeyIsForTheAlgorithmOfItsSet(String algorithm) {
        refused(rsa(header(algorithm, "k", ""), claims(RSA, "")), Reason.UNKNOWN_KEY);
    }

    @Test
    void section32_unsecuredTokensAreNone() {
        String unsigned = encode(header("none", "k", "")) + '.' + encode(claims(RSA, "")) + '.';
        refused(unsigned, Reason.MALFORMED);
        refused(unsigned + "AAAA", Reason.UNKNOWN_KEY);
    }

    /** Nested tokens are no claims, and an encrypted one is not looked into. */
    @Test
    void section33_aTokenInATokenIsNone() {
        String inner = rsa(header("RS256", "k", ""), claims(RSA, ""));
        refused(rsa(header("RS256", "k", ",\"cty\":\"JWT\""), inner), null);
        refused(inner + ".AAAA.AAAA", Reason.MALFORMED);
    }

    @Test
    void section34_numbersOfASignatureAreChecked() {
        String good = ec(header("ES256", "k", ""), claims(EC, ""));
        String input = good.substring(0, good.lastIndexOf('.') + 1);
        for (int length : new int[] {1, 32, 63, 64, 65, 96, 128}) {
            refused(input + encode(new byte[length]), null);
        }
    }

    @Test
    void section35_shortSecretsAndKeysAreNotTaken() {
        assertThatThrownBy(() -> VerificationKey.of(Tokens.secret(new byte[31], null, "HS256")))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(JwkSet.read(TestJwks.set(TestJwks.of("RSA1024", "k")).getBytes(StandardCharsets.UTF_8), Set.of())
                        .keys())
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {",\"zip\":\"DEF\"", ",\"zip\":\"GZIP\"", ",\"zip\":\"\""})
    void section36_nothingIsInflated(String member) {
        refused(rsa(header("RS256", "k", member), claims(RSA, "")), Reason.MALFORMED);
    }

    @Test
    void section37_claimsAreUtf8() {
        byte[] utf16 = claims(RSA, "").getBytes(StandardCharsets.UTF_16);
        byte[] latin1 = claims(RSA, ",\"name\":\"é\"").getBytes(StandardCharsets.ISO_8859_1);
        PrivateKey key = TestKeys.pair("RS256").getPrivate();
        refused(sign("SHA256withRSA", key, header("RS256", "k", ""), utf16), Reason.MALFORMED);
        refused(sign("SHA256withRSA", key, header("RS256", "k", ""), latin1), Reason.MALFORMED);
    }

    /** Both issuers have a key named k. */
    @Test
    void section38_keysBelongToTheIssuer() {
        refused(ec(header("ES256", "k", ""), claims(RSA, "")), Reason.UNKNOWN_KEY);
        refused(rsa(header("RS256", "k", ""), claims(EC, "")), Reason.UNKNOWN_KEY);
        refused(Tokens.hmac(header("HS256", "s", ""), claims(RSA, "")), Reason.UNKNOWN_KEY);
        refused(rsa(header("RS256", "k", ""), claims("own", "")), Reason.UNKNOWN_KEY);
        refused(rsa(header("RS256", "k", ""), claims("https://else.example", "")), Reason.WRONG_ISSUER);
        refused(rsa(header("RS256", "k", ""), claims(RSA, "").replace("\"sub\":\"u1\",", "")), Reason.MISSING_CLAIM);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"other\"",
                "[]",
                "[\"other\"]",
                "\"\"",
                "null",
                "{\"app\":1}",
                "[[\"app\"]]",
                "\"app \"",
                "\"APP\""
            })
    void section39_tokensForOthersAreNotForUs(String audience) {
        refused(rsa(header("RS256", "k", ""), claims(RSA, "").replace("\"aud\":\"app\"", "\"aud\":" + audience)), null);
    }

    /** A name is compared and nothing else; that no address in a header is asked is in KeySourcesTest. */
    @ParameterizedTest
    @ValueSource(
            strings = {"../../../../dev/null", "' OR '1'='1", "k\\u0000", "K", " k", "k/", "http://127.0.0.1/k", ""})
    void section310_aKidIsANameAndNothingElse(String kid) {
        refused(rsa(header("RS256", kid, ""), claims(RSA, "")), Reason.UNKNOWN_KEY);
        refused(
                Tokens.hmac("HmacSHA256", new byte[32], header("HS256", kid, ""), claims("own", "")),
                Reason.UNKNOWN_KEY);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"logout+jwt", "dpop+jwt", "secevent+jwt", "application/logout+JWT", "token-introspection+jwt"})
    void section311_tokensOfOtherKindsAreNoLogins(String type) {
        refused(rsa(header("RS256", "k", ",\"typ\":\"" + type + "\""), claims(RSA, "")), Reason.MALFORMED);
    }

    /** The rules of the two issuers exclude each other, in every part. */
    @Test
    void section312_noTokenFitsTheRulesOfTwoKeys() {
        String ofRsa = rsa(header("RS256", "k", ""), claims(RSA, ""));
        String ofEc = ec(header("ES256", "k", ""), claims(EC, ""));
        String[] first = ofRsa.split("\\.", -1);
        String[] second = ofEc.split("\\.", -1);
        refused(first[0] + '.' + second[1] + '.' + first[2], null);
        refused(second[0] + '.' + first[1] + '.' + second[2], null);
        refused(first[0] + '.' + first[1] + '.' + second[2], Reason.BAD_SIGNATURE);
        refused(second[0] + '.' + second[1] + '.' + first[2], Reason.BAD_SIGNATURE);
    }
}
