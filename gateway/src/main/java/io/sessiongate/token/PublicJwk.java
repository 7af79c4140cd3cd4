package io.sessiongate.token;

import io.sessiongate.config.JwsAlgorithms;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.EdECPrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import javax.crypto.KeyAgreement;
import tools.jackson.databind.json.JsonMapper;

/**
 * The public half of a signing key as a JWK (RFC 7517), found from the private half alone, so that the user configures
 * one file. No curve arithmetic of our own: each way asks the JCA, and a trial signature proves that the halves belong
 * together.
 *
 * @param kid SHA-256 thumbprint (RFC 7638) in base64url
 * @param json the JWK as JSON text
 */
record PublicJwk(String kid, String json) {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();
    private static final int ED25519_BYTES = 32;

    /**
     * Finds the public key of a private one that fits the algorithm.
     *
     * @param signature makes the JCA object of the algorithm, for the trial
     * @throws IllegalArgumentException with a sentence for the user when the key is broken
     */
    static PublicJwk of(String algorithm, PrivateKey key, Callable<Signature> signature) {
        try {
            var members = new TreeMap<String, Object>();
            if (key instanceof ECPrivateKey ec) {
                describe(ec, members, signature);
            } else if (key instanceof EdECPrivateKey ed) {
                describe(ed, members, signature);
            } else if (key instanceof RSAPrivateCrtKey rsa) {
                describe(rsa, members, signature);
            } else {
                throw new IllegalArgumentException("the private key does not tell its public half");
            }
            return of(algorithm, members);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("the private key cannot sign with " + algorithm);
        }
    }

    /** The thumbprint is over the required members alone, in the order of their names, without white space. */
    private static PublicJwk of(String algorithm, TreeMap<String, Object> members) throws GeneralSecurityException {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(JSON.writeValueAsBytes(members));
        String kid = BASE64URL.encodeToString(hash);
        var jwk = new LinkedHashMap<String, Object>(members);
        jwk.put("kid", kid);
        jwk.put("use", "sig");
        jwk.put("alg", algorithm);
        return new PublicJwk(kid, JSON.writeValueAsString(jwk));
    }

    private static void describe(RSAPrivateCrtKey key, TreeMap<String, Object> members, Callable<Signature> signature)
            throws GeneralSecurityException {
        var spec = new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent());
        if (!belongTogether(key, KeyFactory.getInstance("RSA").generatePublic(spec), signature)) {
            throw new IllegalArgumentException("the numbers of the RSA key contradict each other");
        }
        members.put("kty", "RSA");
        members.put("n", unsigned(key.getModulus(), (key.getModulus().bitLength() + 7) / 8));
        members.put(
                "e", unsigned(key.getPublicExponent(), (key.getPublicExponent().bitLength() + 7) / 8));
    }

    /**
     * The JDK draws an Ed25519 key as 32 random bytes; given the private key's bytes as "random", it draws that key
     * again, with its public half.
     */
    private static void describe(EdECPrivateKey key, TreeMap<String, Object> members, Callable<Signature> signature)
            throws GeneralSecurityException {
        byte[] seed = key.getBytes().orElseThrow(() -> new IllegalArgumentException("the private key is empty"));
        var generator = KeyPairGenerator.getInstance("Ed25519");
        generator.initialize(NamedParameterSpec.ED25519, new FixedRandom(seed));
        PublicKey publicKey = generator.generateKeyPair().getPublic();
        if (!belongTogether(key, publicKey, signature)) {
            throw new IllegalArgumentException("the public half of the Ed25519 key was not found");
        }
        byte[] der = publicKey.getEncoded();
        byte[] x = Arrays.copyOfRange(der, der.length - ED25519_BYTES, der.length);
        members.put("kty", "OKP");
        members.put("crv", "Ed25519");
        members.put("x", BASE64URL.encodeToString(x));
    }

    /**
     * The public point is d·G. Diffie-Hellman between d and the "public key" G yields its x; the curve equation gives y
     * but for the sign, and a trial signature tells which. All curves here have a prime p = 3 mod 4, for which a square
     * root is a power.
     */
    private static void describe(ECPrivateKey key, TreeMap<String, Object> members, Callable<Signature> signature)
            throws GeneralSecurityException {
        ECParameterSpec parameters = key.getParams();
        var factory = KeyFactory.getInstance("EC");
        var agreement = KeyAgreement.getInstance("ECDH");
        agreement.init(key);
        agreement.doPhase(factory.generatePublic(new ECPublicKeySpec(parameters.getGenerator(), parameters)), true);
        var x = new BigInteger(1, agreement.generateSecret());

        BigInteger p = ((ECFieldFp) parameters.getCurve().getField()).getP();
        BigInteger square = x.pow(3)
                .add(parameters.getCurve().getA().multiply(x))
                .add(parameters.getCurve().getB())
                .mod(p);
        BigInteger root = square.modPow(p.add(BigInteger.ONE).shiftRight(2), p);
        for (BigInteger y : new BigInteger[] {root, p.subtract(root)}) {
            var candidate = factory.generatePublic(new ECPublicKeySpec(new ECPoint(x, y), parameters));
            if (belongTogether(key, candidate, signature)) {
                int length = (p.bitLength() + 7) / 8;
                members.put("kty", "EC");
                members.put("crv", JwsAlgorithms.curve(parameters));
                members.put("x", unsigned(x, length));
                members.put("y", unsigned(y, length));
                return;
            }
        }
        throw new IllegalArgumentException("the public half of the EC key was not found");
    }

    private static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey, Callable<Signature> algorithm)
            throws GeneralSecurityException {
        byte[] trial = "trial".getBytes(StandardCharsets.US_ASCII);
        Signature signing = create(algorithm);
        signing.initSign(privateKey);
        signing.update(trial);
        byte[] signed = signing.sign();
        Signature verifying = create(algorithm);
        verifying.initVerify(publicKey);
        verifying.update(trial);
        return verifying.verify(signed);
    }

    private static Signature create(Callable<Signature> algorithm) throws GeneralSecurityException {
        try {
            return algorithm.call();
        } catch (GeneralSecurityException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Big-endian, exactly {@code length} bytes (RFC 7518 section 6.2.1.2), without a sign byte. */
    private static String unsigned(BigInteger number, int length) {
        byte[] signed = number.toByteArray();
        byte[] bytes = new byte[length];
        int count = Math.min(signed.length, length);
        System.arraycopy(signed, signed.length - count, bytes, length - count, count);
        return BASE64URL.encodeToString(bytes);
    }

    /** Hands out the given bytes once, and no others. */
    private static final class FixedRandom extends SecureRandom {

        private static final long serialVersionUID = 1L;

        private final byte[] bytes;

        FixedRandom(byte[] bytes) {
            this.bytes = bytes.clone();
        }

        @Override
        public void nextBytes(byte[] out) {
            if (out.length != bytes.length) {
                throw new IllegalStateException("asked for " + out.length + " bytes");
            }
            System.arraycopy(bytes, 0, out, 0, bytes.length);
        }
    }
}
