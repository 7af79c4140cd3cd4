package io.sessiongate.upstream;

/** How an exchange with a server broke. */
public enum Loss {
    /** A kept connection ended before an octet of the answer: most likely the server never saw the request. */
    STALE,
    /** A new connection did: the server may have seen it, and done it. */
    UNANSWERED,
    /** An answer had begun, or made no sense. */
    ANSWER
}
