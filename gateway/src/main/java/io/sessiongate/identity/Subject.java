package io.sessiongate.identity;

import io.sessiongate.session.Attributes;
import io.sessiongate.token.VerifiedToken;
import org.jspecify.annotations.Nullable;

/** Who somebody is. Stateless. */
final class Subject {

    private Subject() {}

    /** What the session's check found where the token is opaque, else what the token says. Never nobody. */
    static String of(VerifiedToken token, Attributes attributes) {
        @Nullable String found = attributes.subject();
        return found != null ? found : token.subject();
    }
}
