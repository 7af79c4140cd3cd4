package io.sessiongate.token;

import java.nio.charset.StandardCharsets;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;

/** A token with a signature that is false, yet well formed enough to be calculated to the end: for warming up only. */
final class BogusToken {

    /** The base point of the curve, a valid R; a random one is refused before the work begins. */
    private static final byte[] ED25519_BASE_POINT =
            HexFormat.of().parseHex("5866666666666666666666666666666666666666666666666666666666666666");

    private BogusToken() {}

    static String text(String algorithm, VerificationKey key) {
        // No kid: its text would have to be escaped, and keys are found without it.
        String header = "{\"alg\":\"" + algorithm + "\"}";
        return encode(header.getBytes(StandardCharsets.US_ASCII))
                + '.'
                + encode("{\"exp\":1}".getBytes(StandardCharsets.US_ASCII))
                + '.'
                + encode(signature(key));
    }

    /** The same with a false tag. */
    static String encrypted(ContentEncryption encryption) {
        String header = "{\"alg\":\"dir\",\"enc\":\"" + encryption.jweName() + "\"}";
        return encode(header.getBytes(StandardCharsets.US_ASCII))
                + ".."
                + encode(new byte[encryption.ivBytes()])
                + '.'
                + encode(new byte[512])
                + '.'
                + encode(new byte[encryption.tagBytes()]);
    }

    private static byte[] signature(VerificationKey key) {
        if (key.key() instanceof RSAKey rsa) {
            return below((rsa.getModulus().bitLength() + 7) / 8, 1);
        }
        if (key.key() instanceof ECKey ec) {
            return below((ec.getParams().getOrder().bitLength() + 7) / 8, 2);
        }
        if (key.key() instanceof EdECKey) {
            byte[] signature = Arrays.copyOf(ED25519_BASE_POINT, 64);
            signature[32] = 1;
            return signature;
        }
        return new byte[32];
    }

    /** Numbers of that length in bytes, one after the other, each below any modulus of the length. */
    private static byte[] below(int bytes, int numbers) {
        byte[] out = new byte[bytes * numbers];
        Arrays.fill(out, (byte) 0x5A);
        for (int i = 0; i < numbers; i++) {
            out[i * bytes] = 0;
        }
        return out;
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
