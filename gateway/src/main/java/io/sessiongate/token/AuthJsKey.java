package io.sessiongate.token;

import io.sessiongate.config.SecretBytes;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Objects;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * One key that Auth.js derives from a secret, for one way of encrypting. Immutable.
 *
 * @param thumbprint what tokens by the key have as {@code kid}: of RFC 7638, by the hash that has the key's length; null in
 *     version 4, whose tokens name no key
 * @param origin which secret, version and cookie it is for, in words without anything of the secret
 */
record AuthJsKey(
        ContentEncryption encryption,
        SecretKey key,
        @Nullable String thumbprint,
        String origin) {

    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

    /** The one key of a secret in version 4: no salt, and so the same for every cookie. */
    static AuthJsKey version4(SecretBytes secret, String origin) {
        byte[] key = Hkdf.derive(
                secret.reveal(),
                new byte[0],
                utf8("NextAuth.js Generated Encryption Key"),
                ContentEncryption.A256GCM.keyBytes());
        return new AuthJsKey(ContentEncryption.A256GCM, aes(key), null, origin);
    }

    /** A key of a secret in version 5, salted with the full name of the cookie. */
    static AuthJsKey version5(SecretBytes secret, String cookie, ContentEncryption encryption, String origin) {
        byte[] key = Hkdf.derive(
                secret.reveal(),
                utf8(cookie),
                utf8("Auth.js Generated Encryption Key (" + cookie + ")"),
                encryption.keyBytes());
        String hash = encryption == ContentEncryption.A256GCM ? "SHA-256" : "SHA-512";
        return new AuthJsKey(encryption, aes(key), thumbprint(key, hash), origin);
    }

    private static String thumbprint(byte[] key, String hash) {
        try {
            String jwk = "{\"k\":\"" + BASE64URL.encodeToString(key) + "\",\"kty\":\"oct\"}";
            return BASE64URL.encodeToString(MessageDigest.getInstance(hash).digest(utf8(jwk)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has " + hash, e);
        }
    }

    private static SecretKey aes(byte[] key) {
        return new SecretKeySpec(key, "AES");
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    boolean isFor(ContentEncryption wanted) {
        return encryption == wanted;
    }

    /** Nothing of the key: this may reach a log. */
    @Override
    public String toString() {
        return "AuthJsKey of " + Objects.requireNonNull(origin);
    }
}
