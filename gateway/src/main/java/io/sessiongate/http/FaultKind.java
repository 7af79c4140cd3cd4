package io.sessiongate.http;

/**
 * Every way in which a request can fail at the gateway, with whose doing it is and the answer's status. The slug is the
 * stable end of the problem type (RFC 9457) and the value of the outcome tag in metrics and access log.
 */
public enum FaultKind {
    MALFORMED_REQUEST(Owner.CLIENT, 400, "malformed-request", "The request is malformed."),
    AMBIGUOUS_PATH(Owner.CLIENT, 400, "ambiguous-path", "The request path can be read in more than one way."),
    TOKEN_CONFLICT(Owner.CLIENT, 400, "token-conflict", "The request carries more than one token."),
    TOKEN_MISSING(Owner.CLIENT, 401, "token-missing", "Sign in to continue."),
    TOKEN_INVALID(Owner.CLIENT, 401, "token-invalid", "The token is not valid."),
    TOKEN_EXPIRED(Owner.CLIENT, 401, "token-expired", "The token has expired."),
    SESSION_ENDED(Owner.CLIENT, 401, "session-ended", "The session has ended."),
    ROLE_MISSING(Owner.CLIENT, 403, "role-missing", "This account may not do that."),
    NO_ROUTE(Owner.CLIENT, 404, "no-route", "There is nothing here."),
    METHOD_NOT_ALLOWED(Owner.CLIENT, 405, "method-not-allowed", "This method is not allowed here."),
    REQUEST_TIMEOUT(Owner.CLIENT, 408, "request-timeout", "The request took too long to arrive."),
    BODY_TOO_LARGE(Owner.CLIENT, 413, "body-too-large", "The request body is too large."),
    URI_TOO_LONG(Owner.CLIENT, 414, "uri-too-long", "The request target is too long."),
    TOO_MANY_ATTEMPTS(
            Owner.CLIENT, 429, "too-many-attempts", "Too many unknown sessions were tried from this address."),
    RATE_LIMITED(Owner.CLIENT, 429, "rate-limited", "Too many requests; try again later."),
    HEAD_TOO_LARGE(Owner.CLIENT, 431, "head-too-large", "The request header fields are too large."),
    CLIENT_GONE(Owner.CLIENT, 499, "client-gone", "The client left before the answer."),
    INTERNAL_ERROR(Owner.GATEWAY, 500, "internal-error", "The gateway failed."),
    UPSTREAM_UNREACHABLE(Owner.UPSTREAM, 502, "upstream-unreachable", "The application cannot be reached."),
    UPSTREAM_BROKE(Owner.UPSTREAM, 502, "upstream-broke", "The application broke off its answer."),
    SESSION_CHECK_UNAVAILABLE(
            Owner.SESSION_STORE, 503, "session-check-unavailable", "The session cannot be checked right now."),
    OVERLOADED(Owner.GATEWAY, 503, "overloaded", "Too much is going on; try again shortly."),
    UPSTREAM_BUSY(Owner.UPSTREAM, 503, "upstream-busy", "The application is at its limit; try again shortly."),
    /** Said to clients of gRPC alone, in their own words. */
    DEADLINE_EXCEEDED(Owner.CLIENT, 504, "deadline-exceeded", "The time that the client gave this call is over."),
    UPSTREAM_TIMEOUT(Owner.UPSTREAM, 504, "upstream-timeout", "The application took too long to answer."),
    VERSION_NOT_SUPPORTED(Owner.CLIENT, 505, "version-not-supported", "This HTTP version is not supported.");

    private final Owner owner;
    private final int status;
    private final String slug;
    private final String title;

    FaultKind(Owner owner, int status, String slug, String title) {
        this.owner = owner;
        this.status = status;
        this.slug = slug;
        this.title = title;
    }

    public Owner owner() {
        return owner;
    }

    /** The status code of the answer; 499 is never sent, only counted. */
    public int status() {
        return status;
    }

    public String slug() {
        return slug;
    }

    public String title() {
        return title;
    }

    /** True where the same request may succeed shortly, so that the answer carries {@code Retry-After}. */
    public boolean retryLater() {
        return status == 503 || status == 429;
    }

    /** Whose doing a fault is. */
    public enum Owner {
        CLIENT,
        UPSTREAM,
        SESSION_STORE,
        GATEWAY
    }
}
