package io.sessiongate.flow;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** Gathers one answer's body, as long as it is small; confined to the request's loop. */
final class SessionAnswerCopy implements BodyCopy {

    private static final int FIRST_BYTES = 1024;

    private final List<Map.Entry<String, String>> fields;
    private final BiConsumer<List<Map.Entry<String, String>>, String> then;
    private byte[] bytes = new byte[FIRST_BYTES];
    private int length;
    private boolean tooLarge;

    SessionAnswerCopy(
            List<Map.Entry<String, String>> fields, BiConsumer<List<Map.Entry<String, String>>, String> then) {
        this.fields = fields;
        this.then = then;
    }

    @Override
    public void piece(ByteBuffer piece) {
        int more = piece.remaining();
        if (tooLarge || length + more > SessionAnswers.MOST_BODY_BYTES) {
            tooLarge = true;
            bytes = new byte[0];
            return;
        }
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
        piece.get(bytes, length, more);
        length += more;
    }

    @Override
    public void end() {
        byte[] body = Arrays.copyOf(bytes, tooLarge ? 0 : length);
        if (!tooLarge && SessionAnswerRules.speaksOfSomebody(body)) {
            then.accept(fields, new String(body, StandardCharsets.UTF_8));
        }
    }
}
