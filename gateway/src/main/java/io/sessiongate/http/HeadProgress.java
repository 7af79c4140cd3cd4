package io.sessiongate.http;

/** What came of reading a head. */
public enum HeadProgress {
    /** It goes on in octets that have not come yet. */
    MORE,
    /** It is whole. */
    DONE,
    /** It is none, or too large. Nothing behind it can be understood. */
    REFUSED
}
