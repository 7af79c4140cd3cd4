package io.sessiongate.token;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HKDF with SHA-256 (RFC 5869), as the JDK has it only from version 24 on. */
final class Hkdf {

    private static final String HMAC = "HmacSHA256";
    private static final int HASH_BYTES = 32;
    private static final int MOST_BLOCKS = 255;

    private Hkdf() {}

    /** Extracts and expands; an empty salt is one of zeros (section 2.2). */
    static byte[] derive(byte[] secret, byte[] salt, byte[] info, int bytes) {
        if (bytes > MOST_BLOCKS * HASH_BYTES) {
            throw new IllegalArgumentException("HKDF does not yield " + bytes + " bytes");
        }
        byte[] pseudorandom = hmac(salt.length == 0 ? new byte[HASH_BYTES] : salt, secret);
        byte[] out = new byte[bytes];
        byte[] block = new byte[0];
        for (int made = 0, counter = 1; made < bytes; made += block.length, counter++) {
            block = hmac(pseudorandom, block, info, new byte[] {(byte) counter});
            System.arraycopy(block, 0, out, made, Math.min(block.length, bytes - made));
        }
        Arrays.fill(pseudorandom, (byte) 0);
        return out;
    }

    private static byte[] hmac(byte[] key, byte[]... parts) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(new SecretKeySpec(key, HMAC));
            for (byte[] part : parts) {
                mac.update(part);
            }
            return mac.doFinal();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has " + HMAC, e);
        }
    }
}
