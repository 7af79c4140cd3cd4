package io.sessiongate.config;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Whether a tree surely fits a schema. It never takes one that the schema library refuses, and says no where it does not know: then
 * the library decides, and says what is wrong. A start with a file that is right needs not load that. Stateless but for the schema.
 */
final class SchemaFit {

    private static final Set<String> SAY_NOTHING =
            Set.of("$schema", "$defs", "title", "description", "default", "examples");

    private final JsonNode root;

    SchemaFit(JsonNode root) {
        this.root = root;
    }

    boolean fits(JsonNode tree) {
        return fits(root, tree);
    }

    private boolean fits(JsonNode schema, JsonNode value) {
        if (!schema.isObject()) {
            return schema.isBoolean() && schema.booleanValue();
        }
        for (Map.Entry<String, JsonNode> keyword : schema.properties()) {
            if (!SAY_NOTHING.contains(keyword.getKey()) && !fits(keyword.getKey(), keyword.getValue(), schema, value)) {
                return false;
            }
        }
        return true;
    }

    private boolean fits(String keyword, JsonNode wanted, JsonNode schema, JsonNode value) {
        return switch (keyword) {
            case "$ref" -> fits(root.at(wanted.asString().substring(1)), value);
            case "type" -> isOneOf(wanted, value);
            case "enum" -> contains(wanted, value);
            case "oneOf" -> requiresExactlyOne(wanted, value);
            case "minimum" -> !value.isNumber() || (whole(value) && value.longValue() >= wanted.longValue());
            case "maximum" -> !value.isNumber() || (whole(value) && value.longValue() <= wanted.longValue());
            // The whole text, which a pattern without anchors may not want; then the library has the say.
            case "pattern" ->
                !value.isString()
                        || Pattern.compile(wanted.asString())
                                .matcher(value.asString())
                                .matches();
            case "minLength" -> !value.isString() || length(value) >= wanted.longValue();
            case "maxLength" -> !value.isString() || length(value) <= wanted.longValue();
            case "minItems" -> !value.isArray() || value.size() >= wanted.longValue();
            case "maxItems" -> !value.isArray() || value.size() <= wanted.longValue();
            case "minProperties" -> !value.isObject() || value.size() >= wanted.longValue();
            case "maxProperties" -> !value.isObject() || value.size() <= wanted.longValue();
            case "uniqueItems" -> !value.isArray() || areUnique(value);
            case "items" -> !value.isArray() || value.valueStream().allMatch(item -> fits(wanted, item));
            case "required" -> hasAll(wanted, value);
            case "properties" ->
                wanted.properties().stream()
                        .allMatch(p -> !value.has(p.getKey()) || fits(p.getValue(), value.path(p.getKey())));
            case "additionalProperties" ->
                value.properties().stream()
                        .allMatch(p -> schema.path("properties").has(p.getKey()) || fits(wanted, p.getValue()));
            case "propertyNames" ->
                value.propertyNames().stream()
                        .allMatch(name -> fits(wanted, JsonNodeFactory.instance.stringNode(name)));
            default -> false;
        };
    }

    private static boolean isOneOf(JsonNode types, JsonNode value) {
        return types.isArray() ? types.valueStream().anyMatch(type -> is(type, value)) : is(types, value);
    }

    private static boolean is(JsonNode type, JsonNode value) {
        return switch (type.asString()) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isString();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            default -> false;
        };
    }

    private static boolean contains(JsonNode texts, JsonNode value) {
        return value.isString() && texts.valueStream().anyMatch(value::equals);
    }

    /** Of alternatives that require and nothing else, which are all that there are. */
    private static boolean requiresExactlyOne(JsonNode alternatives, JsonNode value) {
        return alternatives.valueStream().allMatch(a -> a.size() == 1 && a.has("required"))
                && alternatives
                                .valueStream()
                                .filter(a -> hasAll(a.path("required"), value))
                                .count()
                        == 1;
    }

    private static boolean hasAll(JsonNode names, JsonNode value) {
        return !value.isObject() || names.valueStream().allMatch(name -> value.has(name.asString()));
    }

    private static boolean areUnique(JsonNode items) {
        Set<JsonNode> seen = new HashSet<>();
        return items.valueStream().allMatch(seen::add);
    }

    private static boolean whole(JsonNode number) {
        return number.isIntegralNumber() && number.canConvertToLong();
    }

    private static int length(JsonNode text) {
        String string = text.asString();
        return string.codePointCount(0, string.length());
    }
}
