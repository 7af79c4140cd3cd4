package io.sessiongate.config;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * URLs that keys may come from. Whoever can change the keys on their way here can be anybody, so it is https; plain HTTP
 * stays on this machine. Stateless.
 */
public final class KeyUrl {

    private KeyUrl() {}

    /**
     * Reads one.
     *
     * @throws IllegalArgumentException with a sentence that does not hold the text
     */
    public static URI parse(String text) {
        URI url;
        try {
            url = new URI(text);
        } catch (URISyntaxException e) {
            // Without the cause: its message quotes the text.
            throw new IllegalArgumentException("not a URL");
        }
        if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("a URL with a user or a fragment; expected one without");
        }
        if (url.getHost() == null) {
            throw new IllegalArgumentException("not a URL with a host, such as https://issuer.example.com");
        }
        if (!"https".equals(url.getScheme()) && !isPlainLoopback(url)) {
            throw new IllegalArgumentException("expected https (plain http only to this machine itself)");
        }
        return url;
    }

    /** Whether it is plain HTTP to this machine, by its text alone: a name that resolves here today may not tomorrow. */
    public static boolean isPlainLoopback(URI url) {
        String host = url.getHost();
        return "http".equals(url.getScheme())
                && ("localhost".equals(host) || "[::1]".equals(host) || "127.0.0.1".equals(host));
    }
}
