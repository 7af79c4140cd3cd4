package io.sessiongate.token;

import io.sessiongate.testing.TestKeys;
import java.math.BigInteger;
import java.security.KeyPair;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** JWKs as an issuer would publish them, written without the code under test. */
public final class TestJwks {

    private TestJwks() {}

    public static String set(String... keys) {
        return "{\"keys\":[" + String.join(",", keys) + "]}";
    }

    /** The public key of a test pair; {@code members} are put in as they are. */
    public static String of(String pair, @Nullable String kid, String... members) {
        return of(TestKeys.pair(pair), kid, members);
    }

    public static String of(KeyPair pair, @Nullable String kid, String... members) {
        var json = new StringBuilder("{");
        if (pair.getPublic() instanceof RSAPublicKey rsa) {
            json.append("\"kty\":\"RSA\",\"n\":\"")
                    .append(unsigned(rsa.getModulus(), (rsa.getModulus().bitLength() + 7) / 8))
                    .append("\",\"e\":\"AQAB\"");
        } else if (pair.getPublic() instanceof ECPublicKey ec) {
            int bits = ec.getParams().getOrder().bitLength();
            json.append("\"kty\":\"EC\",\"crv\":\"P-")
                    .append(bits)
                    .append("\",\"x\":\"")
                    .append(unsigned(ec.getW().getAffineX(), (bits + 7) / 8))
                    .append("\",\"y\":\"")
                    .append(unsigned(ec.getW().getAffineY(), (bits + 7) / 8))
                    .append('"');
        } else {
            byte[] der = pair.getPublic().getEncoded();
            json.append("\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"")
                    .append(encode(Arrays.copyOfRange(der, der.length - 32, der.length)))
                    .append('"');
        }
        if (kid != null) {
            json.append(",\"kid\":\"").append(kid).append('"');
        }
        for (String member : members) {
            json.append(',').append(member);
        }
        return json.append('}').toString();
    }

    private static String unsigned(BigInteger number, int length) {
        byte[] signed = number.toByteArray();
        byte[] bytes = new byte[length];
        int count = Math.min(signed.length, length);
        System.arraycopy(signed, signed.length - count, bytes, length - count, count);
        return encode(bytes);
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
