package io.sessiongate.config;

import java.nio.charset.StandardCharsets;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Which JWS algorithms a key may be used with (RFC 7518 section 3, RFC 8037). Stateless. */
public final class JwsAlgorithms {

    private static final int MIN_RSA_BITS = 2048;
    private static final Set<String> HMAC = Set.of("HS256", "HS384", "HS512");
    private static final Set<String> RSA = Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512");
    private static final Map<String, String> CURVES =
            Map.of("P-256", "secp256r1", "P-384", "secp384r1", "P-521", "secp521r1");
    private static final Map<String, String> CURVE_ALGORITHMS =
            Map.of("P-256", "ES256", "P-384", "ES384", "P-521", "ES512");

    private JwsAlgorithms() {}

    public static boolean isHmac(String algorithm) {
        return HMAC.contains(algorithm);
    }

    /**
     * What is wrong with an HMAC secret, as a sentence for the user without anything of the secret, or null: it is shorter
     * than the longest hash (RFC 7518 section 3.2), or the text of a key file. That is the classic way in: everybody knows
     * a public key, so everybody could sign with it as the secret.
     */
    public static @Nullable String flaw(byte[] secret, Collection<String> algorithms) {
        if (PemKeys.isPem(new String(secret, StandardCharsets.ISO_8859_1))) {
            return "the text of a key file; expected a secret that nobody else knows (a public key belongs in"
                    + " `public-key`)";
        }
        int least = minSecretBytes(algorithms);
        return secret.length >= least
                ? null
                : "a secret of " + secret.length + " bytes; " + names(algorithms) + " needs at least " + least
                        + " (RFC 7518 section 3.2), such as openssl rand -hex " + least + " prints";
    }

    private static int minSecretBytes(Collection<String> algorithms) {
        return algorithms.stream()
                .filter(JwsAlgorithms::isHmac)
                .mapToInt(algorithm -> Integer.parseInt(algorithm.substring(2)) / 8)
                .max()
                .orElse(0);
    }

    /**
     * Finds an asymmetric key, public or private, that must not be used with one of the algorithms.
     *
     * @throws IllegalArgumentException with a sentence for the user, without anything of the key
     */
    public static void requireFit(Key key, Collection<String> algorithms) {
        Set<String> fitting = fitting(key);
        if (!fitting.containsAll(algorithms)) {
            throw new IllegalArgumentException(
                    describe(key) + " fits " + names(fitting) + ", not " + names(algorithms));
        }
    }

    /** As in a sentence. */
    static String names(Collection<String> algorithms) {
        return String.join(", ", new TreeSet<>(algorithms));
    }

    /**
     * The algorithms that fit an asymmetric key, public or private. Throws {@link IllegalArgumentException} with a sentence
     * when none does.
     */
    static Set<String> fitting(Key key) {
        if (key instanceof RSAKey rsa) {
            int bits = rsa.getModulus().bitLength();
            if (bits < MIN_RSA_BITS) {
                throw new IllegalArgumentException(
                        "an RSA key of " + bits + " bits; expected at least " + MIN_RSA_BITS);
            }
            return RSA;
        }
        if (key instanceof ECKey ec) {
            return Set.of(CURVE_ALGORITHMS.getOrDefault(curve(ec.getParams()), "none"));
        }
        if (key instanceof EdECKey ed && ed.getParams().getName().equals("Ed25519")) {
            return Set.of("EdDSA");
        }
        throw new IllegalArgumentException("a kind of key that is not supported; expected RSA, EC or Ed25519");
    }

    /** What the key is, for a message. */
    static String describe(Key key) {
        if (key instanceof RSAKey) {
            return "an RSA key";
        }
        return key instanceof ECKey ec ? "an EC key on " + curve(ec.getParams()) : "an Ed25519 key";
    }

    /**
     * The curve as JWS and JWK name it, such as {@code P-256}.
     *
     * @throws IllegalArgumentException with a sentence for the user where it is none of theirs
     */
    public static String curve(ECParameterSpec parameters) {
        return CURVES.entrySet().stream()
                .filter(e -> isSame(parameters, e.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("an EC key on an unknown curve; expected P-256, P-384 or P-521"));
    }

    private static boolean isSame(ECParameterSpec parameters, String curve) {
        try {
            var named = AlgorithmParameters.getInstance("EC");
            named.init(new ECGenParameterSpec(curve));
            var expected = named.getParameterSpec(ECParameterSpec.class);
            return expected.getCurve().equals(parameters.getCurve())
                    && expected.getGenerator().equals(parameters.getGenerator())
                    && expected.getOrder().equals(parameters.getOrder());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this JDK does not know " + curve, e);
        }
    }
}
