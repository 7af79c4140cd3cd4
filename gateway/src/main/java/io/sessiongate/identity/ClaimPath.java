package io.sessiongate.identity;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A claim named by a dotted path into nested objects. */
record ClaimPath(List<String> names) {

    ClaimPath {
        names = List.copyOf(names);
    }

    static ClaimPath parse(String dotted) {
        return new ClaimPath(List.of(dotted.split("\\.", -1)));
    }

    /**
     * The claim as header text: strings, numbers and truth values, or an array of them as a list; null where it is
     * missing, null, empty, or has a structure that a header cannot carry.
     */
    @Nullable String textIn(Map<String, Object> claims) {
        Object value = claims;
        for (String name : names) {
            value = value instanceof Map<?, ?> object ? object.get(name) : null;
        }
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
