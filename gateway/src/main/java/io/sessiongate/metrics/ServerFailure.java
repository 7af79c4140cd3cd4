package io.sessiongate.metrics;

/** What a server of an upstream did wrong. */
public enum ServerFailure {
    CONNECT("connect"),
    BROKE("broke"),
    TIMEOUT("timeout"),
    STATUS("status"),
    CHECK("check");

    private final String tag;

    ServerFailure(String tag) {
        this.tag = tag;
    }

    /** As metrics and pages call it. */
    public String tag() {
        return tag;
    }
}
