package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.util.Set;

/**
 * An error PostgreSQL reported, and what it means here. Codes: PostgreSQL documentation, appendix A.
 *
 * @param fatal whether the server ends the connection with it
 */
record PgFailure(String sqlState, String text, boolean fatal) {

    private static final String QUERY_CANCELED = "57014";
    private static final int MAX_TEXT = 300;

    /** Classes whose texts name things of the schema, the server, or the login, never a value of a row or a parameter. */
    private static final Set<String> SPEAKABLE =
            Set.of("08", "0A", "25", "26", "28", "3D", "3F", "42", "53", "54", "55", "57", "58");

    /** Classes after which the connection's idea of the schema or of itself may be wrong. */
    private static final Set<String> DISTURBING = Set.of("08", "0A", "25", "26", "42", "57", "58", "XX");

    boolean isCanceled() {
        return QUERY_CANCELED.equals(sqlState);
    }

    UnknownReason reason() {
        return isCanceled() ? UnknownReason.QUERY_TIMEOUT : UnknownReason.DATABASE_UNAVAILABLE;
    }

    /**
     * Whether the connection should be replaced: a new one looks again at what types the columns have, and through a
     * pooler meets another server.
     */
    boolean isDisturbing() {
        return fatal || (!isCanceled() && DISTURBING.contains(sqlClass()));
    }

    /** For the log and {@code /readyz}: one line, without values. */
    String message() {
        if (!SPEAKABLE.contains(sqlClass())) {
            return "PostgreSQL reported an error (SQLSTATE " + sqlState + ")";
        }
        return "PostgreSQL: " + oneLine(text) + " (" + sqlState + ")";
    }

    static String oneLine(String text) {
        String flat = text.codePoints()
                .limit(MAX_TEXT)
                .map(c -> Character.isISOControl(c) ? ' ' : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return flat.strip();
    }

    private String sqlClass() {
        return sqlState.length() >= 2 ? sqlState.substring(0, 2) : sqlState;
    }
}
