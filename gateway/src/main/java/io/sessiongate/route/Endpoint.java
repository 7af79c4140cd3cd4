package io.sessiongate.route;

import io.sessiongate.config.RouteConfig;
import io.sessiongate.route.RouteMatch.Matched;
import io.sessiongate.route.RouteMatch.MethodNotAllowed;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The rules that share host and path, told apart by method: a rule that names the method beats one for any method, and
 * HEAD goes where GET goes unless it is named itself. Immutable.
 */
final class Endpoint {

    private final Map<String, Matched> byMethod = new HashMap<>();
    private final @Nullable Matched anyMethod;
    private final MethodNotAllowed notAllowed;

    /** Throws {@link IllegalArgumentException} with a sentence for the user where two rules claim the same method. */
    Endpoint(List<RouteConfig> rules) {
        Matched any = null;
        for (RouteConfig rule : rules) {
            var match = new Matched(rule);
            if (rule.methods().isEmpty()) {
                if (any != null) {
                    throw conflict(rule, any, "all methods");
                }
                any = match;
            }
            for (String method : rule.methods()) {
                Matched other = byMethod.put(method, match);
                if (other != null) {
                    throw conflict(rule, other, method);
                }
            }
        }
        anyMethod = any;
        Matched get = byMethod.get("GET");
        if (get != null) {
            byMethod.putIfAbsent("HEAD", get);
        }
        notAllowed = new MethodNotAllowed(Collections.unmodifiableSet(new TreeSet<>(byMethod.keySet())));
    }

    /**
     * The rule for the method, or that there is none: a less specific path is not asked, as it may be meant for
     * others.
     */
    RouteMatch match(String method) {
        Matched named = byMethod.get(method);
        if (named != null) {
            return named;
        }
        return anyMethod != null ? anyMethod : notAllowed;
    }

    private static IllegalArgumentException conflict(RouteConfig rule, Matched other, String what) {
        return new IllegalArgumentException(rule.location() + " path: " + rule.path() + " has a rule for " + what
                + " already, at " + other.route().location() + "; give each method to one rule only");
    }
}
