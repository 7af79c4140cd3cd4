package io.sessiongate.token;

import io.sessiongate.config.KeyUrl;
import java.net.URI;
import java.util.Map;

/** OpenID Connect Discovery 1.0: from an issuer to the URL of its JWK Set. Stateless. */
final class Discovery {

    private static final String WELL_KNOWN = "/.well-known/openid-configuration";

    private Discovery() {}

    /** Where the issuer's document is (section 4): a slash at its end is left out there, and nowhere else. */
    static URI document(String issuer) {
        String base = issuer.endsWith("/") ? issuer.substring(0, issuer.length() - 1) : issuer;
        return URI.create(base + WELL_KNOWN);
    }

    /**
     * The URL that the document names.
     *
     * @throws IllegalArgumentException with a sentence where it is not that issuer's, or names a place that keys may not
     *     come from
     */
    static URI keys(byte[] json, String issuer) {
        Map<String, Object> members;
        try {
            members = StrictJson.object(json);
        } catch (RuntimeException e) {
            // Without the cause: its message may quote the document.
            throw new IllegalArgumentException("the discovery document is no JSON object, or has a name twice");
        }
        // Section 4.3: exactly. Else one issuer's document could stand in for another's.
        if (!issuer.equals(members.get("issuer"))) {
            throw new IllegalArgumentException(
                    "the discovery document is of another issuer; `discovery` must be its `issuer`, letter for letter");
        }
        if (!(members.get("jwks_uri") instanceof String text)) {
            throw new IllegalArgumentException("the discovery document names no jwks_uri");
        }
        URI url;
        try {
            url = KeyUrl.parse(text);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the jwks_uri of the discovery document: " + e.getMessage(), e);
        }
        // A real issuer has no business in naming a port of this machine.
        if (KeyUrl.isPlainLoopback(url) && !KeyUrl.isPlainLoopback(URI.create(issuer))) {
            throw new IllegalArgumentException("the jwks_uri of the discovery document leads to this machine");
        }
        return url;
    }
}
