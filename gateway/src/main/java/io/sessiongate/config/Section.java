package io.sessiongate.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One mapping of a file, read by key: what is absent comes from the schema's defaults, what does not fit is reported. A
 * value that is absent without a default, or does not fit, is replaced by a harmless one so that reading goes on and
 * finds the other errors; the error keeps the result from being used.
 */
final class Section {

    private final Source source;
    private final KeyPath path;

    Section(Source source, KeyPath path) {
        this.source = source;
        this.path = path;
    }

    KeyPath path() {
        return path;
    }

    Source source() {
        return source;
    }

    boolean has(String key) {
        return !source.at(path.child(key)).isMissingNode();
    }

    /** Whether the value is there and has no error so far. */
    boolean sound(String key) {
        return has(key) && !source.problems().isBrokenWithin(path.child(key));
    }

    /** Whether the value, given or by default, has no error so far. */
    boolean usable(String key) {
        return !source.problems().isBroken(path.child(key));
    }

    Section section(String key) {
        return new Section(source, path.child(key));
    }

    /** The entries of a list of mappings, those that are not mappings left out. */
    List<Section> sections(String key) {
        var sections = new ArrayList<Section>();
        JsonNode list = source.at(path.child(key));
        for (int i = 0; list.isArray() && i < list.size(); i++) {
            if (list.get(i).isObject()) {
                sections.add(new Section(source, path.child(key).child(i)));
            }
        }
        return sections;
    }

    /** The values of a mapping with free names, in the order of the file, those that are not mappings left out. */
    Map<String, Section> named(String key) {
        var sections = new LinkedHashMap<String, Section>();
        source.at(path.child(key)).properties().forEach(e -> {
            if (e.getValue().isObject()) {
                sections.put(e.getKey(), section(key).section(e.getKey()));
            }
        });
        return sections;
    }

    /** The mapping's own names, in the order of the file. */
    List<String> names() {
        return List.copyOf(source.at(path).propertyNames());
    }

    /** The text, or the empty text. */
    String text(String key) {
        @Nullable String text = optionalText(key);
        return text == null ? "" : text;
    }

    /** The text, or null where it is absent without a default, null, or wrong. */
    @Nullable String optionalText(String key) {
        JsonNode value = source.at(path.child(key));
        if (value.isMissingNode()) {
            @Nullable JsonNode standard = source.schema().keyword(path.child(key), "default");
            return standard == null ? null : standard.asString();
        }
        return value.isString() && !source.problems().isBroken(path.child(key)) ? value.asString() : null;
    }

    /** The entries of a list of text, or the one text in place of a list; sound ones only. */
    List<String> texts(String key) {
        KeyPath at = path.child(key);
        JsonNode value = source.at(at);
        if (value.isString()) {
            return source.problems().isBroken(at) ? List.of() : List.of(value.asString());
        }
        var texts = new ArrayList<String>();
        for (int i = 0; value.isArray() && i < value.size(); i++) {
            if (value.get(i).isString() && !source.problems().isBroken(at.child(i))) {
                texts.add(value.get(i).asString());
            }
        }
        return texts;
    }

    /** The entries of a list of text, each read by a parser that refuses with a sentence. */
    <T> List<T> parsedList(String key, Function<String, T> parser) {
        var parsed = new ArrayList<T>();
        KeyPath at = path.child(key);
        JsonNode list = source.at(at);
        for (int i = 0; list.isArray() && i < list.size(); i++) {
            if (list.get(i).isString()) {
                @Nullable T value = parse(at.child(i), list.get(i).asString(), parser);
                if (value != null) {
                    parsed.add(value);
                }
            }
        }
        return parsed;
    }

    /**
     * The text as read by a parser, or null where it is absent without a default or wrong.
     *
     * @param parser throws {@link IllegalArgumentException} with a sentence that does not hold the value
     */
    <T> @Nullable T parsed(String key, Function<String, T> parser) {
        @Nullable String text = optionalText(key);
        return text == null ? null : parse(path.child(key), text, parser);
    }

    private <T> @Nullable T parse(KeyPath at, String text, Function<String, T> parser) {
        try {
            return source.problems().isBroken(at) ? null : parser.apply(text);
        } catch (IllegalArgumentException e) {
            source.problems().error(at, source.shown(at) + ": " + e.getMessage());
            return null;
        }
    }

    int number(String key) {
        KeyPath at = path.child(key);
        JsonNode value = source.at(at);
        return value.isIntegralNumber()
                        && value.canConvertToInt()
                        && !source.problems().isBroken(at)
                ? value.intValue()
                : standard(key).intValue();
    }

    /** A number with a fraction, which the file's reader takes for text; one outside the schema's form is reported by it. */
    double fraction(String key) {
        KeyPath at = path.child(key);
        JsonNode value = source.at(at);
        boolean sound = !value.isMissingNode() && !source.problems().isBroken(at);
        return Double.parseDouble((sound ? value : standard(key)).asString());
    }

    boolean flag(String key) {
        JsonNode value = source.at(path.child(key));
        return value.isBoolean() ? value.booleanValue() : standard(key).booleanValue();
    }

    /** The duration; one outside the schema's range is reported. */
    Duration duration(String key) {
        return ranged(key, Quantities::duration);
    }

    /** The size in bytes; one outside the schema's range is reported. */
    long bytes(String key) {
        return ranged(key, Quantities::bytes);
    }

    private <T extends Comparable<T>> T ranged(String key, Function<String, T> parser) {
        KeyPath at = path.child(key);
        T minimum = parser.apply(source.schema().text(at, "x-minimum"));
        T maximum = parser.apply(source.schema().text(at, "x-maximum"));
        @Nullable T value = parsed(key, parser);
        if (value == null) {
            return minimum;
        }
        if (value.compareTo(minimum) < 0 || value.compareTo(maximum) > 0) {
            error(
                    key,
                    shown(key) + " is out of range; expected " + source.schema().expected(at));
        }
        return value;
    }

    private JsonNode standard(String key) {
        @Nullable JsonNode standard = source.schema().keyword(path.child(key), "default");
        if (standard == null) {
            throw new IllegalStateException("no default in the schema for " + path.child(key));
        }
        return standard;
    }

    String shown(String key) {
        return source.shown(path.child(key));
    }

    void error(String key, String message) {
        source.problems().error(path.child(key), message);
    }

    /** A key that has to be there, and is not. */
    void missing(String key) {
        error(key, "missing; expected " + source.schema().expected(path.child(key)));
    }

    void warn(String key, String message) {
        source.problems().warn(path.child(key), message);
    }

    String location() {
        return source.problems().location(path);
    }
}
