package io.sessiongate.config;

/** Which server of an upstream gets the next request. */
public enum Balance {
    /** One after the other. */
    ROUND_ROBIN,
    /** Of two drawn by lot the one with fewer requests under way. */
    LEAST_REQUESTS,
    /** The same for all requests of a session, or without one of a client's address. */
    SESSION
}
