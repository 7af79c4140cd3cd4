package io.sessiongate.config;

import io.sessiongate.config.RateLimitConfig.By;
import io.sessiongate.config.RateLimitConfig.Count;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code rate-limits}, and which of them a route names. */
final class RateLimitSection {

    static final String KEY = "rate-limits";

    private RateLimitSection() {}

    static Map<String, RateLimitConfig> read(Section root) {
        Map<String, RateLimitConfig> limits = new LinkedHashMap<>();
        root.named(KEY).forEach((name, limit) -> {
            @Nullable RateLimitConfig config = read(name, limit);
            if (config != null) {
                limits.put(name, config);
            }
        });
        return limits;
    }

    private static @Nullable RateLimitConfig read(String name, Section limit) {
        boolean sound = limit.sound("requests") && limit.sound("per") && limit.usable("burst");
        if (!sound) {
            return null; // missing or wrong, which the schema says
        }
        int requests = limit.number("requests");
        Duration per = limit.duration("per");
        if (!limit.usable("per")) {
            return null;
        }
        String most = limit.has("burst") ? "burst" : "requests";
        try {
            return new RateLimitConfig(
                    name,
                    By.valueOf(word(limit, "by")),
                    Count.valueOf(word(limit, "count")),
                    requests,
                    per,
                    limit.number(most),
                    limit.flag("headers"));
        } catch (IllegalArgumentException e) {
            limit.error(most, limit.shown(most) + ": " + e.getMessage());
            return null;
        }
    }

    /** One that does not fit was reported and is read as the first. */
    private static String word(Section limit, String key) {
        String word = limit.text(key).toUpperCase(Locale.ROOT);
        return word.isEmpty() ? (key.equals("by") ? By.ADDRESS : Count.REQUESTS).name() : word;
    }

    /** The limits that a route names, each of which there has to be. */
    static List<String> named(Section route, Collection<String> limits) {
        Source source = route.source();
        KeyPath list = route.path().child(KEY);
        for (int i = 0; i < source.at(list).size(); i++) {
            KeyPath at = list.child(i);
            String name = source.at(at).asString("");
            if (name.isEmpty() || source.problems().isBroken(at) || limits.contains(name)) {
                continue;
            }
            String suggestion = source.substituted().contains(at) ? "" : Suggestion.of(name, limits);
            String known = limits.isEmpty() ? "; there is none yet" : "; expected one of " + String.join(", ", limits);
            source.problems()
                    .error(
                            at,
                            source.shown(at) + " is not among the rate-limits"
                                    + (suggestion.isEmpty() ? known : suggestion));
        }
        return route.texts(KEY);
    }
}
