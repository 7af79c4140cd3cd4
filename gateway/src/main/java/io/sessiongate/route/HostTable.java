package io.sessiongate.route;

import io.sessiongate.config.RouteConfig;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The path trees by host, from the most specific: the host itself, then {@code *.} suffixes from the longest, then any
 * host. Host names compare without letter case, port, and the dot of the root. Immutable.
 */
final class HostTable {

    private final RangeTable<PathTree> exact;
    private final RangeTable<PathTree> suffixes;
    private final @Nullable PathTree any;
    private final int depth;

    HostTable(List<RouteConfig> rules) {
        var anyHost = new ArrayList<RouteConfig>();
        var byHost = new HashMap<String, List<RouteConfig>>();
        var bySuffix = new HashMap<String, List<RouteConfig>>();
        for (RouteConfig rule : rules) {
            String host = rule.host();
            if (host == null) {
                anyHost.add(rule);
            } else if (host.startsWith("*.")) {
                bySuffix.computeIfAbsent(name(host.substring(2), rule), h -> new ArrayList<>())
                        .add(rule);
            } else {
                byHost.computeIfAbsent(name(host, rule), h -> new ArrayList<>()).add(rule);
            }
        }
        any = anyHost.isEmpty() ? null : PathTree.of(anyHost);
        exact = trees(byHost);
        suffixes = trees(bySuffix);
        depth = rules.stream()
                .mapToInt(rule -> RulePath.parse(rule.path()).segments().size())
                .max()
                .orElse(0);
    }

    /** The most segments a rule has. */
    int depth() {
        return depth;
    }

    /** The rules of the most specific host that has any for the path; as {@link PathTree#find} otherwise. */
    @Nullable Endpoint find(@Nullable String host, String text, int end, int forgiven) {
        if (host != null && !(exact.isEmpty() && suffixes.isEmpty())) {
            Endpoint found = findNamed(host, text, end, forgiven);
            if (found != null) {
                return found;
            }
        }
        return any == null ? null : any.find(text, end, forgiven);
    }

    private @Nullable Endpoint findNamed(String host, String text, int end, int forgiven) {
        int hostEnd = nameEnd(host);
        Endpoint found = find(exact, host, 0, hostEnd, text, end, forgiven);
        for (int dot = host.indexOf('.', 1);
                found == null && dot > 0 && dot < hostEnd;
                dot = host.indexOf('.', dot + 1)) {
            found = find(suffixes, host, dot + 1, hostEnd, text, end, forgiven);
        }
        return found;
    }

    private static @Nullable Endpoint find(
            RangeTable<PathTree> trees, String host, int from, int to, String text, int end, int forgiven) {
        int entry = trees.find(host, from, to);
        return entry < 0 ? null : trees.value(entry).find(text, end, forgiven);
    }

    /** Where the name ends in the value of a Host field: before the port and the dot of the root. */
    private static int nameEnd(String host) {
        int port = host.indexOf(':', host.startsWith("[") ? Math.max(0, host.indexOf(']')) : 0);
        int end = port < 0 ? host.length() : port;
        return end > 0 && host.charAt(end - 1) == '.' ? end - 1 : end;
    }

    private static String name(String host, RouteConfig rule) {
        int end = nameEnd(host);
        if (end == 0 || host.indexOf('*') >= 0 || host.indexOf('/') >= 0) {
            throw new IllegalArgumentException(
                    rule.location() + " host: expected a name such as app.example.com or *.example.com");
        }
        return host.substring(0, end).toLowerCase(Locale.ROOT);
    }

    private static RangeTable<PathTree> trees(Map<String, List<RouteConfig>> rules) {
        var trees = new HashMap<String, PathTree>();
        rules.forEach((host, own) -> trees.put(host, PathTree.of(own)));
        return new RangeTable<>(trees);
    }
}
