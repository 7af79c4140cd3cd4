package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sessiongate.testing.TestKeys;
import io.sessiongate.token.Jwk.Flaw;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JwkSetTest {

    private static JwkSet read(String json, String... wanted) {
        return JwkSet.read(json.getBytes(StandardCharsets.UTF_8), Set.of(wanted));
    }

    private static JwkSet set(String... keys) {
        return read(TestJwks.set(keys));
    }

    private static void assertLeftOut(String key, Flaw flaw) {
        JwkSet set = set(key, TestJwks.of("EdDSA", "good"));

        assertThat(set.keys()).extracting(Jwk::kid).containsExactly("good");
        assertThat(set.skipped()).isEqualTo(Map.of(flaw, 1));
    }

    @ParameterizedTest
    @CsvSource({"RS256, RS256", "ES256, ES256", "ES384, ES384", "ES512, ES512", "EdDSA, EdDSA"})
    void readsEveryKindOfKey(String pair, String algorithm) {
        Jwk key = set(TestJwks.of(pair, "a")).keys().get(0);

        assertThat(key.key()).isEqualTo(TestKeys.pair(pair).getPublic());
        assertThat(key.algorithms()).containsExactly(algorithm);
        assertThat(key.kid()).isEqualTo("a");
    }

    @Test
    void pinsAKeyToTheAlgorithmItNames() {
        assertThat(set(TestJwks.of("RS256", "a", "\"alg\":\"PS384\""))
                        .keys()
                        .get(0)
                        .algorithms())
                .containsExactly("PS384");
    }

    @Test
    void pinsAKeyThatNamesNoneToThoseConfiguredThatFit() {
        assertThat(read(TestJwks.set(TestJwks.of("RS256", "a")), "RS256", "PS256", "ES256")
                        .keys()
                        .get(0)
                        .algorithms())
                .containsExactlyInAnyOrder("RS256", "PS256");
    }

    @Test
    void leavesOutAKeyForAnAlgorithmThatIsNotConfigured() {
        JwkSet set =
                read(TestJwks.set(TestJwks.of("RS256", "a", "\"alg\":\"RS512\""), TestJwks.of("ES256", "b")), "RS256");

        assertThat(set.keys()).isEmpty();
        assertThat(set.skipped()).isEqualTo(Map.of(Flaw.ALGORITHM, 2));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"use\":\"sig\"",
                "\"key_ops\":[\"verify\"]",
                "\"key_ops\":[\"sign\",\"verify\"]",
                "\"x5c\":[\"AAAA\"],\"x5t\":\"x\"",
                "\"x5u\":\"http://127.0.0.1:1/\"",
                "\"ext\":true,\"extra\":{\"a\":[null]}"
            })
    void looksPastMembersThatChangeNothing(String member) {
        assertThat(set(TestJwks.of("ES256", "a", member)).keys()).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"use\":\"enc\"",
                "\"use\":\"\"",
                "\"key_ops\":[]",
                "\"key_ops\":[\"sign\"]",
                "\"key_ops\":[\"VERIFY\"]",
                "\"use\":\"sig\",\"key_ops\":[\"encrypt\"]"
            })
    void leavesOutKeysThatAreNotForSignatures(String member) {
        assertLeftOut(TestJwks.of("ES256", "a", member), Flaw.USE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"alg\":\"none\"",
                "\"alg\":\"HS256\"",
                "\"alg\":\"ES384\"",
                "\"alg\":\"RS256\"",
                "\"alg\":\"es256\"",
                "\"alg\":\"ECDH-ES\"",
                "\"alg\":\"\""
            })
    void leavesOutAKeyWhoseAlgorithmDoesNotFit(String member) {
        assertLeftOut(TestJwks.of("ES256", "a", member), Flaw.ALGORITHM);
    }

    /** Whoever could publish a secret as a "key" would make the public half of another key one. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"kty\":\"oct\",\"k\":\"MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE\",\"alg\":\"HS256\",\"kid\":\"a\"}",
                "{\"kty\":\"oct\",\"kid\":\"a\"}",
                "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AA\",\"y\":\"AA\"}",
                "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AA\"}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed448\",\"x\":\"AA\"}",
                "{\"kty\":\"rsa\",\"n\":\"AA\",\"e\":\"AQAB\"}",
                "{\"kty\":\"AKP\",\"alg\":\"ML-DSA-65\",\"pub\":\"AA\"}"
            })
    void leavesOutKindsOfKeysThatAreNotUsedHere(String key) {
        assertLeftOut(key, Flaw.KIND);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "null",
                "1",
                "\"a\"",
                "[]",
                "{}",
                "{\"kty\":null}",
                "{\"kty\":[\"RSA\"]}",
                "{\"kty\":\"RSA\"}",
                "{\"kty\":\"EC\"}",
                "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":65537}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}"
            })
    void leavesOutWhatIsNoKey(String key) {
        assertLeftOut(key, Flaw.MALFORMED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"kid\":1", "\"kid\":null", "\"use\":1", "\"key_ops\":\"verify\"", "\"alg\":[\"ES256\"]"})
    void leavesOutAKeyWithAMemberOfAnotherType(String member) {
        assertLeftOut(TestJwks.of("ES256", null, member), Flaw.MALFORMED);
    }

    @Test
    void leavesOutAPointThatIsNotOnItsCurve() {
        String key = TestJwks.of("ES256", "a");
        int x = key.indexOf("\"x\":\"") + 5;
        String moved = key.substring(0, x) + (key.charAt(x) == 'A' ? 'B' : 'A') + key.substring(x + 1);

        assertLeftOut(moved, Flaw.MALFORMED);
    }

    @Test
    void leavesOutAShortRsaKey() {
        assertLeftOut(TestJwks.of("RSA1024", "a"), Flaw.WEAK);
    }

    @Test
    void leavesOutAnRsaKeyWithAnExponentThatProtectsNothing() {
        assertLeftOut(TestJwks.of("RS256", "a").replace("\"AQAB\"", "\"AQ\""), Flaw.WEAK);
        assertLeftOut(TestJwks.of("RS256", "a").replace("\"AQAB\"", "\"Ag\""), Flaw.MALFORMED);
    }

    @Test
    void leavesOutAKeyThatWasPublishedWithItsPrivateHalf() {
        assertLeftOut(TestJwks.of("ES256", "a", "\"d\":\"AAAA\""), Flaw.PRIVATE);
        assertLeftOut(TestJwks.of("RS256", "a", "\"k\":\"AAAA\""), Flaw.PRIVATE);
    }

    @Test
    void usesNeitherOfTwoKeysOfOneKid() {
        JwkSet set = set(TestJwks.of("ES256", "a"), TestJwks.of("EdDSA", "b"), TestJwks.of("RS256", "a"));

        assertThat(set.keys()).extracting(Jwk::kid).containsExactly("b");
        assertThat(set.skipped()).isEqualTo(Map.of(Flaw.DUPLICATE_KID, 2));
        assertThat(set.omissions()).isEqualTo("2 that shares its kid with another key");
    }

    /** jjwt would keep only the first. */
    @Test
    void keepsOneKeyUnderTwoNames() {
        assertThat(set(TestJwks.of("ES256", "a"), TestJwks.of("ES256", "b")).keys())
                .hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "{}",
                "{\"keys\":{}}",
                "{\"keys\":null}",
                "{\"keys\":[]}x",
                "{\"keys\":[],\"keys\":[]}",
                "{'keys':[]}",
                "<html>"
            })
    void refusesWhatIsNoSet(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aSetMayBeEmpty() {
        assertThat(read("{\"keys\":[]}").keys()).isEmpty();
    }

    @Test
    void refusesTooManyEntriesAndTooManyBytes() {
        String many = TestJwks.set(Collections.nCopies(65, "{}").toArray(String[]::new));
        String large = "{\"keys\":[]" + " ".repeat(JwkSet.MAX_BYTES) + "}";

        assertThatThrownBy(() -> read(many)).hasMessage("it has more than 64 keys");
        assertThatThrownBy(() -> read(large)).hasMessage("it is larger than 256 KiB");
    }

    @Test
    void saysNothingOfTheContentOfAWrongFile() {
        assertThatThrownBy(() -> read("-----BEGIN PRIVATE KEY-----pl4nted"))
                .hasMessageNotContaining("pl4nted")
                .hasNoCause();
    }
}
