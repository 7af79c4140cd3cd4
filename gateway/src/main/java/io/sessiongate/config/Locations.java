package io.sessiongate.config;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where every key and every value of a file stands. Confined to one load. */
final class Locations {

    /** Line and column, both counted from 1. */
    record Position(int line, int column) {
        static final Position START = new Position(1, 1);
    }

    private final Map<KeyPath, Position> keys = new HashMap<>();
    private final Map<KeyPath, Position> values = new HashMap<>();

    void key(KeyPath path, Position position) {
        keys.putIfAbsent(path, position);
    }

    void value(KeyPath path, Position position) {
        values.putIfAbsent(path, position);
    }

    /** Of the key, or, where the path has none, of its value. */
    Position ofKey(KeyPath path) {
        @Nullable Position position = keys.get(path);
        return position != null ? position : ofValue(path);
    }

    /** Of the value, or, where nothing stands there, of the nearest thing around it. */
    Position ofValue(KeyPath path) {
        for (KeyPath at = path; ; at = at.parent()) {
            @Nullable Position position = values.get(at);
            if (position != null || at.isRoot()) {
                return position != null ? position : Position.START;
            }
        }
    }
}
