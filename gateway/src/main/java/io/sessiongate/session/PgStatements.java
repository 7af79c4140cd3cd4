package io.sessiongate.session;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs statements, one at a time. Confined to the check loop; every callback comes on it, exactly once, and never before the
 * call that wants it returns.
 */
interface PgStatements {

    /**
     * Runs one statement.
     *
     * @param parameters {@code String}, {@code Long}, or an array of {@code String}, {@code Long} or {@code UUID}: the driver
     *     converts nothing between those families
     */
    void run(String sql, List<? extends @Nullable Object> parameters, Consumer<PgAnswer> then);

    /** Runs statements without parameters, one after the other in one implicit transaction, as {@code psql -c} does. */
    void script(String sql, Consumer<PgAnswer> then);
}
