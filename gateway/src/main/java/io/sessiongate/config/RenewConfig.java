package io.sessiongate.config;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How sessions are prolonged while they are used.
 *
 * @param maxAge life of a session from its last renewal
 * @param updateAge part of it after which it is renewed
 * @param domain of the cookie, or null for the host alone
 * @param sameSite {@code Lax}, {@code Strict} or {@code None}
 * @param secure whether the cookie is for https alone, as one is anyway whose name says so
 */
public record RenewConfig(
        Duration maxAge, Duration updateAge, @Nullable String domain, String sameSite, boolean secure) {

    /** A session that ends sooner than this from now is due. */
    public Duration dueWithin() {
        return maxAge.minus(updateAge);
    }
}
