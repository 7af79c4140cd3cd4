package io.sessiongate.config;

import io.sessiongate.config.ConfigSchema.Violation;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Holds a tree against the schema and says in our own words what does not fit. */
final class SchemaCheck {

    /** Said better by the sections themselves, which know what the choice is about. */
    private static final Set<String> LEFT_TO_SECTIONS = Set.of("oneOf", "dependentRequired");

    private final Source source;

    SchemaCheck(Source source) {
        this.source = source;
    }

    void run() {
        for (Violation violation : source.schema().validate(source.tree())) {
            KeyPath path = violation.path();
            switch (violation.keyword()) {
                case "additionalProperties" -> unknownKey(path, Objects.requireNonNull(violation.property()));
                case "propertyNames" -> badName(path.child(Objects.requireNonNull(violation.property())));
                case "required" -> missing(violation);
                default -> wrongValue(violation);
            }
        }
    }

    private void unknownKey(KeyPath mapping, String name) {
        List<String> known = source.schema().keys(mapping);
        String suggestion = Suggestion.of(name, known);
        KeyPath path = mapping.child(name);
        boolean maybeSlippedValue = source.schema().maySecret(mapping)
                && suggestion.isEmpty()
                && source.at(path).isNull();
        String instead = suggestion.isEmpty() ? "; expected one of " + String.join(", ", known) : suggestion;
        if (maybeSlippedValue || !KeyPath.keyLike(name)) {
            var position = source.locations().ofKey(path);
            source.problems().error(path, position, mapping.toString(), "a key that is not known here" + instead);
        } else {
            source.problems().errorAtKey(path, "unknown key" + instead);
        }
    }

    private void badName(KeyPath path) {
        boolean header = path.segments().contains("claims") || path.segments().contains("headers");
        source.problems()
                .errorAtKey(
                        path,
                        header
                                ? "not a header name; expected one such as X-Auth-Email, at most 64 characters"
                                : "not a valid name; expected letters, digits, `-` and `_`, beginning with a letter,"
                                        + " at most 64 characters");
    }

    private void missing(Violation violation) {
        // The alternatives of a oneOf report their own missing keys; those are optional each by itself.
        KeyPath path = violation.path().child(Objects.requireNonNull(violation.property()));
        JsonNode required = source.schema().keyword(violation.path(), "required");
        if (required != null
                && required.valueStream().anyMatch(r -> r.asString().equals(violation.property()))) {
            source.problems().error(path, "missing; expected " + source.schema().expected(path));
        }
    }

    private void wrongValue(Violation violation) {
        KeyPath path = violation.path();
        if (LEFT_TO_SECTIONS.contains(violation.keyword())) {
            return;
        }
        String expected = "; expected " + source.schema().expected(path);
        JsonNode value = source.at(path);
        source.problems()
                .error(
                        path,
                        switch (violation.keyword()) {
                            case "uniqueItems" -> "an entry stands here twice; give each once";
                            case "minItems", "minProperties", "minLength" -> "empty" + expected;
                            case "maxItems" -> "too many entries; expected at most " + limit(violation);
                            case "maxProperties" -> value.size() + " keys" + expected;
                            case "maxLength" -> "too long; expected at most " + limit(violation) + " characters";
                            default -> what(path, value) + expected;
                        });
    }

    private long limit(Violation violation) {
        return Objects.requireNonNull(source.schema().keyword(violation.path(), violation.keyword()))
                .longValue();
    }

    private String what(KeyPath path, JsonNode value) {
        if (value.isNull()) {
            return "empty";
        }
        if (value.isContainer()) {
            return value.isArray() ? "a list does not fit here" : "a mapping does not fit here";
        }
        boolean unquoted = !value.isString()
                && source.schema().allows(path, "string")
                && source.schema().keyword(path, "pattern") == null;
        return source.shown(path) + " does not fit here" + (unquoted ? " (put it in quotes)" : "");
    }
}
