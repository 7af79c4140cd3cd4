package io.sessiongate.session;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The ids of one batch by the spelling PostgreSQL gives them; those that cannot be ids are left out. */
final class PgAskedIds {

    private final PgIdType type;
    private final Map<String, List<String>> spellings;

    PgAskedIds(PgIdType type, List<String> ids) {
        this(type, ids, UnaryOperator.identity());
    }

    /** {@code key}: what of an id is looked for. */
    PgAskedIds(PgIdType type, List<String> ids, UnaryOperator<String> key) {
        this.type = type;
        spellings = new HashMap<>(ids.size() * 2);
        for (String id : ids) {
            String canonical = type.canonical(key.apply(id));
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

    /** Each id that was asked for with the spelling PostgreSQL gives it. */
    void forEach(BiConsumer<String, String> each) {
        spellings.forEach((canonical, ids) -> ids.forEach(id -> each.accept(id, canonical)));
    }

    /** As which of the ids a row was asked for; none when it was not asked for. */
    List<String> askedAs(@Nullable String rowId) {
        String canonical = rowId == null ? null : type.canonical(rowId);
        return canonical == null ? List.of() : spellings.getOrDefault(canonical, List.of());
    }
}
