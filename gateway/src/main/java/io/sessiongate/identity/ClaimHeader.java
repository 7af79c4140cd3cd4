package io.sessiongate.identity;

import io.sessiongate.token.ClaimPath;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A header that carries a claim. Immutable. */
record ClaimHeader(String name, ClaimPath claim) {

    /**
     * The claim as header text: strings, numbers and truth values, or an array of them as a list; null where it is
     * missing, null, empty, or has a structure that a header cannot carry.
     */
    @Nullable String valueIn(Map<String, Object> claims) {
        Object value = claim.in(claims);
        String scalar = scalar(value);
        if (scalar != null) {
            return scalar.isEmpty() ? null : HeaderText.of(scalar);
        }
        return value instanceof Collection<?> array ? list(array) : null;
    }

    private static @Nullable String list(Collection<?> array) {
        var texts = new ArrayList<String>();
        for (Object element : array) {
            String text = scalar(element);
            if (text == null) {
                // Half an array could say the opposite of the whole one.
                return null;
            }
            texts.add(text);
        }
        return texts.isEmpty() ? null : HeaderText.list(texts);
    }

    private static @Nullable String scalar(@Nullable Object value) {
        return value instanceof String || value instanceof Number || value instanceof Boolean ? value.toString() : null;
    }
}
