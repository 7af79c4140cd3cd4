package io.sessiongate.config;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One rule: which requests, who may, and where to.
 *
 * @param host host name without port, lower case, or null for any; {@code *.example.com} matches one or more labels
 * @param path an exact path ({@code /login}) or a tree ({@code /api/**}, which includes {@code /api} itself)
 * @param methods allowed methods; empty means any
 * @param realm name of the realm that judges tokens here
 * @param signIn where a browser's navigation is sent when it needs to sign in; null answers 401 to everyone
 * @param staleLimit narrows the realm's {@code serve-stale-for} on this route ({@code stale: never} is zero); null
 *     leaves it
 * @param preflight whether a CORS preflight passes to the application without a token
 * @param keepsSessionAnswers whether the application's answers are kept for each session ({@code session-endpoint: cached})
 * @param rateLimits names of the limits that hold for its requests, in the order in which they are asked
 * @param location where the rule stands in the file, as {@code file:line:column}, for messages
 */
public record RouteConfig(
        @Nullable String host,
        String path,
        Set<String> methods,
        Access access,
        String upstream,
        String realm,
        @Nullable String signIn,
        @Nullable Duration staleLimit,
        boolean preflight,
        boolean keepsSessionAnswers,
        List<String> rateLimits,
        String location) {
    public RouteConfig {
        methods = Set.copyOf(methods);
        rateLimits = List.copyOf(rateLimits);
    }

    /** A route without limits. */
    public RouteConfig(
            @Nullable String host,
            String path,
            Set<String> methods,
            Access access,
            String upstream,
            String realm,
            @Nullable String signIn,
            @Nullable Duration staleLimit,
            boolean preflight,
            boolean keepsSessionAnswers,
            String location) {
        this(
                host,
                path,
                methods,
                access,
                upstream,
                realm,
                signIn,
                staleLimit,
                preflight,
                keepsSessionAnswers,
                List.of(),
                location);
    }

    /** A route without limits that keeps no answers. */
    public RouteConfig(
            @Nullable String host,
            String path,
            Set<String> methods,
            Access access,
            String upstream,
            String realm,
            @Nullable String signIn,
            @Nullable Duration staleLimit,
            boolean preflight,
            String location) {
        this(host, path, methods, access, upstream, realm, signIn, staleLimit, preflight, false, location);
    }
}
