package io.sessiongate.session;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The kinds of session ids a batch is bound as. An id that is not well-formed for its kind is no id of any row: it is left
 * out before binding, as the server would fail the whole batch for it.
 */
enum PgIdType {
    TEXT {
        @Override
        @Nullable String canonical(String id) {
            // PostgreSQL has no text with a NUL in it.
            return id.indexOf('\0') < 0 ? id : null;
        }

        @Override
        Object[] array(List<String> canonical) {
            return canonical.toArray(new String[0]);
        }
    },

    UUID {
        /** RFC 9562 with or without hyphens, in either letter case. */
        @Override
        @Nullable String canonical(String id) {
            if (id.length() != 36 && id.length() != 32) {
                return null;
            }
            StringBuilder hex = new StringBuilder(36);
            for (int i = 0; i < id.length(); i++) {
                char c = id.charAt(i);
                if (id.length() == 36 && (i == 8 || i == 13 || i == 18 || i == 23)) {
                    if (c != '-') {
                        return null;
                    }
                    continue;
                }
                // Character.digit also knows digits of other scripts, which PostgreSQL does not.
                if (c >= 0x80 || Character.digit(c, 16) < 0) {
                    return null;
                }
                hex.append(c >= 'A' && c <= 'F' ? (char) (c + 32) : c);
            }
            return hex.insert(20, '-')
                    .insert(16, '-')
                    .insert(12, '-')
                    .insert(8, '-')
                    .toString();
        }

        @Override
        Object[] array(List<String> canonical) {
            return canonical.stream().map(java.util.UUID::fromString).toArray(java.util.UUID[]::new);
        }
    },

    BIGINT {
        /** Decimal, as PostgreSQL writes it: no sign but a minus, no leading zero. */
        @Override
        @Nullable String canonical(String id) {
            if (id.isEmpty() || id.length() > 20) {
                return null;
            }
            try {
                return Long.toString(Long.parseLong(id)).equals(id) ? id : null;
            } catch (NumberFormatException e) {
                return null;
            }
        }

        @Override
        Object[] array(List<String> canonical) {
            return canonical.stream().map(Long::valueOf).toArray(Long[]::new);
        }
    };

    /** The one spelling PostgreSQL gives this id, or null when it cannot be an id of this kind. */
    abstract @Nullable String canonical(String id);

    /** The array the driver binds, of ids in canonical spelling. */
    abstract Object[] array(List<String> canonical);
}
