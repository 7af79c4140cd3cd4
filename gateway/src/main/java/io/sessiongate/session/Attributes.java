package io.sessiongate.session;

import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a check brought along besides its verdict: the configured attributes' values in the configured order, and the roles
 * where the database has them. Immutable; a check that finds the same again keeps the object, so identity (==) may be used
 * as "nothing changed".
 */
public final class Attributes {

    /** Nothing. */
    public static final Attributes NONE = new Attributes(new String[0], null);

    private final @Nullable String[] values;
    private final @Nullable Set<String> roles;

    /**
     * Holds what was found.
     *
     * @param values as text, null where the column is; no copy is made, must not change
     * @param roles the roles that count in place of the token's, or null where the token's count
     */
    public Attributes(@Nullable String[] values, @Nullable Set<String> roles) {
        this.values = values;
        this.roles = roles == null ? null : Set.copyOf(roles);
    }

    /** The value of the attribute at this place of the configured order; null where it has none. */
    public @Nullable String value(int index) {
        return index < values.length ? values[index] : null;
    }

    /** The roles that count in place of the token's; null where the token's count. */
    public @Nullable Set<String> roles() {
        return roles;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Attributes that
                && Arrays.equals(values, that.values)
                && (roles == null ? that.roles == null : roles.equals(that.roles));
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values) * 31 + (roles == null ? 0 : roles.hashCode());
    }

    /** Names nothing of the user: this may reach a log. */
    @Override
    public String toString() {
        return "Attributes";
    }
}
