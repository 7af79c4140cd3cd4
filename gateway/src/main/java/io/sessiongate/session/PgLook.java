package io.sessiongate.session;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A look at what a lookup meets in this database: the columns' types, which make the statement, and that statement once
 * without ids. Used once. Confined to the check loop; the deadline is the caller's.
 */
final class PgLook {

    /** What was seen. */
    sealed interface Result {
        /** {@code columns} gives the type of each column by its name, in capitals. */
        record Usable(PgLookup.Check check, Map<String, String> columns) implements Result {}

        /** {@code message} is for the log and says what would be right where it can. */
        record Unusable(String message) implements Result {}
    }

    private final PgStatements link;
    private final PgLookup lookup;

    PgLook(PgStatements link, PgLookup lookup) {
        this.link = link;
        this.lookup = lookup;
    }

    void begin(Consumer<Result> then) {
        columns(PgLookup.parameterCandidates(), then);
    }

    /** Looks at the columns, binding a query's parameter as one kind after the other until the driver takes it. */
    private void columns(List<PgIdType> kinds, Consumer<Result> then) {
        PgIdType kind = kinds.get(0);
        Consumer<PgAnswer> onAnswer = answer -> {
            if (answer instanceof PgAnswer.Done done) {
                onColumns(done.table(), kind, then);
            } else if (answer instanceof PgAnswer.Failed failed) {
                if (!failed.isNotBindable()) {
                    then.accept(new Result.Unusable(failed.message()));
                } else if (kinds.size() > 1) {
                    columns(kinds.subList(1, kinds.size()), then);
                } else {
                    then.accept(new Result.Unusable(
                            "the session query must have one parameter, $1, an array of text, uuid or bigint"));
                }
            }
        };
        if (lookup.isTable()) {
            link.script(lookup.probe(), onAnswer);
        } else {
            link.run(lookup.probe(), PgConnector.parameter(kind, List.of()), onAnswer);
        }
    }

    private void onColumns(PgTable probed, PgIdType kind, Consumer<Result> then) {
        Map<String, String> types = new LinkedHashMap<>();
        probed.columns().forEach(column -> types.put(column.name(), column.type()));
        PgLookup.Check check;
        try {
            check = lookup.check(kind, types);
        } catch (PgLookup.Unusable e) {
            then.accept(new Result.Unusable(PgFailure.messageOf(e)));
            return;
        }
        link.run(
                check.sql(),
                PgConnector.parameter(check.parameter(), List.of()),
                answer -> then.accept(
                        answer instanceof PgAnswer.Failed failed
                                ? new Result.Unusable(failed.message())
                                : new Result.Usable(check, types)));
    }
}
