package io.sessiongate.token;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One public key of a JWK Set (RFC 7517) that may verify signatures, with the algorithms it is pinned to. What a set may
 * hold besides (keys for encryption, secrets, curves that are not ours) is left out, each for a reason. A certificate
 * chain in {@code x5c} or {@code x5u} is not looked at: what vouches for the key is the place it came from.
 *
 * @param algorithms JWS names, all of one kind of key
 * @param kid its name, or null
 */
record Jwk(PublicKey key, Set<String> algorithms, @Nullable String kid) {

    /** Why an entry of a set is not used: a metric tag. */
    enum Flaw {
        /** No object, or a member that has another type or form than RFC 7517 and 7518 say. */
        MALFORMED("is malformed"),
        /** A kind of key that signs nothing here, or nothing that we can verify; secrets among them. */
        KIND("is of a kind or on a curve that is not used here"),
        /** Says of itself that it is for something else than verifying signatures. */
        USE("is not for signatures"),
        /** Its algorithm does not fit it, is not supported, or is not among those configured. */
        ALGORITHM("is for an algorithm that is not used here"),
        /** Can be broken: an RSA key that is short, or made by the flawed generator of CVE-2017-15361. */
        WEAK("is weak"),
        /** Holds its private half: everybody who reads the set could sign with it. */
        PRIVATE("is published with its private half"),
        /** Has the name of another key of the set. */
        DUPLICATE_KID("shares its kid with another key");

        private final String words;

        Flaw(String words) {
            this.words = words;
        }

        /** What to say of such a key. */
        String words() {
            return words;
        }
    }

    /** An entry that is not used. Without a stack trace, as it is an answer and not an accident. */
    static final class Unusable extends Exception {

        private static final long serialVersionUID = 1;

        private final Flaw flaw;

        Unusable(Flaw flaw) {
            super(flaw.words(), null, false, false);
            this.flaw = flaw;
        }

        Flaw flaw() {
            return flaw;
        }
    }

    private static final int MAX_KID_CHARACTERS = 512;
    private static final Set<String> RSA = Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512");

    private record Curve(String jca, String algorithm, int bytes) {}

    private static final Map<String, Curve> CURVES = Map.of(
            "P-256", new Curve("secp256r1", "ES256", 32),
            "P-384", new Curve("secp384r1", "ES384", 48),
            "P-521", new Curve("secp521r1", "ES512", 66));

    /** SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410 section 4). */
    private static final byte[] ED25519_PREFIX = HexFormat.of().parseHex("302a300506032b6570032100");

    private static final int ED25519_BYTES = 32;

    /**
     * Reads an entry.
     *
     * @param wanted the algorithms that are configured; empty means the key's own, or the usual one of its kind
     */
    static Jwk read(@Nullable Object entry, Set<String> wanted) throws Unusable {
        if (!(entry instanceof Map<?, ?> members)) {
            throw new Unusable(Flaw.MALFORMED);
        }
        String kind = text(members, "kty");
        if (kind == null) {
            throw new Unusable(Flaw.MALFORMED);
        }
        // Before anything else, lest a secret pass for a key of another kind (RFC 8725 section 2.1).
        if (kind.equals("oct")) {
            throw new Unusable(Flaw.KIND);
        }
        if (members.containsKey("d") || members.containsKey("k") || members.containsKey("p")) {
            throw new Unusable(Flaw.PRIVATE);
        }
        requireForSignatures(members);
        String kid = text(members, "kid");
        if (kid != null && kid.length() > MAX_KID_CHARACTERS) {
            throw new Unusable(Flaw.MALFORMED);
        }
        try {
            return switch (kind) {
                case "RSA" -> new Jwk(rsa(members), algorithms(members, RSA, "RS256", wanted), kid);
                case "EC" -> {
                    Curve curve = CURVES.get(required(members, "crv"));
                    if (curve == null) {
                        throw new Unusable(Flaw.KIND);
                    }
                    yield new Jwk(
                            ec(members, curve),
                            algorithms(members, Set.of(curve.algorithm()), curve.algorithm(), wanted),
                            kid);
                }
                case "OKP" -> {
                    if (!required(members, "crv").equals("Ed25519")) {
                        throw new Unusable(Flaw.KIND);
                    }
                    yield new Jwk(ed25519(members), algorithms(members, Set.of("EdDSA"), "EdDSA", wanted), kid);
                }
                default -> throw new Unusable(Flaw.KIND);
            };
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new Unusable(Flaw.MALFORMED);
        }
    }

