package io.sessiongate.app.status;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;

/**
 * The page itself, one file with its style and script within, and the fields that let a browser run these and nothing else.
 * Immutable; read when somebody first opens it.
 */
public final class StatusPage {

    private static final String RESOURCE = "status.html";

    private final String html;
    private final Map<String, String> fields;

    private StatusPage(String html) {
        this.html = html;
        this.fields = Map.of(
                "Content-Security-Policy",
                "default-src 'none'; script-src " + hash(html, "script") + "; style-src " + hash(html, "style")
                        + "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
                        + "; require-trusted-types-for 'script'; trusted-types 'none'",
                "Cross-Origin-Opener-Policy",
                "same-origin",
                "Cross-Origin-Resource-Policy",
                "same-origin",
                "Referrer-Policy",
                "no-referrer",
                "X-Frame-Options",
                "DENY");
    }

    /** Reads it from the class path. */
    public static StatusPage read() {
        try (InputStream in = StatusPage.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the status page is missing in this build");
            }
            return new StatusPage(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String html() {
        return html;
    }

    /** Fields of the answer that carries it. */
    public Map<String, String> fields() {
        return fields;
    }

    /** CSP level 3, "Hash usage": of what stands between the tags of the one such element. */
    private static String hash(String html, String element) {
        String open = "<" + element + ">";
        int start = html.indexOf(open) + open.length();
        int end = html.indexOf("</" + element + ">", start);
        if (start < open.length() || end < 0 || html.indexOf("<" + element, end) >= 0) {
            throw new IllegalStateException("the status page has not exactly one <" + element + ">");
        }
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256")
                    .digest(html.substring(start, end).getBytes(StandardCharsets.UTF_8));
            return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
