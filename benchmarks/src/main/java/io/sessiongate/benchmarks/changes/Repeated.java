package io.sessiongate.benchmarks.changes;

import java.time.Duration;

/** Does a thing a number of times, spread over a time, on a thread of its own. */
final class Repeated extends Thread {

    /** What is done; each time with its number. */
    @FunctionalInterface
    interface Step {
        void run(int number) throws Exception;
    }

    private final int times;
    private final long intervalMillis;
    private final Step step;
    private volatile int done;

    private Repeated(String name, int times, Duration length, Step step) {
        super(name);
        this.times = times;
        // All of it in the first nine tenths, so that what follows is seen under load as well.
        this.intervalMillis = times == 0 ? 0 : length.toMillis() * 9 / 10 / times;
        this.step = step;
        setDaemon(true);
    }

    static Repeated run(String name, int times, Duration length, Step step) {
        var repeated = new Repeated(name, times, length, step);
        repeated.start();
        return repeated;
    }

    @Override
    public void run() {
        try {
            for (int i = 0; i < times; i++) {
                Thread.sleep(intervalMillis);
                step.run(i);
                done = i + 1;
            }
        } catch (InterruptedException e) {
            interrupt();
        } catch (Exception e) {
            System.out.println(getName() + ": " + e);
        }
    }

    int done() {
        return done;
    }
}
