package io.sessiongate.testing;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Pairs of keys, named by what they are for, and their PEM text. */
public final class TestKeys {

    private static final Map<String, KeyPair> PAIRS = new ConcurrentHashMap<>();

    private TestKeys() {}

    /** One pair a kind of key, made once: RSA keys take their time. */
    public static KeyPair pair(String algorithm) {
        return PAIRS.computeIfAbsent(kind(algorithm), TestKeys::newPair);
    }

    /** Another pair: for a JWS algorithm, or one of the kinds that no algorithm takes, {@code RSA1024} and {@code Ed448}. */
    public static KeyPair newPair(String algorithm) {
        try {
            return switch (kind(algorithm)) {
                case "RSA" -> rsa(2048);
                case "RSA1024" -> rsa(1024);
                case "ES256" -> curve("secp256r1");
                case "ES384" -> curve("secp384r1");
                case "ES512" -> curve("secp521r1");
                case "EdDSA" -> KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
                case "Ed448" -> KeyPairGenerator.getInstance("Ed448").generateKeyPair();
                default -> throw new IllegalArgumentException(algorithm);
            };
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    public static String pem(String label, Key key) {
        return pem(label, key.getEncoded());
    }

    public static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + label
                + "-----\n";
    }

    private static String kind(String algorithm) {
        return algorithm.matches("[RP]S...") ? "RSA" : algorithm;
    }

    private static KeyPair rsa(int bits) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits);
        return generator.generateKeyPair();
    }

    private static KeyPair curve(String name) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(name));
        return generator.generateKeyPair();
    }
}
