package io.sessiongate.identity;

/** Where work goes that is too slow for an event loop. */
@FunctionalInterface
public interface Offload {

    /** Runs the task soon on another thread, exactly once; false when the queue is full, and then never. */
    boolean tryExecute(Runnable task);
}
