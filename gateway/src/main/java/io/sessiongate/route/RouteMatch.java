package io.sessiongate.route;

import io.sessiongate.config.RouteConfig;
import java.util.Set;

/** What the router found for a request. */
public sealed interface RouteMatch {

    /** This rule applies. One instance a rule, made at start: matching allocates nothing. */
    record Matched(RouteConfig route) implements RouteMatch {}

    /** No rule covers host and path. */
    record NoRoute() implements RouteMatch {}

    /** A rule covers host and path, but none allows the method; {@code allow} is the value of {@code Allow}, sorted. */
    record MethodNotAllowed(Set<String> allow) implements RouteMatch {}

    /**
     * The target cannot be served safely: it is malformed, or an application might read it as another path than we do.
     * {@code why} is a fixed sentence for the client, with nothing of the target in it.
     */
    record Refused(String why) implements RouteMatch {}
}
