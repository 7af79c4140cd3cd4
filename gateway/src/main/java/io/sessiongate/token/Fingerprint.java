package io.sessiongate.token;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * What stands for the id of a session or of a subject wherever one is remembered or told of: the first 128 bits of the
 * SHA-256 of its UTF-8 bytes. Two ids that share one would have to be searched for with 2^64 work among tokens that the
 * application signed; an id cannot be had back from it. Immutable.
 */
public final class Fingerprint {

    private static final int HEX_DIGITS = 64;

    private final long high;
    private final long low;

    private Fingerprint(long high, long low) {
        this.high = high;
        this.low = low;
    }

    /** Of this id. */
    public static Fingerprint of(String id) {
        byte[] digest = sha256(id);
        return new Fingerprint(longAt(digest, 0), longAt(digest, 8));
    }

    /** Of the id with this SHA-256, 64 lower-case hexadecimal digits from {@code from} on; null where they are not there. */
    public static @Nullable Fingerprint ofHex(CharSequence hex, int from) {
        if (from < 0 || hex.length() - from < HEX_DIGITS) {
            return null;
        }
        long high = 0;
        long low = 0;
        for (int i = 0; i < HEX_DIGITS; i++) {
            char c = hex.charAt(from + i);
            int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
            if (digit < 0) {
                return null;
            }
            if (i < 16) {
                high = high << 4 | digit;
            } else if (i < 32) {
                low = low << 4 | digit;
            }
        }
        return new Fingerprint(high, low);
    }

    /** A number that spreads ids evenly, the same in every gateway. */
    public long spread() {
        return high;
    }

    /** The whole SHA-256 of the id as a notification carries it: 64 lower-case hexadecimal digits. */
    public static String hexOf(String id) {
        return HexFormat.of().formatHex(sha256(id));
    }

    private static byte[] sha256(String id) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(id.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    private static long longAt(byte[] bytes, int from) {
        long value = 0;
        for (byte b : Arrays.copyOfRange(bytes, from, from + 8)) {
            value = value << 8 | (b & 0xff);
        }
        return value;
    }

    /** The first half, for who keeps a fingerprint without an object of its own. */
    public long high() {
        return high;
    }

    /** The second half. */
    public long low() {
        return low;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Fingerprint that && high == that.high && low == that.low;
    }

    /** Any part of a digest is as good as another. */
    @Override
    public int hashCode() {
        return (int) high;
    }

    /** Names nothing: this may reach a log. */
    @Override
    public String toString() {
        return "Fingerprint";
    }
}
