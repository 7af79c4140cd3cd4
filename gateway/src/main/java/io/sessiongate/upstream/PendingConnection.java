package io.sessiongate.upstream;

/** A wish for a connection that may not be granted yet. */
public interface PendingConnection {

    /** There is nothing to take back. */
    PendingConnection NONE = () -> {};

    /** Takes the wish back; no event follows. Without effect once it was granted or refused. */
    void cancel();
}
