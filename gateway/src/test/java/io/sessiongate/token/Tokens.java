package io.sessiongate.token;

import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.testing.TestKeys;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/** Keys, tokens good and bad, and the configuration that takes the good ones. */
final class Tokens {

    static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    static final long NOW_SECONDS = NOW.getEpochSecond();
    static final byte[] SECRET =
            "0123456789012345678901234567890123456789012345678901234567890123".getBytes(StandardCharsets.US_ASCII);
    static final String HEADER = "{\"alg\":\"HS256\"}";
    /** Good for one minute, without the closing brace. */
    static final String OPEN_CLAIMS = "{\"sub\":\"u1\",\"sid\":\"s1\",\"exp\":" + (NOW_SECONDS + 60);

    static final String CLAIMS = OPEN_CLAIMS + "}";

    private Tokens() {}

    static String hmac(String header, String claims) {
        return hmac("HmacSHA256", SECRET, header, claims);
    }

    /** Signs whatever is given as header and claims. */
    static String hmac(String jcaName, byte[] secret, String header, String claims) {
        return hmacOfInput(jcaName, secret, encode(header) + '.' + encode(claims));
    }

    static String hmacOfInput(String jcaName, byte[] secret, String input) {
        try {
            Mac mac = Mac.getInstance(jcaName);
            mac.init(new SecretKeySpec(secret, jcaName));
            return input + '.' + encode(mac.doFinal(input.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String signed(String algorithm) {
        return signed(algorithm, Map.of("sub", "u1", "sid", "s1", "exp", NOW_SECONDS + 60));
    }

    static String signed(String algorithm, Map<String, Object> claims) {
        JwsSigner signer = algorithm.startsWith("HS")
                ? JwsSigner.hmac(algorithm, SECRET)
                : JwsSigner.privateKey(
                        algorithm,
                        TestKeys.pem("PRIVATE KEY", TestKeys.pair(algorithm).getPrivate()));
        return signer.sign(claims);
    }

    static KeyConfig key(String algorithm) {
        return algorithm.startsWith("HS") ? secret(algorithm) : publicKey(algorithm, Set.of(algorithm));
    }

    static KeyConfig secret(String... algorithms) {
        return secret(SECRET, null, algorithms);
    }

    static KeyConfig secret(byte[] secret, @Nullable String kid, String... algorithms) {
        return new KeyConfig(Set.of(algorithms), kid, new SecretBytes(secret), null, "test.yaml:1:1");
    }

    static KeyConfig publicKey(String pairOf, Set<String> algorithms) {
        return publicKey(TestKeys.pem("PUBLIC KEY", TestKeys.pair(pairOf).getPublic()), null, algorithms);
    }

    static KeyConfig publicKey(String pem, @Nullable String kid, Set<String> algorithms) {
        return new KeyConfig(algorithms, kid, null, pem, "test.yaml:1:1");
    }

    static String encode(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8));
    }

    static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    static TokenConfig config(KeyConfig... keys) {
        return config(null, List.of(), keys);
    }

    static TokenConfig config(@Nullable String issuer, List<String> audience, KeyConfig... keys) {
        return config(issuer, audience, new TokenConfig.Claims("sub", "sid", "role"), 100, keys);
    }

    static TokenConfig config(
            @Nullable String issuer,
            List<String> audience,
            TokenConfig.Claims claims,
            int cacheSize,
            KeyConfig... keys) {
        return new TokenConfig(
                List.of(new Source.Header("Authorization"), new Source.Cookie("session")),
                List.of(keys),
                issuer,
                audience,
                Duration.ofSeconds(5),
                claims,
                16_384,
                cacheSize);
    }

    static TokenVerifier verifier(TokenConfig config) {
        return new TokenVerifier(config, config.keys(), () -> NOW);
    }
}
