package io.sessiongate.app;

import io.sessiongate.config.Change;
import io.sessiongate.config.ConfigFile;
import io.sessiongate.config.EffectiveConfig;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.Problem;
import io.sessiongate.config.Reading;
import io.sessiongate.config.ReloadConfig;
import io.sessiongate.metrics.ReloadMeters;
import io.sessiongate.metrics.ReloadMeters.Result;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads the configuration again: when a file has changed, on a signal, when somebody asks who may. One at a time, on a thread of its
 * own, {@value #THREAD}; however many ask meanwhile, one more follows. What is not valid, or cannot be put to use, changes nothing.
 */
final class Reloads {

    static final String THREAD = "sessiongate-reload";

    private static final Logger LOG = LoggerFactory.getLogger(Reloads.class);

    /** Whoever writes a file, and those beside it, has this long from one look to the next. */
    private static final Duration SETTLING = Duration.ofMillis(200);

    private static final int MOST_LOOKS = 25;
    private static final Duration CLOSE_BOUND = Duration.ofSeconds(5);

    /** Who wants it. */
    enum Trigger {
        SIGNAL,
        FILES,
        ADMIN
    }

    /** What came of one. */
    sealed interface Outcome {
        /**
         * It holds, or says what holds already.
         *
         * @param changes what was put to use
         * @param pending what only a new start brings about
         */
        record Loaded(List<Change> changes, List<Change> pending) implements Outcome {}

        /** Nothing has changed. */
        record Invalid(List<Problem> problems) implements Outcome {}

        /** Nothing has changed; a sentence for the user. */
        record Failed(String message) implements Outcome {}
    }

    /**
     * What is read, and what has been.
     *
     * @param first what the gateway was started with
     */
    record Origin(ConfigFile file, Reading first) {}

    /** Does something before and after a load. */
    interface Loading {
        Outcome of(Supplier<Outcome> load);
    }

    private final Origin origin;
    private final ReloadMeters meters;
    private final InstantSource clock;
    private final ScheduledThreadPoolExecutor thread = thread();
    private final FileWatch watch = new FileWatch();
    private final AtomicBoolean busy = new AtomicBoolean();
    private final AtomicReference<@Nullable Trigger> again = new AtomicReference<>();

    // Of the thread.
    private Consumer<GatewayConfig> use = config -> {};
    private Loading around = Supplier::get;
    private EffectiveConfig running;
    private ReloadConfig rules = ReloadConfig.DEFAULT;
    private int looks;
    private boolean compared;
    private @Nullable ScheduledFuture<?> nextLook;

    Reloads(Origin origin, ReloadMeters meters, InstantSource clock) {
        this.origin = origin;
        this.meters = meters;
        this.clock = clock;
        this.running = Objects.requireNonNull(origin.first().effective(), "a gateway runs with what is valid");
        if (origin.first().result() instanceof LoadResult.Loaded loaded) {
            rules = loaded.config().reload();
        }
    }

    private static ScheduledThreadPoolExecutor thread() {
        ScheduledThreadPoolExecutor made = new ScheduledThreadPoolExecutor(1, work -> {
            Thread thread = new Thread(work, THREAD);
            thread.setDaemon(true);
            return thread;
        });
        made.setRemoveOnCancelPolicy(true);
        made.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
        return made;
    }

    /** The thread, for what has to be done on it later. */
    ScheduledThreadPoolExecutor loader() {
        return thread;
    }

    /** Begins to look at the files; {@code use} puts a configuration to use or throws, and is called on the thread. */
    void start(Consumer<GatewayConfig> use) {
        start(use, Supplier::get);
    }

    /** The same; whatever is loaded is loaded by {@code around}. */
    void start(Consumer<GatewayConfig> use, Loading around) {
        thread.execute(() -> {
            this.use = use;
            this.around = around;
            watch.files(origin.first().files());
            lookLater();
        });
    }

    /** Ends when what is under way is done, within five seconds. */
    void stop() {
        thread.shutdown();
        try {
            if (!thread.awaitTermination(CLOSE_BOUND.toMillis(), TimeUnit.MILLISECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            thread.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    /** Wants it loaded again, after what is under way. Any thread; returns at once. */
    void want(Trigger trigger) {
        again.set(trigger);
        pump();
    }

    private void pump() {
        if (busy.compareAndSet(false, true)) {
            execute(() -> {
                @Nullable Trigger trigger = again.getAndSet(null);
                if (trigger != null) {
                    var unused = load(trigger);
                }
                done();
            });
        }
    }

    /** Loads it again and tells what came of it; null where it is being loaded already. Any thread; returns at once. */
    @Nullable CompletableFuture<Outcome> ask() {
        if (!busy.compareAndSet(false, true)) {
            return null;
        }
        CompletableFuture<Outcome> told = new CompletableFuture<>();
        execute(() -> {
            Outcome outcome = load(Trigger.ADMIN);
            done();
            told.complete(outcome);
        });
        return told;
    }

    private void done() {
        busy.set(false);
        if (again.get() != null) { // said while it was under way
            pump();
        }
    }

    private void execute(Runnable task) {
        try {
            thread.execute(task);
        } catch (RejectedExecutionException e) {
            // The gateway stops.
        }
    }

    // ---- on the thread

    private void lookLater() {
        ScheduledFuture<?> planned = nextLook;
        if (planned != null) {
            planned.cancel(false);
        }
        nextLook =
                rules.watch() ? thread.schedule(this::look, rules.interval().toMillis(), TimeUnit.MILLISECONDS) : null;
    }

    private void look() {
        // Once: what changed between the first reading and the first look has left no trace in the files.
        boolean missed = !compared && isAnother();
        compared = true;
        if (watch.changed() || missed) {
            looks = MOST_LOOKS;
            settle();
        } else {
            lookLater();
        }
    }

    private boolean isAnother() {
        Reading reading = origin.file().read();
        EffectiveConfig now = reading.effective();
        return now == null
                || !(reading.result() instanceof LoadResult.Loaded)
                || !running.changesTo(now).isEmpty();
    }

    /** Until nothing changes any more, though not for ever. */
    private void settle() {
        var unused = thread.schedule(
                () -> {
                    if (watch.changed() && --looks > 0) {
                        settle();
                    } else {
                        want(Trigger.FILES);
                        lookLater();
                    }
                },
                SETTLING.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private Outcome load(Trigger trigger) {
        var unused = watch.changed(); // what changes from here on is for the next time
        Outcome outcome;
        try {
            outcome = around.of(this::load);
        } catch (RuntimeException | Error e) {
            // An Error too (a native library that does not load): the next one could never be loaded.
            LOG.atError().setCause(e).log("The configuration cannot be put to use; the former one holds");
            outcome = new Outcome.Failed(String.valueOf(e.getMessage()));
        }
        Result result = report(outcome, trigger);
        meters.reloaded(result, clock.instant());
        return outcome;
    }

    private Outcome load() {
        Reading reading = origin.file().read();
        watch.keep(reading.files());
        EffectiveConfig next = reading.effective();
        if (reading.result() instanceof LoadResult.Loaded loaded && next != null) {
            EffectiveConfig first = Objects.requireNonNull(origin.first().effective());
            List<Change> changes = running.changesTo(next).stream()
                    .filter(change -> !change.restart())
                    .toList();
            List<Change> pending =
                    first.changesTo(next).stream().filter(Change::restart).toList();
            if (!changes.isEmpty()) {
                loaded.warnings().forEach(warning -> LOG.warn("{}", warning));
                use.accept(loaded.config());
                running = next;
                follow(loaded.config().reload());
            }
            return new Outcome.Loaded(changes, pending);
        }
        return new Outcome.Invalid(
                reading.result() instanceof LoadResult.Invalid invalid ? invalid.problems() : List.of());
    }

    private void follow(ReloadConfig next) {
        rules = next;
        lookLater();
    }

    private static Result report(Outcome outcome, Trigger trigger) {
        String by = trigger.name().toLowerCase(Locale.ROOT);
        if (outcome instanceof Outcome.Invalid invalid) {
            invalid.problems().forEach(problem -> LOG.error("{}", problem));
            LOG.atError()
                    .addKeyValue("by", by)
                    .addKeyValue("problems", invalid.problems().size())
                    .log("The configuration is not valid; the former one holds");
            return Result.INVALID;
        }
        if (!(outcome instanceof Outcome.Loaded loaded)) {
            return Result.FAILED;
        }
        loaded.changes().forEach(change -> LOG.info("{}", change));
        loaded.pending().forEach(change -> LOG.warn("{} (only a new start brings this about)", change));
        LOG.atInfo()
                .addKeyValue("by", by)
                .addKeyValue("changes", loaded.changes().size())
                .addKeyValue("pending", loaded.pending().size())
                .log(loaded.changes().isEmpty() ? "Nothing to load: this configuration holds" : "Configuration loaded");
        return loaded.changes().isEmpty() ? Result.UNCHANGED : Result.APPLIED;
    }
}
