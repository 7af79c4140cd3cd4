package io.sessiongate.token;

import java.security.Key;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.util.Map;
import javax.crypto.SecretKey;

/** Which keys an algorithm of RFC 7518 section 3.1 or RFC 8037 takes. */
enum KeyFamily {
    HMAC,
    RSA,
    EC,
    ED25519;

    private static final int MIN_RSA_BITS = 2048;

    private static final Map<String, KeyFamily> BY_ALGORITHM = Map.ofEntries(
            Map.entry("HS256", HMAC),
            Map.entry("HS384", HMAC),
            Map.entry("HS512", HMAC),
            Map.entry("RS256", RSA),
            Map.entry("RS384", RSA),
            Map.entry("RS512", RSA),
            Map.entry("PS256", RSA),
            Map.entry("PS384", RSA),
            Map.entry("PS512", RSA),
            Map.entry("ES256", EC),
            Map.entry("ES384", EC),
            Map.entry("ES512", EC),
            Map.entry("EdDSA", ED25519));

    /** Bits of the curve's order: RFC 7518 section 3.4 gives each algorithm one curve. */
    private static final Map<String, Integer> CURVE_BITS = Map.of("ES256", 256, "ES384", 384, "ES512", 521);

    /**
     * The family of an algorithm.
     *
     * @throws IllegalArgumentException for names that are none
     */
    static KeyFamily of(String algorithm) {
        KeyFamily family = BY_ALGORITHM.get(algorithm);
        if (family == null) {
            throw new IllegalArgumentException("unknown algorithm '" + algorithm + "'; expected one of "
                    + BY_ALGORITHM.keySet().stream().sorted().toList());
        }
        return family;
    }

    /**
     * Finds a key that must not be used with an algorithm.
     *
     * @throws IllegalArgumentException with a sentence for the user, without anything of the key
     */
    static void requireFit(String algorithm, Key key) {
        switch (of(algorithm)) {
            case HMAC -> {
                // RFC 7518 section 3.2: at least as long as the hash.
                int bytes = Integer.parseInt(algorithm.substring(2)) / 8;
                require(
                        key instanceof SecretKey && key.getEncoded().length >= bytes,
                        algorithm + " needs a secret of at least " + bytes + " bytes");
            }
            case RSA ->
                require(
                        key instanceof RSAKey rsa && rsa.getModulus().bitLength() >= MIN_RSA_BITS,
                        algorithm + " needs an RSA key of at least " + MIN_RSA_BITS + " bits");
            case EC ->
                require(
                        key instanceof ECKey ec
                                && ec.getParams().getOrder().bitLength() == CURVE_BITS.getOrDefault(algorithm, 0),
                        algorithm + " needs a key on the curve P-" + CURVE_BITS.get(algorithm));
            case ED25519 ->
                require(
                        key instanceof EdECKey ed && ed.getParams().getName().equals("Ed25519"),
                        algorithm + " needs an Ed25519 key");
        }
    }

    private static void require(boolean fits, String what) {
        if (!fits) {
            throw new IllegalArgumentException(what);
        }
    }
}
