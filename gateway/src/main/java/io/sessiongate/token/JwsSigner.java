package io.sessiongate.token;

import io.sessiongate.config.JwsAlgorithms;
import io.sessiongate.config.PemKeys;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
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
     * @param secret at least as long as the hash (RFC 7518 section 3.2), and no key file's text
     * @throws IllegalArgumentException with a sentence for the user, without anything of the secret
     */
    public static JwsSigner hmac(String algorithm, byte[] secret) {
        int bits = hashBits(algorithm, "HS");
        String flaw = JwsAlgorithms.flaw(secret, List.of(algorithm));
        if (flaw != null) {
            throw new IllegalArgumentException(flaw);
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
        PrivateKey key = PemKeys.privateKey(pkcs8Pem);
        JwsAlgorithms.requireFit(key, List.of(algorithm));
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

    /** Turns the signing input into the signature; made to be called on any thread. */
    @FunctionalInterface
    private interface Primitive {
        byte[] sign(byte[] input) throws GeneralSecurityException;
    }

    /** How the JCA calls an algorithm of RFC 7518 section 3 or RFC 8037. */
    private record Asymmetric(String jcaName, @Nullable AlgorithmParameterSpec parameters) {

        static Asymmetric of(String algorithm) {
            if (algorithm.equals("EdDSA")) {
                return new Asymmetric("Ed25519", null);
            }
            String family = algorithm.length() == 5 ? algorithm.substring(0, 2) : "";
            return switch (family) {
                case "RS" -> new Asymmetric("SHA" + hashBits(algorithm, "RS") + "withRSA", null);
                case "PS" -> new Asymmetric("RSASSA-PSS", pss(hashBits(algorithm, "PS")));
                case "ES" -> new Asymmetric("SHA" + hashBits(algorithm, "ES") + "withECDSAinP1363Format", null);
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
