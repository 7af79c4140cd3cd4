package io.sessiongate.http;

/** Status line and header fields of one response. */
public interface ResponseHead extends HeaderFields {

    /** The status code, 100 to 599. */
    int status();
}
