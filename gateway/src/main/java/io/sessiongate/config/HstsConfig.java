package io.sessiongate.config;

import java.time.Duration;

/** What {@code Strict-Transport-Security} says (RFC 6797). */
public record HstsConfig(Duration maxAge, boolean includeSubdomains, boolean preload) {

    /** The field's value. */
    public String value() {
        return "max-age=" + maxAge.toSeconds() + (includeSubdomains ? "; includeSubDomains" : "")
                + (preload ? "; preload" : "");
    }
}
