package io.sessiongate.session;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one statement returned.
 *
 * @param columns in their order; none for a statement that returns no rows by its nature
 * @param affected rows it wrote, or returned; without meaning for a statement that does neither
 */
record PgTable(List<Column> columns, List<? extends Row> rows, int affected) {

    /** {@code type} as PostgreSQL's catalog spells it, in capitals: {@code TIMESTAMPTZ}, {@code INT8}, {@code BPCHAR}. */
    record Column(String name, String type) {}

    /** One row; columns count from 0. An accessor fails where the column is of another type. */
    interface Row {
        @Nullable String text(int column);

        @Nullable Double real(int column);

        @Nullable Long integer(int column);

        /** False where it is null. */
        boolean flag(int column);

        String @Nullable [] texts(int column);

        /** Any value, for people to read; what its type's text is to PostgreSQL is better asked for by a cast. */
        @Nullable String shown(int column);
    }
}
