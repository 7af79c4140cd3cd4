package io.sessiongate.upstream;

/** A wish for a connection that may not be granted yet. */
public interface PendingConnection {

    /** There is nothing to take back. */
    PendingConnection NONE = () -> {};

    /** Takes the wish back; no event follows. Without effect once it was granted or refused. */
    void cancel();

    /** The whole body of the request is here: it needs no place among the uploads any more. */
    default void bodyHere() {}
}
