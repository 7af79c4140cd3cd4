package io.sessiongate.token;

import org.jspecify.annotations.Nullable;

/** What is known about the token of a request. */
public sealed interface TokenVerdict {

    /**
     * Good at this moment.
     *
     * @param amongOthers the cookie it was in, where there were other session cookies that do not count and must not reach the
     *     application ({@link TokenGate#withoutRivals}); else null
     */
    record Valid(VerifiedToken token, @Nullable String amongOthers) implements TokenVerdict {

        /** The only token of its request. */
        public Valid(VerifiedToken token) {
            this(token, null);
        }
    }

    /** The request carries none. */
    record Absent() implements TokenVerdict {}

    /** The request carries two that differ, or one place carries several. */
    record Conflict() implements TokenVerdict {}

    /** There is one and it is refused. */
    record Invalid(Reason reason) implements TokenVerdict {}

    /** It could not be verified now: the queue of slow verifications is full. */
    record Unavailable() implements TokenVerdict {}

    /** Why a token is refused: a metric tag and a field of the access log; the client learns only "expired" or "invalid". */
    enum Reason {
        TOO_LARGE,
        MALFORMED,
        UNKNOWN_KEY,
        BAD_SIGNATURE,
        EXPIRED,
        NOT_YET_VALID,
        WRONG_ISSUER,
        WRONG_AUDIENCE,
        MISSING_CLAIM
    }
}
