package io.sessiongate.session;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What a row of the database says of the sessions that were asked for. Stateless. */
enum PgForm {
    /** It is the session with its id. */
    TABLE,

    /** The same, found by somebody else's statement. */
    QUERY,

    /**
     * It is a user; the session is live that has the version of the row, and is called {@code version:user}. One of another
     * version has no row: on a replica that lags it may be the newer one.
     */
    VERSION {
        @Override
        String key(String sessionId) {
            return sessionId.substring(sessionId.indexOf(':') + 1);
        }

        @Override
        boolean isMeant(String sessionId, PgTable.Row row) {
            String version = row.text(VERSION_COLUMN);
            return version != null && sessionId.indexOf(':') == version.length() && sessionId.startsWith(version);
        }
    },

    /** It is the end of the session with its id; without a row the session is live. */
    DENYLIST {
        @Override
        List<SessionRow> read(PgTable found, PgAskedIds asked) {
            List<SessionRow> rows = new ArrayList<>(super.read(found, asked));
            Set<String> ended = rows.stream().map(SessionRow::id).collect(Collectors.toSet());
            asked.forEach((id, canonical) -> {
                if (!ended.contains(id)) {
                    boolean spelledAlike = id.equals(canonical);
                    rows.add(new SessionRow(id, null, Long.MAX_VALUE, false, Attributes.NONE, spelledAlike));
                }
            });
            return rows;
        }
    };

    /** Where the statement of {@link #VERSION} returns the version, as text. */
    static final int VERSION_COLUMN = 7;

    /** What of the id is looked for. */
    String key(String sessionId) {
        return sessionId;
    }

    /** Whether the row is about this session, whose key it has. */
    boolean isMeant(String sessionId, PgTable.Row row) {
        return true;
    }

    /** What a {@linkplain PgLookup check's} rows say; nothing of ids that could not be in the database at all. */
    List<SessionRow> read(PgTable found, PgAskedIds asked) {
        List<SessionRow> rows = new ArrayList<>(found.rows().size());
        for (PgTable.Row row : found.rows()) {
            Double remaining = row.real(2);
            // Both infinities and every overflow saturate.
            long remainingMillis = remaining == null ? Long.MAX_VALUE : (long) Math.floor(remaining);
            String spelled = row.text(0);
            Attributes attributes = PgAttributes.of(row);
            for (String id : asked.askedAs(spelled)) {
                if (isMeant(id, row)) {
                    boolean spelledAlike = key(id).equals(spelled);
                    rows.add(new SessionRow(id, row.text(1), remainingMillis, row.flag(3), attributes, spelledAlike));
                }
            }
        }
        return rows;
    }
}
