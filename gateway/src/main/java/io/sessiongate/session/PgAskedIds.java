package io.sessiongate.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The ids of one batch by the spelling PostgreSQL gives them; those that cannot be ids are left out. */
final class PgAskedIds {

    private final PgIdType type;
    private final Map<String, List<String>> spellings;

    PgAskedIds(PgIdType type, List<String> ids) {
        this.type = type;
        spellings = new HashMap<>(ids.size() * 2);
        for (String id : ids) {
            String canonical = type.canonical(id);
            if (canonical != null) {
                spellings
                        .computeIfAbsent(canonical, first -> new ArrayList<>(1))
                        .add(id);
            }
        }
    }

    boolean isEmpty() {
        return spellings.isEmpty();
    }

    List<String> canonical() {
        return List.copyOf(spellings.keySet());
    }

    /** As which of the ids a row was asked for; none when it was not asked for. */
    List<String> askedAs(@Nullable String rowId) {
        String canonical = rowId == null ? null : type.canonical(rowId);
        return canonical == null ? List.of() : spellings.getOrDefault(canonical, List.of());
    }
}
