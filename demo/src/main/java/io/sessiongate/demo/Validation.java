package io.sessiongate.demo;

/** Who validates a request's session. */
public enum Validation {
    /** The application, with a query for each request through its own pool: the situation the gateway cures. */
    ITSELF,
    /** The gateway in front; the application believes its headers and makes no session query at all. */
    GATEWAY
}
