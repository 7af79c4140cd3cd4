package io.sessiongate.session;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** The one thread on which checks are organised, with its clock; virtual in simulations and tests. */
interface CheckLoop extends Executor {

    /** Monotonic time in nanoseconds; may be read on any thread. */
    long nanoTime();

    /** Runs the task on the loop after the delay unless cancelled before. */
    Timer schedule(long delayNanos, Runnable task);

    /** Runs the task on the loop, or says false where the loop has stopped. Any thread. */
    default boolean tryExecute(Runnable task) {
        try {
            execute(task);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    /** A scheduled task. */
    interface Timer {
        void cancel();
    }
}
