package io.sessiongate.config;

import java.time.Duration;

/**
 * How many requests of one kind one client may make: a bucket of tokens for each, which fills steadily.
 *
 * @param name what routes call it, and clients see
 * @param by what clients are told apart by
 * @param count what takes a token
 * @param requests tokens that come back in {@code per}
 * @param per a second to a day
 * @param burst tokens that a bucket holds, and begins with
 * @param headers whether clients are told with each answer what is left
 */
public record RateLimitConfig(String name, By by, Count count, int requests, Duration per, int burst, boolean headers) {

    /** What a bucket may take from empty to full: it is kept as long. */
    public static final Duration LONGEST_FILL = Duration.ofDays(7);

    public RateLimitConfig {
        if (requests < 1 || burst < 1 || per.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("a rate limit needs requests, burst and per");
        }
        if (per.multipliedBy(burst).dividedBy(requests).compareTo(LONGEST_FILL) > 0) {
            throw new IllegalArgumentException("takes more than 7d to be there again; expected a smaller burst");
        }
    }

    /** From empty to full. */
    public Duration fill() {
        return per.multipliedBy(burst).dividedBy(requests);
    }

    /** What clients are told apart by. */
    public enum By {
        /** The client's address, of IPv6 its /64. */
        ADDRESS,
        /** Whose session it is; the address where there is no live one. */
        SUBJECT,
        /** The session; the address where there is no live one. */
        SESSION
    }

    /** What takes a token. */
    public enum Count {
        /** Every request. */
        REQUESTS,
        /** One that is answered 401. */
        UNAUTHORIZED
    }
}
