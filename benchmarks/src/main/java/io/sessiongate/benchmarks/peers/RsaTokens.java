package io.sessiongate.benchmarks.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.util.Base64;

/** Tokens signed with RS256 by a key of 2,048 bits made for the occasion. */
final class RsaTokens {

    private static final int BITS = 2048;
    private static final int PEM_COLUMNS = 64;

    private final KeyPair keys;
    private final Path publicKey;

    private RsaTokens(KeyPair keys, Path publicKey) {
        this.keys = keys;
        this.publicKey = publicKey;
    }

    /** Makes a key and writes its public half to {@code file}. */
    static RsaTokens create(Path file) throws IOException {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(BITS);
            KeyPair keys = generator.generateKeyPair();
            String text = Base64.getMimeEncoder(PEM_COLUMNS, new byte[] {'\n'})
                    .encodeToString(keys.getPublic().getEncoded());
            Files.writeString(file, "-----BEGIN PUBLIC KEY-----\n" + text + "\n-----END PUBLIC KEY-----\n");
            return new RsaTokens(keys, file);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has RSA", e);
        }
    }

    Path publicKey() {
        return publicKey;
    }

    /** The claims of {@code token}, whoever signed it, in a token of ours. */
    String signAgain(String token) {
        String claims = token.split("\\.", -1)[1];
        String signed = encode("{\"alg\":\"RS256\",\"typ\":\"JWT\"}".getBytes(StandardCharsets.UTF_8)) + "." + claims;
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initSign(keys.getPrivate());
            signature.update(signed.getBytes(StandardCharsets.US_ASCII));
            return signed + "." + encode(signature.sign());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every JDK has SHA256withRSA", e);
        }
    }

    private static String encode(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
