package io.sessiongate.flow;

import io.sessiongate.http.FieldLine;
import io.sessiongate.http.FieldName;
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

    /** Tells gateways and restarts apart; the rest is only unlikely to repeat within one. */
    private final long instance = new SecureRandom().nextLong();

    void assign(Request request) {
        if (request.idField != null) {
            return;
        }
        @Nullable String given = request.head().first(NAME);
        request.idField = given != null && harmless(given) ? FieldLine.of(NAME, given) : next();
    }

    private FieldLine next() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return FieldLine.of(NAME, random.nextLong() ^ instance, random.nextLong());
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
