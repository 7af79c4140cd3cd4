package io.sessiongate.session;

import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.io.IOException;
import java.util.Set;

/**
 * An error PostgreSQL reported, and what it means here. Judged by its code alone (PostgreSQL documentation, appendix A): the
 * severity comes in the server's language.
 */
record PgFailure(String sqlState, String text) {

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

    /** Whether the server ends the connection with it: shutdown, idle limits, protocol. */
    boolean isFatal() {
        return sqlState.startsWith("57P") || sqlState.startsWith("25P0") || sqlState.startsWith("08");
    }

    /**
     * Whether the connection should be replaced: a new one looks again at what types the columns have, and through a
     * pooler meets another server.
     */
    boolean isDisturbing() {
        return !isCanceled() && DISTURBING.contains(sqlClass());
    }

    /** For the log and {@code /readyz}: one line, without values. */
    String message() {
        if (!SPEAKABLE.contains(sqlClass())) {
            return "PostgreSQL reported an error (SQLSTATE " + sqlState + ")";
        }
        return "PostgreSQL: " + oneLine(text) + " (" + sqlState + ")";
    }

    /**
     * The same for what is not PostgreSQL's: only what the network says is passed on, as the driver's own complaints quote
     * parameters.
     */
    static String messageOf(Throwable fault) {
        for (Throwable cause = fault; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException || cause instanceof PgLookup.Unusable) {
                return oneLine(String.valueOf(cause.getMessage()));
            }
        }
        return saysNoTls(fault)
                ? "the server speaks no TLS"
                : "the connection failed: " + fault.getClass().getSimpleName();
    }

    /** The driver has no type for it. */
    static boolean saysNoTls(Throwable fault) {
        return String.valueOf(fault.getMessage()).contains("does not handle SSL");
    }

    /** The driver compares parameters with what the server expects before it sends them; it has no type for that either. */
    static boolean saysNotBindable(Throwable fault) {
        String message = String.valueOf(fault.getMessage());
        return message.contains("can not be coerced") || message.contains("number of parameters");
    }

    private static String oneLine(String text) {
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
