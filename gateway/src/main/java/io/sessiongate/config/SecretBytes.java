package io.sessiongate.config;

import java.security.MessageDigest;
import java.util.Arrays;

/** Key bytes that must not be seen. */
public final class SecretBytes {

    private final byte[] value;

    public SecretBytes(byte[] value) {
        this.value = value.clone();
    }

    /** A copy of the bytes. */
    public byte[] reveal() {
        return value.clone();
    }

    public int length() {
        return value.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SecretBytes that && MessageDigest.isEqual(value, that.value);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(value);
    }

    @Override
    public String toString() {
        return "***";
    }
}
