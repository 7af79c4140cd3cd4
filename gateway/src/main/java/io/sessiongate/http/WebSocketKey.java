package io.sessiongate.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;

/**
 * By what a server of WebSockets shows that it has read the wish for one, and is no other server that was tricked into an answer (RFC 6455
 * sections 1.3 and 4.1). Stateless; any thread.
 */
public final class WebSocketKey {

    private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private WebSocketKey() {}

    /** A new one, to be sent as {@code Sec-WebSocket-Key}. It is no secret. */
    public static String fresh() {
        byte[] key = new byte[16];
        ThreadLocalRandom.current().nextBytes(key);
        return Base64.getEncoder().encodeToString(key);
    }

    /** What a server answers to such a key by {@code Sec-WebSocket-Accept}. */
    public static String accept(String key) {
        try {
            byte[] both = (key + GUID).getBytes(StandardCharsets.ISO_8859_1);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(both));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
