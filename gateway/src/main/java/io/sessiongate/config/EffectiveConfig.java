package io.sessiongate.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * A configuration as it was written, substitutions made, with what was in the files it names: to be compared with another. Shows
 * nothing that may be a secret. Immutable.
 */
public final class EffectiveConfig {

    /** What a gateway is started with, and no reload changes. */
    private static final List<KeyPath> FIXED = List.of(
            KeyPath.of("listeners"),
            KeyPath.of("admin", "address"),
            KeyPath.of("transport"),
            KeyPath.of("event-loops"),
            KeyPath.of("hand-over"),
            KeyPath.of("log", "format"),
            KeyPath.of("tracing"),
            KeyPath.of("limits", "response-head"),
            KeyPath.of("limits", "buffered-bytes"),
            KeyPath.of("timeouts", "unread-answer"));

    private final Shown shown;
    private final JsonNode tree;
    private final Path directory;
    private final SortedMap<Path, String> files;

    EffectiveConfig(Source source) {
        this.shown = new Shown(source);
        this.tree = source.tree();
        this.directory = source.directory();
        this.files = source.files().hashes();
    }

    /** What the other says differently: in the order of its file, what it leaves out last, then the files. */
    public List<Change> changesTo(EffectiveConfig next) {
        List<Change> changes = new ArrayList<>();
        new Comparison(next, changes).object(KeyPath.ROOT, KeyPath.ROOT, "", tree, next.tree);
        Set<Path> paths = new TreeSet<>(files.keySet());
        paths.retainAll(next.files.keySet());
        for (Path path : paths) {
            if (!Objects.equals(files.get(path), next.files.get(path))) {
                Path near = path.startsWith(directory) ? directory.relativize(path) : path;
                changes.add(new Change("file " + Shown.clean(near.toString()), "changed", false));
            }
        }
        return List.copyOf(changes);
    }

    static boolean isFixed(KeyPath path) {
        return FIXED.stream()
                .anyMatch(fixed -> path.segments().size() >= fixed.segments().size()
                        && path.segments().subList(0, fixed.segments().size()).equals(fixed.segments()));
    }

    /** Nothing of what it says. */
    @Override
    public String toString() {
        return "EffectiveConfig";
    }

    /** Walks through both. */
    private final class Comparison {

        private final EffectiveConfig next;
        private final List<Change> changes;

        Comparison(EffectiveConfig next, List<Change> changes) {
            this.next = next;
            this.changes = changes;
        }

        void object(KeyPath was, KeyPath is, String label, JsonNode before, JsonNode after) {
            Set<String> keys = new LinkedHashSet<>(after.propertyNames());
            keys.addAll(before.propertyNames());
            for (String key : keys) {
                String name = KeyPath.keyLike(key) ? key : "?";
                node(
                        was.child(key),
                        is.child(key),
                        label.isEmpty() ? name : label + (label.contains(" ") ? " " : ".") + name,
                        before.get(key),
                        after.get(key));
            }
        }

        private void node(KeyPath was, KeyPath is, String label, @Nullable JsonNode before, @Nullable JsonNode after) {
            if (Objects.equals(before, after)) {
                return;
            }
            if (isPart(is, before, after)) {
                JsonNode none = JsonNodeFactory.instance.objectNode();
                object(was, is, label, before == null ? none : before, after == null ? none : after);
            } else if (is.equals(KeyPath.of("routes")) && before != null && after != null) {
                routes(before, after);
            } else if (before != null && after != null && hasObjects(before) && hasObjects(after)) {
                list(was, is, label, before, after);
            } else {
                changed(was, is, label, before, after);
            }
        }

        /** Both a mapping; or one is, of keys that are always there in some sense, and the other is left out. */
        private boolean isPart(KeyPath path, @Nullable JsonNode before, @Nullable JsonNode after) {
            if (before == null || after == null) {
                JsonNode there = before == null ? after : before;
                String key = path.segments().get(path.segments().size() - 1).toString();
                return there != null && there.isObject() && shown.isKnown(path.parent(), key);
            }
            return before.isObject() && after.isObject();
        }

        private void changed(
                KeyPath was, KeyPath is, String label, @Nullable JsonNode before, @Nullable JsonNode after) {
            if (before == null && after != null && isLarge(after)) {
                add(is, label, "added");
            } else if (after == null && before != null && isLarge(before)) {
                add(is, label, "removed");
            } else {
                String from = before == null ? "default" : shown.of(was, before);
                String to = after == null ? "default" : next.shown.of(is, after);
                add(is, label, from == null || to == null ? "changed" : from + " -> " + to);
            }
        }

        /** By what they are for, as their order says nothing. */
        private void routes(JsonNode before, JsonNode after) {
            Map<String, Integer> known = new LinkedHashMap<>();
            for (int i = 0; i < before.size(); i++) {
                known.put(Shown.route(before.get(i)), i);
            }
            for (int i = 0; i < after.size(); i++) {
                String route = Shown.route(after.get(i));
                Integer place = known.remove(route);
                KeyPath is = KeyPath.of("routes", i);
                String label = is + " " + route;
                if (place == null) {
                    add(is, label, "added");
                } else {
                    object(KeyPath.of("routes", place), is, label, before.get(place), after.get(i));
                }
            }
            known.forEach((route, place) -> {
                KeyPath was = KeyPath.of("routes", place);
                add(was, was + " " + route, "removed");
            });
        }

        private void list(KeyPath was, KeyPath is, String label, JsonNode before, JsonNode after) {
            for (int i = 0; i < Math.max(before.size(), after.size()); i++) {
                node(was.child(i), is.child(i), label + "[" + i + "]", before.get(i), after.get(i));
            }
        }

        private void add(KeyPath path, String label, String difference) {
            changes.add(new Change(label, difference, isFixed(path)));
        }

        private static boolean hasObjects(JsonNode node) {
            return node.isArray() && node.valueStream().anyMatch(JsonNode::isObject);
        }

        private static boolean isLarge(JsonNode node) {
            return node.isObject() || hasObjects(node);
        }
    }
}
