package io.sessiongate.token;

import static io.sessiongate.token.Tokens.pair;
import static io.sessiongate.token.Tokens.pem;
import static io.sessiongate.token.Tokens.publicKey;
import static io.sessiongate.token.Tokens.secret;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sessiongate.config.KeyConfig;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VerificationKeyTest {

    /** {@code openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=test -days 36500}. */
    private static final String CERTIFICATE = """
            -----BEGIN CERTIFICATE-----
            MIIBdDCCARugAwIBAgIUMy7Q9jJO7CIm/FNPqkWoQlcho8gwCgYIKoZIzj0EAwIw
            DzENMAsGA1UEAwwEdGVzdDAgFw0yNjExMjMyMTUwMzFaGA8yMTI2MTAzMDIxNTAz
            MVowDzENMAsGA1UEAwwEdGVzdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABOPI
            Gm2PX/Og2tIrADYVtv8Oalp7p47nxN4edYKWszc+/alQL8DuuzpUen/y/5wOHzYL
            MKR5xXxC78Lbh0P1aZujUzBRMB0GA1UdDgQWBBSiidGzZSZ7C98TcK03Tq12n7WS
            cTAfBgNVHSMEGDAWgBSiidGzZSZ7C98TcK03Tq12n7WScTAPBgNVHRMBAf8EBTAD
            AQH/MAoGCCqGSM49BAMCA0cAMEQCIAfglcd6uhBgUcPmKB+61nJBwwr+C3pQhmIX
            cU7cULbXAiBKa71MlrKe55YRGHRhVfrBf8n5RN/eysoGPTafqjtuKg==
            -----END CERTIFICATE-----
            """;

    @ParameterizedTest
    @CsvSource({"HS256, 31", "HS384, 47", "HS512, 63"})
    void refusesASecretShorterThanTheHash(String algorithm, int bytes) {
        assertRefused(
                secret(new byte[bytes], null, algorithm), algorithm + " needs at least " + (bytes + 1) + " (RFC 7518");
    }

    @Test
    void measuresTheSecretByItsLongestHash() {
        assertRefused(secret(new byte[32], null, "HS256", "HS512"), "HS256, HS512 needs at least 64 (RFC 7518");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n  "})
    void refusesTheTextOfAKeyFileAsASecret(String before) {
        byte[] text = (before + pem("PUBLIC KEY", pair("RS256").getPublic())).getBytes(StandardCharsets.US_ASCII);

        assertRefused(secret(text, null, "HS256"), "the text of a key file");
    }

    @Test
    void refusesAPublicKeyWithAnAlgorithmForSecrets() {
        assertRefused(publicKey("RS256", Set.of("HS256")), "never a public key");
    }

    @Test
    void refusesASecretWithAnAlgorithmForPublicKeys() {
        assertRefused(secret("RS256"), "a secret takes an HS algorithm only");
    }

    @Test
    void refusesAlgorithmsOfSeveralFamilies() {
        assertRefused(
                publicKey("RS256", Set.of("RS256", "ES256")),
                "an RSA key fits PS256, PS384, PS512, RS256, RS384, RS512, not ES256, RS256");
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "rs256", "ES256K", ""})
    void refusesAlgorithmsItDoesNotKnow(String algorithm) {
        assertRefused(publicKey("RS256", Set.of(algorithm)), "RS512, not " + algorithm);
    }

    @Test
    void refusesAKeyWithoutAlgorithm() {
        assertRefused(publicKey("RS256", Set.of()), "needs an algorithm");
    }

    @Test
    void refusesAShortRsaKey() {
        String pem = pem("PUBLIC KEY", Tokens.newPair("RSA1024").getPublic());

        assertRefused(publicKey(pem, null, Set.of("RS256")), "expected at least 2048");
    }

    @ParameterizedTest
    @CsvSource({"ES256, ES384", "ES384, ES512", "ES512, ES256"})
    void refusesAKeyOnTheWrongCurve(String made, String configured) {
        assertRefused(publicKey(made, Set.of(configured)), " fits " + made + ", not " + configured);
    }

    @Test
    void refusesTheOtherEdwardsCurve() {
        assertRefused(
                publicKey("Ed448", Set.of("EdDSA")),
                "cannot be read; expected RSA, EC (P-256, P-384, P-521) or Ed25519");
    }

    @ParameterizedTest
    @CsvSource({"RS256, ES256", "ES256, EdDSA", "EdDSA, RS256"})
    void refusesAKeyOfAnotherKind(String made, String configured) {
        assertRefused(publicKey(made, Set.of(configured)), ", not " + configured);
    }

    @Test
    void refusesAPrivateKeyWithoutShowingIt() {
        String pem = pem("PRIVATE KEY", pair("ES256").getPrivate());

        assertThatThrownBy(() -> VerificationKey.of(publicKey(pem, null, Set.of("ES256"))))
                .hasMessageContaining("this is a private key")
                .hasMessageNotContaining(pem.substring(40, 60));
    }

    @ParameterizedTest
    @CsvSource({
        "'', no complete PEM block",
        "no key, no complete PEM block",
        "-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----, the public key cannot be read",
        "-----BEGIN PUBLIC KEY-----AAAA, no complete PEM block",
        "-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----, the certificate cannot be read",
        "-----BEGIN RSA PUBLIC KEY-----AAAA-----END RSA PUBLIC KEY-----, a PKCS #1 key; convert it"
    })
    void refusesTextThatIsNoPublicKey(String pem, String message) {
        assertRefused(publicKey(pem, null, Set.of("RS256")), message);
    }

    @Test
    void takesTheKeyOfACertificate() {
        VerificationKey key = VerificationKey.of(publicKey(CERTIFICATE, "a", Set.of("ES256")));

        assertThat(key.key().getAlgorithm()).isEqualTo("EC");
        assertThat(key.keyId()).isEqualTo("a");
        assertThat(key.slow()).isTrue();
    }

    @Test
    void showsNothingOfASecret() {
        assertThat(VerificationKey.of(secret("HS256"))).hasToString("VerificationKey[HS256]");
    }

    private static void assertRefused(KeyConfig config, String message) {
        assertThatThrownBy(() -> VerificationKey.of(config))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("test.yaml:1:1: ")
                .hasMessageContaining(message);
    }
}
