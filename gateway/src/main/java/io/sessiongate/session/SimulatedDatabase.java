package io.sessiongate.session;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The PostgreSQL of a simulation, with one replica that may lag: works on as many queries at once as it has processors, and
 * can be slow, frozen (as by SIGSTOP: it takes everything and answers nothing) or away. Confined to the simulation's thread.
 */
public final class SimulatedDatabase {

    private static final long LOGIN_NANOS = Duration.ofMillis(5).toNanos();
    private static final long REFUSAL_NANOS = Duration.ofMillis(1).toNanos();
    private static final long CONNECT_TIMEOUT_NANOS = Duration.ofSeconds(5).toNanos();

    private final VirtualLoop loop;
    private final DatabaseModel model;
    private final SplittableRandom random;
    private final long[] freeNanos;
    private final Queue<Runnable> held = new ArrayDeque<>();
    private final Set<Runnable> severed = new LinkedHashSet<>();
    private boolean frozen;
    private boolean away;
    private double slowness = 1;
    private long lagNanos;
    private int connections;
    private int mostConnections;
    private long confirmed;

    SimulatedDatabase(VirtualLoop loop, DatabaseModel model, SplittableRandom random) {
        this.loop = loop;
        this.model = model;
        this.random = random;
        this.freeNanos = new long[model.processors()];
    }

    /** Nothing is answered until it thaws, not even that a connection was closed. */
    public void freeze() {
        frozen = true;
    }

    /** Goes on where it stood. */
    public void thaw() {
        frozen = false;
        List<Runnable> all = new ArrayList<>(held);
        held.clear();
        all.forEach(Runnable::run);
    }

    /** Goes down: connections break, new ones are refused. */
    public void goAway() {
        away = true;
        List.copyOf(severed).forEach(Runnable::run);
    }

    public void comeBack() {
        away = false;
    }

    /** Everything takes so many times as long. */
    public void slowDown(double times) {
        slowness = times;
    }

    /** Checks are asked of a replica that is this far behind; zero asks the primary. */
    public void lagBy(Duration lag) {
        lagNanos = lag.toNanos();
    }

    /** Opens a connection; the consumer gets null, or why not. */
    void login(Consumer<@Nullable String> then) {
        if (away) {
            loop.schedule(REFUSAL_NANOS, () -> then.accept("connection refused"));
            return;
        }
        new Login(then).begin();
    }

    private final class Login {
        private final Consumer<@Nullable String> then;
        private boolean over;

        Login(Consumer<@Nullable String> then) {
            this.then = then;
        }

        void begin() {
            loop.schedule(CONNECT_TIMEOUT_NANOS, () -> end("no answer"));
            loop.schedule(LOGIN_NANOS, this::proceed);
        }

        private void proceed() {
            if (over) {
                return;
            }
            if (frozen) {
                held.add(this::proceed);
            } else if (away || connections >= model.maxConnections()) {
                end(away ? "connection refused" : "sorry, too many clients already");
            } else {
                connections++;
                mostConnections = Math.max(mostConnections, connections);
                end(null);
            }
        }

        private void end(@Nullable String refusal) {
            if (!over) {
                over = true;
                then.accept(refusal);
            }
        }
    }

    /** A connection is closed; a frozen server learns of it later. */
    void logout() {
        if (frozen) {
            held.add(this::logout);
        } else {
            connections--;
        }
    }

    /** Runs the task when the server goes down. */
    void onSevered(Runnable task) {
        severed.add(task);
    }

    void forget(Runnable task) {
        severed.remove(task);
    }

    /**
     * Works on a query about so many sessions, then tells as of when (in elapsed time) the answer is.
     */
    void work(int sessions, LongConsumer then) {
        begin(sessions, then);
    }

    /** The same at the primary, for an answer of the replica that was not good enough. */
    void confirm(int sessions, LongConsumer then) {
        confirmed++;
        begin(sessions, then);
    }

    /** Works on a query of somebody who is not simulated. */
    void occupy(double sessions) {
        if (!frozen) {
            int processor = soonestFree();
            freeNanos[processor] = Math.max(loop.elapsedNanos(), freeNanos[processor]) + workNanos(sessions);
        }
    }

    private int soonestFree() {
        int processor = 0;
        for (int i = 1; i < freeNanos.length; i++) {
            processor = freeNanos[i] < freeNanos[processor] ? i : processor;
        }
        return processor;
    }

    private long workNanos(double sessions) {
        return (long)
                (slowness * (model.perQuery().toNanos() + model.perSession().toNanos() * sessions));
    }

    private void begin(int sessions, LongConsumer then) {
        if (frozen) {
            held.add(() -> begin(sessions, then));
            return;
        }
        int processor = soonestFree();
        long tripNanos =
                (long) (model.roundTrip().toNanos() * slowness * (0.5 - 0.5 * Math.log(1 - random.nextDouble())));
        long arrivalNanos = loop.elapsedNanos() + tripNanos / 2;
        long beginNanos = Math.max(arrivalNanos, freeNanos[processor]);
        freeNanos[processor] = beginNanos + workNanos(sessions);
        long endNanos = freeNanos[processor] + tripNanos - tripNanos / 2;
        loop.schedule(endNanos - loop.elapsedNanos(), () -> answer(beginNanos, then));
    }

    private void answer(long asOfNanos, LongConsumer then) {
        if (frozen) {
            held.add(() -> answer(asOfNanos, then));
        } else {
            then.accept(asOfNanos);
        }
    }

    long lagNanos() {
        return lagNanos;
    }

    boolean isUp() {
        return !frozen && !away;
    }

    long confirmed() {
        return confirmed;
    }

    int mostConnections() {
        return mostConnections;
    }
}
