package io.sessiongate.config;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a value stands: names of mappings and indices of lists, from the top.
 *
 * @param segments a {@code String} for a name, an {@code Integer} for an index
 */
record KeyPath(List<Object> segments) {

    static final KeyPath ROOT = new KeyPath(List.of());

    /** What may be a key. Anything else may be a secret that slipped out of its value, and is not shown. */
    private static final Pattern KEY_LIKE = Pattern.compile("[A-Za-z$_][A-Za-z0-9._-]{0,63}");

    KeyPath {
        segments = List.copyOf(segments);
    }

    static KeyPath of(Object... segments) {
        return new KeyPath(List.of(segments));
    }

    static boolean keyLike(String name) {
        return KEY_LIKE.matcher(name).matches();
    }

    KeyPath child(Object segment) {
        var longer = new ArrayList<>(segments);
        longer.add(segment);
        return new KeyPath(longer);
    }

    boolean isRoot() {
        return segments.isEmpty();
    }

    /** The path without its last segment; the root is its own parent. */
    KeyPath parent() {
        return isRoot() ? this : new KeyPath(segments.subList(0, segments.size() - 1));
    }

    // By hand, as in RoutePath: what the compiler generates is linked at its first call, which costs a start
    // milliseconds.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof KeyPath path && segments.equals(path.segments);
    }

    @Override
    public int hashCode() {
        return segments.hashCode();
    }

    /** As shown to people: {@code routes[0].access}. */
    @Override
    public String toString() {
        var text = new StringBuilder();
        for (Object segment : segments) {
            if (segment instanceof Integer index) {
                text.append('[').append(index).append(']');
            } else {
                String name = segment.toString();
                text.append(text.isEmpty() ? "" : ".").append(keyLike(name) ? name : "?");
            }
        }
        return text.toString();
    }
}
