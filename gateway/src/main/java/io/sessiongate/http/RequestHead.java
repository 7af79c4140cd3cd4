package io.sessiongate.http;

/** Request line and header fields of one request, as received and already checked for strict framing. */
public interface RequestHead extends HeaderFields {

    /** The method token as received; methods are case-sensitive (RFC 9110 section 9.1). */
    String method();

    /** The request target in origin form ({@code /path?query}), or {@code *} for {@code OPTIONS *}; never decoded. */
    String target();

    /** Replaces the request target of the message that will be sent on. */
    void target(String target);
}
