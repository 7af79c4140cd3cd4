package io.sessiongate.token;

import org.jspecify.annotations.Nullable;

/** The two ways in which the content of a token may be encrypted (RFC 7518 section 5.1); there are no others here. */
enum ContentEncryption {
    A256GCM("A256GCM", 32, 12, 16),
    A256CBC_HS512("A256CBC-HS512", 64, 16, 32);

    private final String jweName;
    private final int keyBytes;
    private final int ivBytes;
    private final int tagBytes;

    ContentEncryption(String jweName, int keyBytes, int ivBytes, int tagBytes) {
        this.jweName = jweName;
        this.keyBytes = keyBytes;
        this.ivBytes = ivBytes;
        this.tagBytes = tagBytes;
    }

    /** The one of that name, letter for letter; null for any other. */
    static @Nullable ContentEncryption named(@Nullable Object enc) {
        if (A256GCM.jweName.equals(enc)) {
            return A256GCM;
        }
        return A256CBC_HS512.jweName.equals(enc) ? A256CBC_HS512 : null;
    }

    String jweName() {
        return jweName;
    }

    int keyBytes() {
        return keyBytes;
    }

    int ivBytes() {
        return ivBytes;
    }

    int tagBytes() {
        return tagBytes;
    }
}
