package io.sessiongate.session;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the answers of several statements and makes them one: the tables of all in their order, or the first failure, once
 * the last has ended. Confined to the check loop.
 */
final class PgTogether implements Consumer<PgAnswer> {

    private final List<PgTable> tables = new ArrayList<>();
    private final Consumer<PgAnswer> then;
    private int missing;
    private PgAnswer.@Nullable Failed failure;

    PgTogether(int statements, Consumer<PgAnswer> then) {
        this.missing = statements;
        this.then = then;
    }

    @Override
    public void accept(PgAnswer answer) {
        if (answer instanceof PgAnswer.Done done) {
            tables.addAll(done.tables());
        } else if (failure == null && answer instanceof PgAnswer.Failed failed) {
            failure = failed;
        }
        if (--missing == 0) {
            then.accept(failure == null ? new PgAnswer.Done(tables) : failure);
        }
    }
}
