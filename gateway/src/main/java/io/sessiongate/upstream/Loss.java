package io.sessiongate.upstream;

/** How an exchange with a server broke. */
public enum Loss {
    /** A kept connection ended before an octet of the answer: most likely the server never saw the request. */
    STALE,
    /** The server has said that it did not look at the request, which may be sent again whatever it asks for (RFC 9113 section 8.7). */
    UNPROCESSED,
    /** A new connection did: the server may have seen it, and done it. */
    UNANSWERED,
    /** An answer had begun, or made no sense. */
    ANSWER
}