    /** RFC 7517 sections 4.2 and 4.3: absent, or for signatures. */
    private static void requireForSignatures(Map<?, ?> members) throws Unusable {
        String use = text(members, "use");
        if (use != null && !use.equals("sig")) {
            throw new Unusable(Flaw.USE);
        }
        if (members.containsKey("key_ops")) {
            if (!(members.get("key_ops") instanceof List<?> operations)) {
                throw new Unusable(Flaw.MALFORMED);
            }
            if (!operations.contains("verify")) {
                throw new Unusable(Flaw.USE);
            }
        }
    }

    /**
     * The algorithms of a key: the one it names, else those that are configured and fit it, else the usual one of its
     * kind, so that no key serves two by accident (RFC 8725 section 3.1).
     */
    private static Set<String> algorithms(Map<?, ?> members, Set<String> fitting, String usual, Set<String> wanted)
            throws Unusable {
        String named = text(members, "alg");
        Set<String> may = named != null ? Set.of(named) : wanted.isEmpty() ? Set.of(usual) : fitting;
        Set<String> use = may.stream()
                .filter(algorithm -> fitting.contains(algorithm) && (wanted.isEmpty() || wanted.contains(algorithm)))
                .collect(Collectors.toUnmodifiableSet());
        if (use.isEmpty()) {
            throw new Unusable(Flaw.ALGORITHM);
        }
        return use;
    }

    private static PublicKey rsa(Map<?, ?> members) throws Unusable, GeneralSecurityException {
        BigInteger modulus = new BigInteger(1, bytes(members, "n"));
        BigInteger exponent = new BigInteger(1, bytes(members, "e"));
        RsaStrength.Verdict verdict = RsaStrength.of(modulus, exponent);
        if (verdict != RsaStrength.Verdict.SOUND) {
            throw new Unusable(verdict == RsaStrength.Verdict.NO_KEY ? Flaw.MALFORMED : Flaw.WEAK);
        }
        return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent));
    }

    /** RFC 7518 section 6.2.1: both coordinates in full length, and a point of the curve (RFC 8725 section 3.4). */
    private static PublicKey ec(Map<?, ?> members, Curve curve) throws Unusable, GeneralSecurityException {
        byte[] x = bytes(members, "x");
        byte[] y = bytes(members, "y");
        if (x.length != curve.bytes() || y.length != curve.bytes()) {
            throw new Unusable(Flaw.MALFORMED);
        }
        AlgorithmParameters named = AlgorithmParameters.getInstance("EC");
        named.init(new ECGenParameterSpec(curve.jca()));
        ECParameterSpec parameters = named.getParameterSpec(ECParameterSpec.class);
        ECPoint point = new ECPoint(new BigInteger(1, x), new BigInteger(1, y));
        if (!isOn(parameters, point)) {
            throw new Unusable(Flaw.MALFORMED);
        }
        return KeyFactory.getInstance("EC").generatePublic(new ECPublicKeySpec(point, parameters));
    }

    /** y² = x³ + ax + b. The curves have prime order, so that no point of them lies in a small subgroup. */
    private static boolean isOn(ECParameterSpec parameters, ECPoint point) {
        BigInteger p = ((ECFieldFp) parameters.getCurve().getField()).getP();
        BigInteger x = point.getAffineX();
        BigInteger y = point.getAffineY();
        BigInteger right = x.pow(3)
                .add(parameters.getCurve().getA().multiply(x))
                .add(parameters.getCurve().getB())
                .mod(p);
        return x.compareTo(p) < 0 && y.compareTo(p) < 0 && y.multiply(y).mod(p).equals(right);
    }

    private static PublicKey ed25519(Map<?, ?> members) throws Unusable, GeneralSecurityException {
        byte[] x = bytes(members, "x");
        if (x.length != ED25519_BYTES) {
            throw new Unusable(Flaw.MALFORMED);
        }
        byte[] der = new byte[ED25519_PREFIX.length + x.length];
        System.arraycopy(ED25519_PREFIX, 0, der, 0, ED25519_PREFIX.length);
        System.arraycopy(x, 0, der, ED25519_PREFIX.length, x.length);
        return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(der));
    }

    private static byte[] bytes(Map<?, ?> members, String name) throws Unusable {
        String text = required(members, name);
        if (!UnverifiedToken.isBase64Url(text, 0, text.length())) {
            throw new Unusable(Flaw.MALFORMED);
        }
        return Base64.getUrlDecoder().decode(text);
    }

    private static String required(Map<?, ?> members, String name) throws Unusable {
        String text = text(members, name);
        if (text == null) {
            throw new Unusable(Flaw.MALFORMED);
        }
        return text;
    }

    private static @Nullable String text(Map<?, ?> members, String name) throws Unusable {
        if (!members.containsKey(name)) {
            return null;
        }
        if (members.get(name) instanceof String text) {
            return text;
        }
        throw new Unusable(Flaw.MALFORMED);
    }
}
