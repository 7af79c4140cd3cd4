package io.sessiongate.listener;

/** How the body of an answer goes to the client. */
enum AnswerFraming {
    /** There is none. */
    BODILESS,
    /** By its length, or, over HTTP/2, by its last frame. */
    DELIMITED,
    /** In chunks of HTTP/1.1. */
    CHUNKED,
    /** Only the end of the connection ends it. */
    UNTIL_CLOSE
}
