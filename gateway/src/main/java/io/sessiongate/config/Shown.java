package io.sessiongate.config;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Values of a configuration as a line in a log may show them: short, without what may be a secret. Immutable. */
final class Shown {

    private static final int MOST_LETTERS = 120;

    private final Source source;

    Shown(Source source) {
        this.source = source;
    }

    /** Whether it is a key of every configuration, written or not, and no name of the user's. */
    boolean isKnown(KeyPath parent, String key) {
        return source.schema().keys(parent).contains(key);
    }

    /** The value, or null where it is not for everybody's eyes or too long to help anybody. */
    @Nullable String of(KeyPath path, JsonNode value) {
        @Nullable String text =
                value.isValueNode() ? source.harmless(path) : value.isArray() ? list(path, value) : pairs(path, value);
        return text == null || text.length() > MOST_LETTERS ? null : text;
    }

    private @Nullable String list(KeyPath path, JsonNode value) {
        StringBuilder text = new StringBuilder("[");
        for (int i = 0; i < value.size(); i++) {
            @Nullable String item = of(path.child(i), value.get(i));
            if (item == null) {
                return null;
            }
            text.append(i == 0 ? "" : ", ").append(item);
        }
        return text.append(']').toString();
    }

    private @Nullable String pairs(KeyPath path, JsonNode value) {
        StringBuilder text = new StringBuilder();
        for (String key : value.propertyNames()) {
            @Nullable String item = of(path.child(key), value.get(key));
            if (item == null || !KeyPath.keyLike(key)) {
                return null;
            }
            text.append(text.isEmpty() ? "" : ", ").append(key).append(' ').append(item);
        }
        return text.toString();
    }

    /** What a route is for, by which it is known in another file. */
    static String route(JsonNode route) {
        JsonNode host = route.path("host");
        JsonNode methods = route.path("methods");
        StringBuilder text = new StringBuilder();
        text.append(host.isString() ? host.asString() : "")
                .append(route.path("path").asString(""));
        methods.valueStream()
                .map(JsonNode::asString)
                .sorted()
                .forEach(method -> text.append(' ').append(method));
        return clean(text.toString());
    }

    static String clean(String text) {
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
