package io.sessiongate.session;

import io.sessiongate.token.Fingerprint;
import java.util.Arrays;
import java.util.Objects;
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
    private final @Nullable String subject;
    private final @Nullable Fingerprint subjectKey;

    /**
     * Holds what was found.
     *
     * @param values as text, null where the column is; no copy is made, must not change
     * @param roles the roles that count in place of the token's, or null where the token's count
     */
    public Attributes(@Nullable String[] values, @Nullable Set<String> roles) {
        this(values, roles == null ? null : Set.copyOf(roles), null);
    }

    private Attributes(@Nullable String[] values, @Nullable Set<String> roles, @Nullable String subject) {
        this.values = values;
        this.roles = roles;
        this.subject = subject;
        this.subjectKey = subject == null ? null : Fingerprint.of(subject);
    }

    /** The same, and whose session it is, where the token does not say. */
    Attributes of(String owner) {
        return new Attributes(values, roles, owner);
    }

    /** Whose session it is, where the token does not say; null where the token does. */
    public @Nullable String subject() {
        return subject;
    }

    /** What that subject is remembered and told of by. */
    public @Nullable Fingerprint subjectKey() {
        return subjectKey;
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
                && Objects.equals(subject, that.subject)
                && Arrays.equals(values, that.values)
                && (roles == null ? that.roles == null : roles.equals(that.roles));
    }

    @Override
    public int hashCode() {
        return (Arrays.hashCode(values) * 31 + (roles == null ? 0 : roles.hashCode())) * 31 + Objects.hashCode(subject);
    }

    /** Names nothing of the user: this may reach a log. */
    @Override
    public String toString() {
        return "Attributes";
    }
}
