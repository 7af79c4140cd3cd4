package io.sessiongate.flow;

import io.sessiongate.http.FieldLine;
import io.sessiongate.http.FieldName;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Gives every request an id: the client's own {@code X-Request-Id} where it is harmless (1 to 128 letters, digits,
 * {@code -_.=+/:@}), else 22 characters of our own, unique but not secret. Thread-safe.
 */
public final class RequestIds {

    static final String FIELD = "X-Request-Id";
    private static final FieldName NAME = FieldName.of(FIELD);
    private static final int MAX_CHARS = 128;
    private static final byte[] DIGITS = "0123456789abcdefghijklmnopqrstuv".getBytes(StandardCharsets.US_ASCII);

    /** Tells gateways and restarts apart; the rest is only unlikely to repeat within one. */
    private final long instance = new SecureRandom().nextLong();

    void assign(Request request) {
        if (!request.id.isEmpty()) {
            return;
        }
        @Nullable String given = request.head().first(NAME);
        if (given != null && harmless(given)) {
            request.id = given;
        } else {
            request.id = next();
        }
        request.idField = FieldLine.of(NAME, request.id);
    }

    private String next() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        byte[] id = new byte[22];
        long high = random.nextLong() ^ instance;
        long low = random.nextLong();
        for (int i = 0; i < 11; i++) {
            id[i] = DIGITS[(int) (high >>> (5 * i)) & 31];
            id[11 + i] = DIGITS[(int) (low >>> (5 * i)) & 31];
        }
        return new String(id, StandardCharsets.ISO_8859_1);
    }

    private static boolean harmless(String id) {
        if (id.isEmpty() || id.length() > MAX_CHARS) {
            return false;
        }
        for (int i = 0; i < id.length(); i++) {
            char c = id.charAt(i);
            boolean plain = (c >= '0' && c <= '9')
                    || (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || "-_.=+/:@".indexOf(c) >= 0;
            if (!plain) {
                return false;
            }
        }
        return true;
    }
}
