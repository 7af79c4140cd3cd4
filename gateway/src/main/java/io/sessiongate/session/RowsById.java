package io.sessiongate.session;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A query's answer by session id. A configured query may join and return a session twice; where the two differ nobody can
 * say which is right, so nothing is known of that session.
 */
final class RowsById {

    private final Map<String, SessionRow> rows;
    private final Set<String> ambiguous = new HashSet<>();

    RowsById(List<SessionRow> answer) {
        rows = new HashMap<>(answer.size() * 2);
        for (SessionRow row : answer) {
            SessionRow other = rows.put(row.id(), row);
            if (other != null && !other.equals(row)) {
                ambiguous.add(row.id());
            }
        }
    }

    @Nullable SessionRow get(String sessionId) {
        return rows.get(sessionId);
    }

    boolean isAmbiguous(String sessionId) {
        return ambiguous.contains(sessionId);
    }

    boolean isAmbiguous() {
        return !ambiguous.isEmpty();
    }
}
