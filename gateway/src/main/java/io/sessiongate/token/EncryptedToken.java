package io.sessiongate.token;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A compact JWE (RFC 7516 section 3.1) of which only the form was looked at, and only such a one as Auth.js writes: the key is
 * the content's own ({@code dir}), and the header says nothing beyond how it was encrypted, and with which key. So there is
 * no compression, no key from a password or from a key agreement, and no extension to understand.
 *
 * <p>To open a large one takes too long for an event loop ({@link #isSlowToOpenWith}). Measured for the bound, all code compiled
 * and the token at hand, the least of 2,000 runs after as many to warm up (JDK 17, AMD EPYC with VAES, two processors that
 * other work shared): a token of version 5 with many small claims took 8 µs at 350 characters, 32 µs at 4,300, 44 µs at 6,200,
 * 56 µs at 8,400 and 99 µs at 15,400, of which the cipher had 6 to 24 and reading the claims most of the rest. Looking at its
 * form before that stays on the loop: 1 µs to 20. Each key of version 4 that was tried in vain added 6 µs at 170 characters and
 * 13 µs at 16,000. Within a gateway, between other requests, small ones took 31 to 79 µs and those of 14 kB 77 to 148.
 *
 * <p>Immutable; the arrays it hands out are not copies and must not be changed.
 */
final class EncryptedToken {

    /** Characters of base64url; the header of Auth.js has 178 of them, of which the kid takes most. */
    private static final int MAX_HEADER_CHARACTERS = 1024;

    private static final int MAX_KEY_ID_CHARACTERS = 512;
    private static final int AES_BLOCK_BYTES = 16;
    private static final int CHARACTERS_AN_ATTEMPT = 1024;
    private static final int MOST_ON_A_LOOP = 7 * 1024;
    private static final Set<String> MEMBERS = Set.of("alg", "enc", "kid", "typ");

    private final String text;
    private final ContentEncryption encryption;
    private final @Nullable String keyId;
    private final String header;
    private final byte[] iv;
    private final byte[] ciphertext;
    private final byte[] tag;

    private EncryptedToken(
            String text,
            ContentEncryption encryption,
            @Nullable String keyId,
            String header,
            byte[] iv,
            byte[] ciphertext,
            byte[] tag) {
        this.text = text;
        this.encryption = encryption;
        this.keyId = keyId;
        this.header = header;
        this.iv = iv;
        this.ciphertext = ciphertext;
        this.tag = tag;
    }

    /** Whether the text has the five parts of a JWE, whatever they are. */
    static boolean isMeant(String text) {
        int dots = 0;
        for (int dot = text.indexOf('.'); dot >= 0; dot = text.indexOf('.', dot + 1)) {
            dots++;
        }
        return dots == 4;
    }

    /** Reads the form of a token; null where it is none that may be looked at further. Never throws. */
    static @Nullable EncryptedToken read(String text) {
        int keyStart = text.indexOf('.') + 1;
        int ivStart = text.indexOf('.', keyStart) + 1;
        int contentStart = text.indexOf('.', ivStart) + 1;
        int tagStart = text.indexOf('.', contentStart) + 1;
        if (keyStart == 0
                || keyStart > MAX_HEADER_CHARACTERS
                // The part of the encrypted key is empty: there is none.
                || ivStart != keyStart + 1
                || contentStart == 0
                || tagStart == 0
                || !UnverifiedToken.isBase64Url(text, 0, keyStart - 1)
                || !UnverifiedToken.isBase64Url(text, ivStart, contentStart - 1)
                || !UnverifiedToken.isBase64Url(text, contentStart, tagStart - 1)
                || !UnverifiedToken.isBase64Url(text, tagStart, text.length())) {
            return null;
        }
        try {
            String header = text.substring(0, keyStart - 1);
            Map<String, Object> members = UnverifiedToken.decode(header);
            ContentEncryption encryption = ContentEncryption.named(members.get("enc"));
            if (encryption == null || !isPlain(members)) {
                return null;
            }
            var token = new EncryptedToken(
                    text,
                    encryption,
                    (String) members.get("kid"),
                    header,
                    bytes(text.substring(ivStart, contentStart - 1)),
                    bytes(text.substring(contentStart, tagStart - 1)),
                    bytes(text.substring(tagStart)));
            return token.hasFittingLengths() ? token : null;
        } catch (RuntimeException e) {
            // Whatever the readers say of bytes from a stranger, the answer is the same.
            return null;
        }
    }

    private static boolean isPlain(Map<String, Object> header) {
        return MEMBERS.containsAll(header.keySet())
                && "dir".equals(header.get("alg"))
                && (!header.containsKey("kid")
                        || (header.get("kid") instanceof String keyId && keyId.length() <= MAX_KEY_ID_CHARACTERS))
                && (!header.containsKey("typ") || "JWT".equals(header.get("typ")));
    }

    /** A shorter tag would be easier to guess, and with GCM would tell of the key. */
    private boolean hasFittingLengths() {
        return iv.length == encryption.ivBytes()
                && tag.length == encryption.tagBytes()
                && (encryption == ContentEncryption.A256GCM || ciphertext.length % AES_BLOCK_BYTES == 0);
    }

    private static byte[] bytes(String part) {
        return Base64.getUrlDecoder().decode(part.getBytes(StandardCharsets.ISO_8859_1));
    }

    /**
     * Whether to try that many keys and to read the claims takes too long for an event loop: beyond 6 KiB with one key, fewer
     * with more.
     */
    boolean isSlowToOpenWith(int keys) {
        return keys * (CHARACTERS_AN_ATTEMPT + text.length()) > MOST_ON_A_LOOP;
    }

    String text() {
        return text;
    }

    /** Member {@code enc} of the header. */
    ContentEncryption encryption() {
        return encryption;
    }

    /** Member {@code kid} of the header, or null. */
    @Nullable String keyId() {
        return keyId;
    }

    byte[] iv() {
        return iv;
    }

    byte[] ciphertext() {
        return ciphertext;
    }

    byte[] tag() {
        return tag;
    }

    /** What the tag covers beside the content: the header as it stands in the token (RFC 7516 section 5.2, step 15). */
    byte[] associatedData() {
        return header.getBytes(StandardCharsets.US_ASCII);
    }

    /** Nothing of the token: this may reach a log. */
    @Override
    public String toString() {
        return "EncryptedToken";
    }
}
