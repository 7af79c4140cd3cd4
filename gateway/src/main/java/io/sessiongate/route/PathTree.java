package io.sessiongate.route;

import io.sessiongate.config.RouteConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one host as a tree of path segments; a look-up walks as deep as the path and the rules go, however many
 * rules there are. Immutable.
 *
 * <p>Segments are found without regard to letter case, and how a request spells them is judged by the caller: see
 * {@link #find}.
 */
final class PathTree {

    /** A value for {@code forgiven}: any segment in another letter case ends the walk with {@link #DISPUTED}. */
    static final int NONE_UNSEEN = -1;

    /** Not a result but the word that the letter case matters for this path. */
    static final Endpoint DISPUTED = new Endpoint(List.of());

    private final Node root;
    private final int depth;

    private PathTree(Node root, int depth) {
        this.root = root;
        this.depth = depth;
    }

    /** Throws {@link IllegalArgumentException}, naming the rule's place in the file, when rules contradict. */
    static PathTree of(List<RouteConfig> rules) {
        var root = new Draft();
        int depth = 0;
        for (RouteConfig rule : rules) {
            RulePath path;
            try {
                path = RulePath.parse(rule.path());
                Draft draft = root;
                for (String segment : path.segments()) {
                    draft = draft.child(segment);
                }
                (path.tree() ? draft.tree : draft.exact).add(rule);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(rule.location() + " path: " + rule.path() + " " + e.getMessage(), e);
            }
            depth = Math.max(depth, path.segments().size());
        }
        return new PathTree(root.build(), depth);
    }

    /** The most segments a rule has. */
    int depth() {
        return depth;
    }

    /**
     * The most specific rules for a path: an exact path before a tree, a longer tree before a shorter one; null where
     * none covers it. One slash at the end does not matter.
     *
     * @param text begins with a slash
     * @param end where the path ends in the text
     * @param forgiven segments in another letter case than the rule's that are taken for the rule's; the next one is
     *     another path to an application that minds. {@link #NONE_UNSEEN} asks whether there is any.
     */
    @Nullable Endpoint find(String text, int end, int forgiven) {
        Node node = root;
        Endpoint best = node.tree;
        int left = forgiven;
        int from = 1;
        while (from < end) {
            int to = from;
            int hash = 0;
            for (char c; to < end && (c = text.charAt(to)) != '/'; to++) {
                hash = RangeTable.hash(hash, c);
            }
            int entry = to == from ? -1 : node.children.find(text, from, to, hash);
            if (entry < 0) {
                return best;
            }
            if (!node.children.spelled(entry, text, from) && left-- <= 0) {
                return forgiven == NONE_UNSEEN ? DISPUTED : best;
            }
            node = node.children.value(entry);
            best = node.tree != null ? node.tree : best;
            from = to + 1;
        }
        return node.exact != null ? node.exact : best;
    }

    private record Node(
            RangeTable<Node> children,
            @Nullable Endpoint exact,
            @Nullable Endpoint tree) {}

    /** A node being built. */
    private static final class Draft {

        private final Map<String, Draft> children = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private final Map<String, String> spellings = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        private final List<RouteConfig> exact = new ArrayList<>();
        private final List<RouteConfig> tree = new ArrayList<>();

        Draft child(String segment) {
            String spelling = spellings.computeIfAbsent(segment, s -> s);
            if (!spelling.equals(segment)) {
                throw new IllegalArgumentException("differs from another rule only in letter case, \"" + segment
                        + "\" and \"" + spelling + "\": applications that ignore case would mix them up");
            }
            return children.computeIfAbsent(segment, s -> new Draft());
        }

        /** A segment is found both as a decoder yields it and as it stands in a target. */
        Node build() {
            var nodes = new LinkedHashMap<String, Node>();
            children.forEach((segment, draft) -> {
                Node node = draft.build();
                nodes.put(segment, node);
                nodes.put(RulePath.encode(segment), node);
            });
            return new Node(new RangeTable<>(nodes), endpoint(exact), endpoint(tree));
        }

        private static @Nullable Endpoint endpoint(List<RouteConfig> rules) {
            return rules.isEmpty() ? null : new Endpoint(rules);
        }
    }
}
