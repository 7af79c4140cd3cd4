package io.sessiongate.token;

import io.sessiongate.config.SecretBytes;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Encrypts whatever is given as header and content with a key that the realm has, by the JDK alone. */
public final class ForgedJwe {

    static final String COOKIE = "__Secure-authjs.session-token";
    static final String SECRET = "the-secret-of-today-0123456789abcdef";

    private ForgedJwe() {}

    /** The value of a session cookie as that version writes it. */
    public static String cookieValue(int version, String secret, String cookie, String claims) {
        byte[] content = claims.getBytes(StandardCharsets.UTF_8);
        if (version == 4) {
            byte[] key = AuthJsKey.version4(secret(secret), "test").key().getEncoded();
            return sealed(ContentEncryption.A256GCM, key, "{\"alg\":\"dir\",\"enc\":\"A256GCM\"}", content);
        }
        AuthJsKey key = AuthJsKey.version5(secret(secret), cookie, ContentEncryption.A256CBC_HS512, "test");
        String header = "{\"alg\":\"dir\",\"enc\":\"A256CBC-HS512\",\"kid\":\"" + key.thumbprint() + "\"}";
        return sealed(ContentEncryption.A256CBC_HS512, key.key().getEncoded(), header, content);
    }

    static AuthJsKey key(ContentEncryption encryption) {
        return AuthJsKey.version5(secret(SECRET), COOKIE, encryption, "test");
    }

    static SecretBytes secret(String text) {
        return new SecretBytes(text.getBytes(StandardCharsets.UTF_8));
    }

    /** A header as Auth.js writes it, with further members. */
    static String header(ContentEncryption encryption, String more) {
        return "{\"alg\":\"dir\",\"enc\":\"" + encryption.jweName() + "\",\"kid\":\""
                + key(encryption).thumbprint() + "\"" + more + "}";
    }

    static String sealed(ContentEncryption encryption, String header, byte[] content) {
        return sealed(encryption, key(encryption).key().getEncoded(), header, content);
    }

    static String sealed(ContentEncryption encryption, byte[] key, String header, byte[] content) {
        try {
            String first = Tokens.encode(header);
            byte[] aad = first.getBytes(StandardCharsets.US_ASCII);
            byte[] iv = new byte[encryption.ivBytes()];
            Arrays.fill(iv, (byte) 7);
            byte[][] sealed = encryption == ContentEncryption.A256GCM
                    ? gcm(key, aad, iv, content)
                    : cbcWithHmac(key, aad, iv, content);
            return String.join(".", first, "", Tokens.encode(iv), Tokens.encode(sealed[0]), Tokens.encode(sealed[1]));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[][] gcm(byte[] key, byte[] aad, byte[] iv, byte[] content) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, iv));
        cipher.updateAAD(aad);
        byte[] both = cipher.doFinal(content);
        int end = both.length - 16;
        return new byte[][] {Arrays.copyOf(both, end), Arrays.copyOfRange(both, end, both.length)};
    }

    /** RFC 7518 section 5.2.2.1. */
    private static byte[][] cbcWithHmac(byte[] key, byte[] aad, byte[] iv, byte[] content)
            throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        cipher.init(
                Cipher.ENCRYPT_MODE,
                new SecretKeySpec(Arrays.copyOfRange(key, 32, 64), "AES"),
                new IvParameterSpec(iv));
        byte[] ciphertext = cipher.doFinal(content);
        Mac mac = Mac.getInstance("HmacSHA512");
        mac.init(new SecretKeySpec(Arrays.copyOf(key, 32), "HmacSHA512"));
        mac.update(aad);
        mac.update(iv);
        mac.update(ciphertext);
        mac.update(java.nio.ByteBuffer.allocate(8).putLong(aad.length * 8L).array());
        return new byte[][] {ciphertext, Arrays.copyOf(mac.doFinal(), 32)};
    }
}
