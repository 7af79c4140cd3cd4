package io.sessiongate.flow;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The place of one answer. It is there from the moment the application is asked, so that what clears it meanwhile is not undone by
 * an answer from before. For any thread.
 */
final class SessionAnswerSlot {

    /** Stands for the check that the first one to use the answer finds; for a token nobody has sent yet. */
    static final long ANY_CHECK = -1;

    private record State(
            int generation,
            long checkedAtEpochMillis,
            @Nullable KeptAnswer answer) {}

    private final AtomicReference<State> state = new AtomicReference<>(new State(0, ANY_CHECK, null));

    int generation() {
        return now().generation();
    }

    /** The answer, if it was asked for under that check of the session and not before {@code sinceNanos}. */
    @Nullable KeptAnswer find(long checkedAtEpochMillis, long sinceNanos) {
        State found = now();
        @Nullable KeptAnswer answer = found.answer();
        if (answer == null || answer.askedNanos() - sinceNanos < 0) {
            return null;
        }
        if (found.checkedAtEpochMillis() == ANY_CHECK) {
            State bound = new State(found.generation(), checkedAtEpochMillis, answer);
            return state.compareAndSet(found, bound) ? answer : null;
        }
        return found.checkedAtEpochMillis() == checkedAtEpochMillis ? answer : null;
    }

    /** Fills it, unless it was cleared since it had that generation. */
    boolean fill(int generation, long checkedAtEpochMillis, KeptAnswer answer) {
        State found = now();
        return found.generation() == generation
                && state.compareAndSet(found, new State(generation, checkedAtEpochMillis, answer));
    }

    void clear() {
        State found = now();
        while (!state.compareAndSet(found, new State(found.generation() + 1, ANY_CHECK, null))) {
            found = now();
        }
    }

    int weight() {
        @Nullable KeptAnswer answer = now().answer();
        return answer == null ? 0 : answer.weight();
    }

    private State now() {
        return Objects.requireNonNull(state.get());
    }
}
