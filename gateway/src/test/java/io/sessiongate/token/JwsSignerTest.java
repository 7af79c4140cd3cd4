package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.jsonwebtoken.security.Jwk;
import io.jsonwebtoken.security.Jwks;
import io.jsonwebtoken.security.Keys;
import io.sessiongate.testing.IndependentJwt;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JwsSignerTest {

    private static final byte[] SECRET =
            "0123456789012345678901234567890123456789012345678901234567890123".getBytes(StandardCharsets.US_ASCII);

    @ParameterizedTest
    @ValueSource(strings = {"HS256", "HS384", "HS512"})
    void aSharedSecretSignsWhatAnotherLibraryVerifies(String algorithm) {
        String jws = JwsSigner.hmac(algorithm, SECRET).sign(Map.of("sub", "u1"));

        var parsed = IndependentJwt.verify(jws, Keys.hmacShaKeyFor(SECRET));
        assertThat(parsed.getPayload().getSubject()).isEqualTo("u1");
        assertThat(parsed.getHeader()).containsOnly(Map.entry("alg", algorithm), Map.entry("typ", "JWT"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
    void aPrivateKeySignsWhatAnotherLibraryVerifiesWithThePublishedKey(String algorithm) throws Exception {
        JwsSigner signer =
                JwsSigner.privateKey(algorithm, pem(newPair(algorithm).getPrivate()));

        Jwk<?> published = published(signer);
        var parsed = IndependentJwt.verify(signer.sign(Map.of("sub", "u1")), (PublicKey) published.toKey());
        assertThat(parsed.getPayload().getSubject()).isEqualTo("u1");
        assertThat(parsed.getHeader().getAlgorithm()).isEqualTo(algorithm);
        assertThat(parsed.getHeader().getKeyId()).isEqualTo(published.getId());
        assertThat(published.getAlgorithm()).isEqualTo(algorithm);
        assertThat(published).containsEntry("use", "sig");
    }

    @ParameterizedTest
    @CsvSource({"ES256,40", "ES384,20", "ES512,20", "EdDSA,20", "RS256,2"})
    void thePublishedKeyIsTheOtherHalfOfThePrivateOne(String algorithm, int rounds) throws Exception {
        for (int i = 0; i < rounds; i++) {
            KeyPair pair = newPair(algorithm);

            Jwk<?> published = published(JwsSigner.privateKey(algorithm, pem(pair.getPrivate())));

            assertThat(published.toKey().getEncoded())
                    .isEqualTo(pair.getPublic().getEncoded());
        }
    }

    /** RFC 8037 appendix A: private key d, its public x, and the thumbprint of A.3. */
    @Test
    void anEd25519KeyIsNamedByItsThumbprint() throws Exception {
        byte[] seed = Base64.getUrlDecoder().decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A");
        byte[] prefix = {0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20};
        byte[] der = new byte[prefix.length + seed.length];
        System.arraycopy(prefix, 0, der, 0, prefix.length);
        System.arraycopy(seed, 0, der, prefix.length, seed.length);

        String jwk = JwsSigner.privateKey("EdDSA", pem(der)).publicJwk();

        assertThat(IndependentJwt.json(jwk))
                .containsEntry("x", "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")
                .containsEntry("kid", "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    @ParameterizedTest
    @CsvSource({"ES256", "RS256"})
    void theKeyIdIsTheThumbprintAnotherLibraryFinds(String algorithm) throws Exception {
        JwsSigner signer =
                JwsSigner.privateKey(algorithm, pem(newPair(algorithm).getPrivate()));

        Jwk<?> published = published(signer);

        assertThat(published.getId())
                .isEqualTo(published.thumbprint(Jwks.HASH.SHA256).toString());
    }

    @Test
    void nothingOfThePrivateKeyIsPublished() throws Exception {
        for (String algorithm : List.of("RS256", "ES256", "EdDSA")) {
            String jwk = JwsSigner.privateKey(algorithm, pem(newPair(algorithm).getPrivate()))
                    .publicJwk();

            assertThat(IndependentJwt.json(jwk)).doesNotContainKeys("d", "p", "q", "dp", "dq", "qi", "k");
        }
    }

    @Test
    void aSharedSecretIsNeverPublished() {
        assertThat(JwsSigner.hmac("HS256", SECRET).publicJwk()).isNull();
    }

    @Test
    void onlyHmacIsFastEnoughForAnEventLoop() throws Exception {
        assertThat(JwsSigner.hmac("HS256", SECRET).slow()).isFalse();
        assertThat(JwsSigner.privateKey("ES256", pem(newPair("ES256").getPrivate()))
                        .slow())
                .isTrue();
    }

    @Test
    void signsOnManyThreadsAtOnce() throws Exception {
        JwsSigner signer = JwsSigner.hmac("HS256", SECRET);
        var key = Keys.hmacShaKeyFor(SECRET);
        var pool = Executors.newFixedThreadPool(4);
        try {
            var tasks = new ArrayList<Callable<String>>();
            for (int i = 0; i < 400; i++) {
                String subject = "u" + i;
                tasks.add(() -> IndependentJwt.verify(signer.sign(Map.of("sub", subject)), key)
                        .getPayload()
                        .getSubject());
            }
            var results = pool.invokeAll(tasks);
            for (int i = 0; i < results.size(); i++) {
                assertThat(results.get(i).get()).isEqualTo("u" + i);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @ParameterizedTest
    @CsvSource({"HS256,31", "HS384,47", "HS512,63"})
    void refusesASecretShorterThanTheHash(String algorithm, int bytes) {
        assertThatThrownBy(() -> JwsSigner.hmac(algorithm, new byte[bytes]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(algorithm + " needs at least " + (bytes + 1) + " (RFC 7518");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "HS256", "ES128", "es256", "", "RS2560"})
    void refusesAnAlgorithmThatIsNotForPrivateKeys(String algorithm) throws Exception {
        String pem = pem(newPair("RS256").getPrivate());

        assertThatThrownBy(() -> JwsSigner.privateKey(algorithm, pem)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesAKeyOnAnotherCurve() throws Exception {
        String pem = pem(newPair("ES384").getPrivate());

        assertThatThrownBy(() -> JwsSigner.privateKey("ES256", pem))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("an EC key on P-384 fits ES384, not ES256");
    }

    @Test
    void refusesAShortRsaKey() throws Exception {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(1024);
        String pem = pem(generator.generateKeyPair().getPrivate());

        assertThatThrownBy(() -> JwsSigner.privateKey("RS256", pem))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2048");
    }

    @Test
    void refusesAKeyOfAnotherKindWithoutQuotingIt() throws Exception {
        String pem = pem(newPair("RS256").getPrivate());

        assertThatThrownBy(() -> JwsSigner.privateKey("ES256", pem))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .hasMessage("an RSA key fits PS256, PS384, PS512, RS256, RS384, RS512, not ES256");
    }

    @Test
    void saysHowToConvertAKeyInAnotherForm() {
        assertThatThrownBy(() -> JwsSigner.privateKey(
                        "ES256", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("openssl pkcs8 -topk8 -nocrypt");
    }

    private static KeyPair newPair(String algorithm) throws Exception {
        KeyPairGenerator generator;
        switch (algorithm.substring(0, 2)) {
            case "ES" -> {
                generator = KeyPairGenerator.getInstance("EC");
                String bits = algorithm.equals("ES512") ? "521" : algorithm.substring(2);
                generator.initialize(new ECGenParameterSpec("secp" + bits + "r1"));
            }
            case "Ed" -> generator = KeyPairGenerator.getInstance("Ed25519");
            default -> {
                generator = KeyPairGenerator.getInstance("RSA");
                generator.initialize(2048);
            }
        }
        return generator.generateKeyPair();
    }

    private static Jwk<?> published(JwsSigner signer) {
        return IndependentJwt.jwk(Objects.requireNonNull(signer.publicJwk()));
    }

    private static String pem(PrivateKey key) {
        return pem(key.getEncoded());
    }

    private static String pem(byte[] der) {
        return "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(der)
                + "\n-----END PRIVATE KEY-----\n";
    }
}
