package io.sessiongate.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Checks what only shows when all routes are seen together. */
final class RouteChecks {

    /** One route with its place in the file. */
    private record Placed(Section section, RouteConfig route, RoutePath path) {
        boolean isPublic() {
            return route.access() instanceof Access.Public;
        }

        boolean allows(String method) {
            return route.methods().isEmpty() || route.methods().contains(method);
        }
    }

    private final List<Placed> routes = new ArrayList<>();

    void add(Section section, RouteConfig route) {
        routes.add(new Placed(section, route, RoutePath.parse(route.path())));
    }

    /** What depends on every route having been readable. */
    void checkCoverage() {
        for (Placed placed : routes) {
            @Nullable String signIn = placed.route.signIn();
            if (signIn != null && signIn.startsWith("/")) {
                checkSignIn(placed, RoutePath.parse(RouteSection.localPath(signIn)));
            }
            if (placed.isPublic() && placed.path.equals(new RoutePath("/_next", true))) {
                warnAboutPageData(placed);
            }
        }
    }

    /** Two routes that no request tells apart. */
    void refuseTwins() {
        var sorted = new ArrayList<>(routes);
        sorted.sort(RouteChecks::byPath);
        for (int i = 0; i < sorted.size(); i++) {
            for (int j = i + 1; j < sorted.size() && sorted.get(j).path.equals(sorted.get(i).path); j++) {
                Placed first = sorted.get(i);
                Placed second = sorted.get(j);
                if (sameHost(first, second) && methodsOverlap(first.route, second.route)) {
                    second.section.error(
                            "path",
                            second.section.shown("path") + " is the path of " + first.section.path()
                                    + " too (letter case and a trailing slash make no difference), with the same host"
                                    + " and methods; expected one route for it");
                }
            }
        }
    }

    private static int byPath(Placed first, Placed second) {
        int byBase = first.path.base().compareTo(second.path.base());
        return byBase != 0 ? byBase : Boolean.compare(first.path.tree(), second.path.tree());
    }

    private static boolean sameHost(Placed first, Placed second) {
        return Optional.ofNullable(first.route.host()).equals(Optional.ofNullable(second.route.host()));
    }

    private static boolean methodsOverlap(RouteConfig first, RouteConfig second) {
        return first.methods().isEmpty()
                || second.methods().isEmpty()
                || !Collections.disjoint(first.methods(), second.methods());
    }

    /**
     * A sign-in page that itself asks to sign in would send browsers round in a circle. Which of several hosts a request
     * will have, and whether a host or a path counts more, is not known here: then a warning is all that can be given.
     */
    private void checkSignIn(Placed from, RoutePath signIn) {
        Predicate<Placed> sure = p -> p.route.host() == null || sameHost(p, from);
        List<Placed> covering = routes.stream()
                .filter(p -> p.path.covers(signIn) && p.allows("GET") && mayMeet(p, from))
                .toList();
        Optional<Placed> best = covering.stream()
                .filter(sure)
                .max(Comparator.comparingInt((Placed p) -> p.path.specificity())
                        .thenComparing(p -> p.route.host() != null));
        boolean anyPublic = covering.stream().anyMatch(Placed::isPublic);
        if (!anyPublic) {
            from.section.error(
                    "sign-in",
                    "a browser sent to " + from.section.shown("sign-in")
                            + " would be asked to sign in there as well; expected a path with a public route"
                            + (covering.isEmpty() ? ", and there is no route for it" : ""));
        } else if (best.isPresent() && covering.stream().allMatch(p -> p.route.host() == null)) {
            if (!best.get().isPublic()) {
                from.section.error(
                        "sign-in",
                        "a browser sent to " + from.section.shown("sign-in") + " would be asked to sign in by "
                                + best.get().section.path() + " as well; expected a path with a public route");
            }
        } else if (!covering.stream().allMatch(Placed::isPublic)) {
            from.section.warn(
                    "sign-in",
                    "whether this page has a public route depends on the host; a browser may be sent round in a circle");
        }
    }

    private static boolean mayMeet(Placed placed, Placed from) {
        @Nullable String host = placed.route.host();
        @Nullable String fromHost = from.route.host();
        return host == null
                || fromHost == null
                || host.equals(fromHost)
                || matches(host, fromHost)
                || matches(fromHost, host);
    }

    private static boolean matches(String pattern, String host) {
        return pattern.startsWith("*.") && host.endsWith(pattern.substring(1));
    }

    private void warnAboutPageData(Placed placed) {
        boolean dataGuarded = routes.stream()
                .anyMatch(p ->
                        !p.isPublic() && p.path.tree() && p.path.base().equals("/_next/data") && sameHost(p, placed));
        if (!dataGuarded) {
            placed.section.warn(
                    "path",
                    "also opens /_next/data/**, the data of every page; better open only /_next/static/** and"
                            + " /_next/image");
        }
    }
}
