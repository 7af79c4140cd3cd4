package io.sessiongate.config;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Replaces <code>${NAME}</code>, <code>${NAME:-default}</code> and <code>${file:path}</code> in values, never in keys;
 * <code>$${</code> stands for <code>${</code> itself. What was put in is not searched again. Where the schema wants a
 * number or true or false, the text becomes one.
 */
final class Substitution {

    private static final Pattern NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

    private final NamedFiles files;
    private final Function<String, @Nullable String> environment;
    private final ConfigSchema schema;
    private final Problems problems;
    private final Set<KeyPath> substituted = new HashSet<>();

    Substitution(
            NamedFiles files, Function<String, @Nullable String> environment, ConfigSchema schema, Problems problems) {
        this.files = files;
        this.environment = environment;
        this.schema = schema;
        this.problems = problems;
    }

    /** Paths whose values hold something from outside; complete after {@link #apply}. */
    Set<KeyPath> substituted() {
        return Set.copyOf(substituted);
    }

    JsonNode apply(JsonNode node, KeyPath path) {
        if (node instanceof ObjectNode) {
            ObjectNode copy = JsonNodeFactory.instance.objectNode();
            node.properties().forEach(e -> copy.set(e.getKey(), apply(e.getValue(), path.child(e.getKey()))));
            return copy;
        }
        if (node.isArray()) {
            var copy = JsonNodeFactory.instance.arrayNode();
            node.forEach(item -> copy.add(apply(item, path.child(copy.size()))));
            return copy;
        }
        return node.isString() && node.asString().contains("${") ? typed(expand(node.asString(), path), path) : node;
    }

    private JsonNode typed(String text, KeyPath path) {
        if (schema.allows(path, "integer")) {
            return YamlTree.wholeNumberOrText(text.strip());
        }
        return schema.allows(path, "boolean")
                        && (text.strip().equals("true") || text.strip().equals("false"))
                ? JsonNodeFactory.instance.booleanNode(Boolean.parseBoolean(text.strip()))
                : JsonNodeFactory.instance.stringNode(text);
    }

    private String expand(String text, KeyPath path) {
        var out = new StringBuilder();
        int from = 0;
        for (int at = text.indexOf("${"); at >= 0; at = text.indexOf("${", from)) {
            if (at > from && text.charAt(at - 1) == '$') {
                out.append(text, from, at - 1).append("${");
                from = at + 2;
                continue;
            }
            substituted.add(path);
            int end = text.indexOf('}', at);
            if (end < 0) {
                problems.error(path, "`${` without `}`; write `$${` for the characters themselves");
                return text;
            }
            out.append(text, from, at).append(replacement(text.substring(at + 2, end), path));
            from = end + 1;
        }
        return out.append(text, from, text.length()).toString();
    }

    private String replacement(String expression, KeyPath path) {
        if (expression.startsWith("file:")) {
            return content(expression.substring("file:".length()), path);
        }
        int split = expression.indexOf(":-");
        String name = split < 0 ? expression : expression.substring(0, split);
        if (!NAME.matcher(name).matches() || (split >= 0 && expression.contains("${"))) {
            problems.error(
                    path, "a substitution that cannot be read; expected ${NAME}, ${NAME:-default} or ${file:path}");
            return "";
        }
        @Nullable String value = environment.apply(name);
        if (value != null && !value.isEmpty()) {
            return value;
        }
        if (split >= 0) {
            return expression.substring(split + 2);
        }
        problems.error(
                path,
                "environment variable " + name + " is " + (value == null ? "not set" : "empty")
                        + "; set it, or give a default as in ${" + name + ":-default}");
        return "";
    }

    private String content(String file, KeyPath path) {
        try {
            return files.read(file).replaceFirst("\\r?\\n\\z", "");
        } catch (IOException e) {
            problems.error(path, "${file:…} cannot be read: " + e.getMessage());
            return "";
        }
    }
}
