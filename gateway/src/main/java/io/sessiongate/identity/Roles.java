package io.sessiongate.identity;

import io.sessiongate.session.Attributes;
import io.sessiongate.token.VerifiedToken;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which roles count, for access rules and for the application alike. Stateless. */
public final class Roles {

    private Roles() {}

    /** Those that the session's check found, where the database has them; the token's else. */
    public static Set<String> of(VerifiedToken token, Attributes attributes) {
        @Nullable Set<String> found = attributes.roles();
        return found == null ? token.roles() : found;
    }
}
