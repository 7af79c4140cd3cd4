package io.sessiongate.config;

/** What is done with a request that may not pass. */
public enum Mode {
    /** It is refused. */
    ENFORCE,
    /** It is forwarded all the same, without identity, and reported. */
    OBSERVE
}
