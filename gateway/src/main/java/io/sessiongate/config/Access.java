package io.sessiongate.config;

import java.util.Set;

/** Who may use a route. */
public sealed interface Access {

    /** Anyone; tokens are not looked at, identity headers are removed all the same. */
    record Public() implements Access {}

    /** Anyone with a valid token and a live session. */
    record Authenticated() implements Access {}

    /** As {@link Authenticated}, with at least one of these roles. */
    record Roles(Set<String> anyOf) implements Access {
        public Roles {
            anyOf = Set.copyOf(anyOf);
            if (anyOf.isEmpty()) {
                throw new IllegalArgumentException("at least one role is needed");
            }
        }
    }
}
