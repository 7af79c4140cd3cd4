package io.sessiongate.flow;

import io.sessiongate.http.FieldLine;
import org.jspecify.annotations.Nullable;

/**
 * What goes for all requests that come in by one listener. Immutable; for any thread.
 *
 * @param secure whether it is TLS
 * @param httpsPort to which plain requests are sent on; 0 where they are not
 * @param hsts is said with every answer; null where nothing is
 * @param certificateHeader tells the application the subject of a client's certificate; null where it is not told
 */
public record Entrance(
        boolean secure,
        int httpsPort,
        @Nullable FieldLine hsts,
        @Nullable String certificateHeader) {

    /** A plain one without anything special. */
    public static final Entrance PLAIN = new Entrance(false, 0, null, null);

    private static final String ACME = "/.well-known/acme-challenge/";

    /** Whether a request is answered with its own address over https. */
    boolean redirects(String target) {
        return httpsPort != 0 && !isAcmeToken(target);
    }

    /**
     * What a certificate authority asks for by plain HTTP (RFC 8555 section 8.3). Nothing but a token in its own alphabet: another
     * path might turn out to lead elsewhere.
     */
    private static boolean isAcmeToken(String target) {
        if (!target.startsWith(ACME) || target.length() == ACME.length()) {
            return false;
        }
        for (int i = ACME.length(); i < target.length(); i++) {
            char c = target.charAt(i);
            boolean ofBase64Url =
                    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
            if (!ofBase64Url) {
                return false;
            }
        }
        return true;
    }
}
