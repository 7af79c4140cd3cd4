package io.sessiongate.route;

import io.sessiongate.config.Access;
import io.sessiongate.config.RouteConfig;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rules for the tests, written as short as they read. */
final class Rules {

    static final Access PUBLIC = new Access.Public();
    static final Access AUTHENTICATED = new Access.Authenticated();
    static final Access ADMIN = new Access.Roles(Set.of("admin"));

    private Rules() {}

    static RouteConfig rule(String path, Access access, String... methods) {
        return hostRule(null, path, access, methods);
    }

    static RouteConfig hostRule(@Nullable String host, String path, Access access, String... methods) {
        return new RouteConfig(
                host,
                path,
                Set.of(methods),
                access,
                "app",
                "default",
                null,
                null,
                true,
                "gateway.yaml:1:1" + (host == null ? "" : host) + path + Set.of(methods));
    }
}
