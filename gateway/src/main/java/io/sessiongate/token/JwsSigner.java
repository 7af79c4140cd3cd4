package io.sessiongate.token;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.interfaces.RSAKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Signs claims as a compact JWS (RFC 7515) with one key and one algorithm. Immutable, for any thread: what of the JCA is
 * stateful is made anew for every signature, which costs little next to signing and is rare, as signatures are reused.
 */
public final class JwsSigner {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();
    private static final int MIN_RSA_BITS = 2048;

    private final String algorithm;
    private final Primitive primitive;
    private final @Nullable PublicJwk publicJwk;
    private final String encodedHeader;

    private JwsSigner(String algorithm, Primitive primitive, @Nullable PublicJwk publicJwk) {
        this.algorithm = algorithm;
        this.primitive = primitive;
        this.publicJwk = publicJwk;
        var header = new LinkedHashMap<String, Object>();
        header.put("alg", algorithm);
        header.put("typ", "JWT");
        if (publicJwk != null) {
            header.put("kid", publicJwk.kid());
        }
        this.encodedHeader = BASE64URL.encodeToString(JSON.writeValueAsBytes(header));
    }

    /**
     * A signer with a shared secret.
     *
     * @param algorithm {@code HS256}, {@code HS384} or {@code HS512}
     * @param secret at least as long as the hash (RFC 7518 section 3.2)
     * @throws IllegalArgumentException with a sentence for the user, without anything of the secret
     */
    public static JwsSigner hmac(String algorithm, byte[] secret) {
        int bits = hashBits(algorithm, "HS");
        if (secret.length * 8 < bits) {
            throw new IllegalArgumentException(
                    algorithm + " needs a secret of at least " + bits / 8 + " bytes; this one has " + secret.length);
        }
        String jcaName = "HmacSHA" + bits;
        var key = new SecretKeySpec(secret, jcaName);
        return new JwsSigner(
                algorithm,
                input -> {
                    Mac mac = Mac.getInstance(jcaName);
                    mac.init(key);
                    return mac.doFinal(input);
                },
                null);
    }

    /**
     * A signer with a private key.
     *
     * @param algorithm {@code RS256}, {@code PS256}, {@code ES256}, each also with 384 and 512, or {@code EdDSA}
     *     (Ed25519)
     * @param pkcs8Pem PEM text with the block {@code PRIVATE KEY}
     * @throws IllegalArgumentException with a sentence for the user, without anything of the key, when the text is no
     *     such key or the key does not fit the algorithm
     */
    public static JwsSigner privateKey(String algorithm, String pkcs8Pem) {
        Asymmetric kind = Asymmetric.of(algorithm);
        PrivateKey key = read(pkcs8Pem, kind.keyType());
        if (key instanceof RSAKey rsa && rsa.getModulus().bitLength() < MIN_RSA_BITS) {
            throw new IllegalArgumentException("an RSA key needs at least " + MIN_RSA_BITS + " bits");
        }
        Primitive primitive = input -> {
            Signature signature = kind.signature();
            signature.initSign(key);
            signature.update(input);
            return signature.sign();
        };
        PublicJwk publicJwk = PublicJwk.of(algorithm, key, kind::signature);
        return new JwsSigner(algorithm, primitive, publicJwk);
    }

    /** The compact serialization. Values are what JSON knows: strings, numbers, booleans, lists, maps. */
    public String sign(Map<String, Object> claims) {
        String signingInput = encodedHeader + '.' + BASE64URL.encodeToString(JSON.writeValueAsBytes(claims));
        try {
            byte[] signature = primitive.sign(signingInput.getBytes(StandardCharsets.US_ASCII));
            return signingInput + '.' + BASE64URL.encodeToString(signature);
        } catch (GeneralSecurityException e) {
            // The key was tried when it was loaded, so that this is a bug and not a matter of configuration.
            throw new IllegalStateException("signing with " + algorithm + " failed", e);
        }
    }

    public String algorithm() {
        return algorithm;
    }

    /** Whether a signature takes too long for an event loop: anything but HMAC. */
    public boolean slow() {
        return publicJwk != null;
    }

    /** The public key as a JSON object (RFC 7517) with {@code kid}, {@code use} and {@code alg}; null for HMAC. */
    public @Nullable String publicJwk() {
        return publicJwk == null ? null : publicJwk.json();
    }

    /** Names the algorithm only: this may reach a log. */
    @Override
    public String toString() {
        return "JwsSigner[" + algorithm + "]";
    }

    private static int hashBits(String algorithm, String family) {
        for (int bits : new int[] {256, 384, 512}) {
            if (algorithm.equals(family + bits)) {
                return bits;
            }
        }
        throw new IllegalArgumentException("expected " + family + "256, " + family + "384 or " + family + "512");
    }

    private static PrivateKey read(String pem, String keyType) {
        String begin = "-----BEGIN PRIVATE KEY-----";
        int from = pem.indexOf(begin);
        int to = pem.indexOf("-----END PRIVATE KEY-----");
        if (from < 0 || to < from) {
            throw new IllegalArgumentException("expected a PEM block PRIVATE KEY (PKCS #8, not encrypted);"
                    + " `openssl pkcs8 -topk8 -nodes -in key.pem` turns other forms into it");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.substring(from + begin.length(), to));
            return KeyFactory.getInstance(keyType).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (InvalidKeySpecException | IllegalArgumentException e) {
            // Without the cause: its message may quote the key.
            throw new IllegalArgumentException("the PEM block is no private key of type " + keyType);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java has no keys of type " + keyType, e);
        }
    }

    /** Turns the signing input into the signature; made to be called on any thread. */
    @FunctionalInterface
    private interface Primitive {
        byte[] sign(byte[] input) throws GeneralSecurityException;
    }

    /** How the JCA calls an algorithm of RFC 7518 section 3 or RFC 8037. */
    private record Asymmetric(
            String keyType, String jcaName, @Nullable AlgorithmParameterSpec parameters) {

        static Asymmetric of(String algorithm) {
            if (algorithm.equals("EdDSA")) {
                return new Asymmetric("Ed25519", "Ed25519", null);
            }
            String family = algorithm.length() == 5 ? algorithm.substring(0, 2) : "";
            return switch (family) {
                case "RS" -> new Asymmetric("RSA", "SHA" + hashBits(algorithm, "RS") + "withRSA", null);
                case "PS" -> new Asymmetric("RSA", "RSASSA-PSS", pss(hashBits(algorithm, "PS")));
                case "ES" -> new Asymmetric("EC", "SHA" + hashBits(algorithm, "ES") + "withECDSAinP1363Format", null);
                default ->
                    throw new IllegalArgumentException(
                            "expected EdDSA, or one of RS, PS and ES followed by 256, 384 or 512");
            };
        }

        Signature signature() throws GeneralSecurityException {
            Signature signature = Signature.getInstance(jcaName);
            if (parameters != null) {
                signature.setParameter(parameters);
            }
            return signature;
        }

        /** RFC 7518 section 3.5: the hash for message and mask, the salt as long as the hash. */
        private static PSSParameterSpec pss(int bits) {
            String hash = "SHA-" + bits;
            return new PSSParameterSpec(
                    hash, "MGF1", new MGF1ParameterSpec(hash), bits / 8, PSSParameterSpec.TRAILER_FIELD_BC);
        }
    }
}
