package io.sessiongate.session;

import java.util.Map;

/** One statement that writes something to a batch of sessions, made for the columns as they are. */
interface PgWrite {

    /** The statement, and what ids are bound as. */
    record Statement(String sql, PgIdType ids) {}

    /** A statement that shows the types of the columns, the session's id as {@code id}. */
    String probe();

    /**
     * The statement for columns of these types.
     *
     * @param types the driver's names of the types, by the names that the probe gives
     */
    Statement statement(Map<String, String> types) throws PgLookup.Unusable;
}
