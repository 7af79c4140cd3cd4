package io.sessiongate.token;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The name of a claim as a dotted path into nested objects. A member whose name is the whole rest of the path comes
 * first, so that names with dots in them (namespaced ones such as {@code https://app.example.com/roles}) work as they
 * are. Immutable.
 */
public record ClaimPath(String path) {

    /** The value, or null where there is none. */
    public @Nullable Object in(Map<String, Object> claims) {
        return find(claims, path);
    }

    private static @Nullable Object find(Map<?, ?> members, String path) {
        Object direct = members.get(path);
        if (direct != null) {
            return direct;
        }
        for (int dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
            if (members.get(path.substring(0, dot)) instanceof Map<?, ?> inner) {
                Object found = find(inner, path.substring(dot + 1));
                if (found != null) {
                    return found;
                }
            }
        }
        return null;
    }
}
