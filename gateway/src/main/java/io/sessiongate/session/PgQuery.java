package io.sessiongate.session;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One of several statements that are sent together.
 *
 * @param parameters as {@link PgStatements#run} takes them; null for a script, as {@link PgStatements#script} takes it
 */
record PgQuery(String sql, @Nullable List<? extends @Nullable Object> parameters) {

    static PgQuery script(String sql) {
        return new PgQuery(sql, null);
    }

    void sendTo(PgStatements statements, java.util.function.Consumer<PgAnswer> then) {
        if (parameters == null) {
            statements.script(sql, then);
        } else {
            statements.run(sql, parameters, then);
        }
    }
}
