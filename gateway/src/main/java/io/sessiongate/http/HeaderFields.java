package io.sessiongate.http;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The header fields of one message head, in the order received. Names compare without regard to letter case
 * (RFC 9110 section 5.1). A view: changes go to the message that will be sent on. Confined to the connection's
 * event loop.
 */
public interface HeaderFields {

    /** The value of the first field of that name, or null where there is none. */
    @Nullable String first(CharSequence name);

    /** Whether there is a field of that name. */
    default boolean contains(CharSequence name) {
        return first(name) != null;
    }

    /** The same without a string being made of it: to be read at once, before anything is changed. */
    default @Nullable FieldText text(CharSequence name) {
        return FieldText.of(all(name));
    }

    /** All values of that name, a list entry a field line; empty where there is none. */
    List<String> all(CharSequence name);

    /** Shows every field line in order. */
    void forEach(FieldVisitor visitor);

    /** Removes all fields of that name, then adds this one. */
    void set(CharSequence name, CharSequence value);

    /** The same with what another field of this head says. */
    default void set(FieldName name, FieldText value) {
        set(name, value.toString());
    }

    /** The same with a line made before. */
    default void set(FieldLine line) {
        set(line.name(), line.value());
    }

    /** The same as {@link #add(CharSequence, CharSequence)} with a line made before. */
    default void add(FieldLine line) {
        add(line.name(), line.value());
    }

    /** Adds a field line behind those that are there. */
    void add(CharSequence name, CharSequence value);

    /** Removes all fields of that name. */
    void remove(CharSequence name);

    /** Removes every field line whose name the predicate accepts, in one pass. */
    void removeNames(Predicate<? super CharSequence> name);

    /** Is shown one field line. */
    @FunctionalInterface
    interface FieldVisitor {
        void field(CharSequence name, CharSequence value);
    }
}
