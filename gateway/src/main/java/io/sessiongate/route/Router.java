package io.sessiongate.route;

import io.sessiongate.config.RouteConfig;
import io.sessiongate.route.RouteMatch.Matched;
import io.sessiongate.route.RouteMatch.NoRoute;
import io.sessiongate.route.RouteMatch.Refused;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the rule for a request. The most specific rule wins, in whatever order they are configured: first by host (the
 * name itself, then the longest {@code *.} suffix, then any), then by path (the path itself, then the longest tree),
 * then by method (named, then any). A rule that does not allow the method is not passed over for a less specific one.
 * One slash at the end of a path does not matter.
 *
 * <p>The target is forwarded as it was received, so the application reads it by its own lights. Every way in which it
 * may plausibly do so ({@link Readings}, and in either letter case) must lead to the same rule, or to rules that differ
 * in nothing but host, path and methods; otherwise the request is refused. The query takes no part.
 *
 * <p>Immutable, for any thread. A plain path costs one scan and one walk, and allocates nothing.
 */
public final class Router {

    private static final NoRoute NO_ROUTE = new NoRoute();
    private static final Refused MALFORMED = new Refused("The request target is malformed.");
    private static final Refused AMBIGUOUS = new Refused("The path can be read as another one with other rules.");

    private final HostTable hosts;

    /**
     * Builds the look-up.
     *
     * @throws IllegalArgumentException naming place and key, with a sentence for the user, where a path or host is
     *     malformed, two rules claim the same requests, or paths differ only in letter case
     */
    public Router(List<RouteConfig> routes) {
        hosts = new HostTable(routes);
    }

    /**
     * The rule for a request.
     *
     * @param host value of {@code Host}, with or without port; null only matches rules for any host
     * @param target in origin form, undecoded; {@code *} is covered by no rule
     */
    public RouteMatch match(String method, @Nullable String host, String target) {
        if (target.equals("*")) {
            return NO_ROUTE;
        }
        int end = PathScan.end(target);
        return switch (PathScan.judge(target, end)) {
            case MALFORMED -> MALFORMED;
            case ODD -> compare(method, host, target.substring(0, end));
            case PLAIN -> {
                Endpoint found = hosts.find(host, target, end, PathTree.NONE_UNSEEN);
                yield found == PathTree.DISPUTED
                        ? compare(method, host, target.substring(0, end))
                        : outcome(found, method);
            }
        };
    }

    private RouteMatch compare(String method, @Nullable String host, String path) {
        if (Percent.invalid(path)) {
            return new Refused("The path has an invalid percent encoding.");
        }
        Readings readings = Readings.of(path);
        String refusal = readings.refusal();
        return refusal != null ? new Refused(refusal) : agree(method, host, readings.paths());
    }

    private RouteMatch agree(String method, @Nullable String host, Set<String> paths) {
        RouteMatch first = null;
        for (String path : paths) {
            // From an application that minds letter case to one that ignores it, and those that ignore it in part.
            for (int forgiven = 0; forgiven <= hosts.depth(); forgiven++) {
                RouteMatch match = outcome(hosts.find(host, path, path.length(), forgiven), method);
                if (first == null) {
                    first = match;
                } else if (!alike(first, match)) {
                    return AMBIGUOUS;
                }
            }
        }
        return first == null ? NO_ROUTE : first;
    }

    private static RouteMatch outcome(@Nullable Endpoint found, String method) {
        return found == null ? NO_ROUTE : found.match(method);
    }

    /** Whether it is all the same to the request: it is treated alike, or not forwarded. */
    private static boolean alike(RouteMatch one, RouteMatch other) {
        if (one instanceof Matched a && other instanceof Matched b) {
            return treatment(a.route()).equals(treatment(b.route()));
        }
        return !(one instanceof Matched) && !(other instanceof Matched);
    }

    /** The rule without what says which requests it is for. */
    private static RouteConfig treatment(RouteConfig rule) {
        return new RouteConfig(
                null,
                "",
                Set.of(),
                rule.access(),
                rule.upstream(),
                rule.realm(),
                rule.signIn(),
                rule.staleLimit(),
                rule.preflight(),
                rule.keepsSessionAnswers(),
                rule.rateLimits(),
                "");
    }
}
