package io.sessiongate.identity;

import io.sessiongate.session.Attributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A header or claim that carries an attribute of the session. Immutable.
 *
 * @param index the attribute's place in the configured order
 */
record AttributeField(String name, int index) {

    /** Throws {@link IllegalArgumentException} where no such attribute is configured. */
    static AttributeField of(String name, String attribute, List<String> attributes) {
        int index = attributes.indexOf(attribute);
        if (index < 0) {
            throw new IllegalArgumentException("no check brings along " + attribute);
        }
        return new AttributeField(name, index);
    }

    @Nullable String valueIn(Attributes attributes) {
        return attributes.value(index);
    }
}
