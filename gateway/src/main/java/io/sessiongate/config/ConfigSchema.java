package io.sessiongate.config;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The published JSON Schema: it validates a configuration, and is where defaults, ranges and the wording of what would
 * be right stand. Beside the standard keywords it has {@code x-expected} (what would be right), {@code x-minimum} and
 * {@code x-maximum} (of durations and sizes), {@code x-kind} (which of the two) and {@code x-secret} (never show the
 * value).
 *
 * <p>For editors it lets <code>${…}</code> stand in place of any scalar; the loader validates after substitution, without
 * that leave. The one class that knows the schema library. Immutable.
 */
final class ConfigSchema {

    private static final String RESOURCE = "sessiongate.schema.json";
    private static final String SUBSTITUTION_ALTERNATIVE = "|\\$\\{";
    private static final String ONLY_SUBSTITUTION = "\\$\\{";

    private final JsonNode root;
    /** Without the leave for substitutions. */
    private final JsonNode strict;

    private ConfigSchema(JsonNode root, JsonNode strict) {
        this.root = root;
        this.strict = strict;
    }

    static ConfigSchema load() {
        try (InputStream in = Objects.requireNonNull(ConfigSchema.class.getResourceAsStream(RESOURCE), RESOURCE)) {
            JsonNode root = JsonTree.read(in);
            JsonNode strict = root.deepCopy();
            withoutLeave(strict);
            return new ConfigSchema(root, strict);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One violation: what the library says about it, free of the library's types. */
    record Violation(KeyPath path, String keyword, @Nullable String property) {}

    /** What does not fit, in no order; empty where all does. */
    List<Violation> validate(JsonNode tree) {
        return surelyFits(tree) ? List.of() : violations(tree);
    }

    boolean surelyFits(JsonNode tree) {
        return new SchemaFit(strict).fits(tree);
    }

    /** What the library says. */
    List<Violation> violations(JsonNode tree) {
        Schema validator = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                .getSchema(strict);
        return validator.validate(tree).stream()
                .map(e -> new Violation(path(e), e.getKeyword(), e.getProperty()))
                .toList();
    }

    private static KeyPath path(Error error) {
        var location = error.getInstanceLocation();
        KeyPath path = KeyPath.ROOT;
        for (int i = 0; i < location.getNameCount(); i++) {
            path = path.child(location.getElement(i));
        }
        return path;
    }

    /** The schema of whatever stands at a path, or null where nothing may stand. */
    @Nullable JsonNode at(KeyPath path) {
        @Nullable JsonNode at = root;
        for (Object segment : path.segments()) {
            if (at == null) {
                return null;
            }
            at = segment instanceof Integer ? at.get("items") : ofKey(at, segment.toString());
        }
        return at;
    }

    private static @Nullable JsonNode ofKey(JsonNode schema, String name) {
        JsonNode named = schema.path("properties").get(name);
        JsonNode any = schema.get("additionalProperties");
        return named != null ? named : any != null && any.isObject() ? any : null;
    }

    /** A keyword at a path, its own or that of the definition it refers to; null where there is none. */
    @Nullable JsonNode keyword(KeyPath path, String keyword) {
        @Nullable JsonNode schema = at(path);
        return schema == null ? null : keyword(schema, keyword);
    }

    private @Nullable JsonNode keyword(JsonNode schema, String keyword) {
        JsonNode own = schema.get(keyword);
        JsonNode reference = schema.get("$ref");
        return own != null || reference == null
                ? own
                : root.at(reference.asString().substring(1)).get(keyword);
    }

    /** Whether a value of this JSON type may stand at the path. */
    boolean allows(KeyPath path, String type) {
        @Nullable JsonNode types = keyword(path, "type");
        return types != null
                && (types.isArray()
                        ? types.valueStream().anyMatch(t -> t.asString().equals(type))
                        : types.asString().equals(type));
    }

    /** The keys that a mapping at the path may have; empty where names are free. */
    List<String> keys(KeyPath path) {
        @Nullable JsonNode properties = keyword(path, "properties");
        return properties == null ? List.of() : List.copyOf(properties.propertyNames());
    }

    /** Whether a secret may stand at the path or somewhere in it, or whether nothing is known about the place. */
    boolean maySecret(KeyPath path) {
        @Nullable JsonNode schema = at(path);
        return schema == null || maySecret(schema);
    }

    private static boolean maySecret(JsonNode schema) {
        return schema.has("x-secret")
                || (schema.has("items") && maySecret(schema.path("items")))
                || (schema.has("additionalProperties") && maySecret(schema.path("additionalProperties")))
                || schema.path("properties").valueStream().anyMatch(ConfigSchema::maySecret);
    }

    /** What would be right at the path, to stand after "expected". */
    String expected(KeyPath path) {
        @Nullable JsonNode said = keyword(path, "x-expected");
        if (said != null) {
            return said.asString();
        }
        if (allows(path, "integer")) {
            return "a whole number from " + number(path, "minimum") + " to " + number(path, "maximum");
        }
        @Nullable JsonNode kind = keyword(path, "x-kind");
        if (kind != null) {
            return "a " + kind.asString() + " from " + text(path, "x-minimum") + " to " + text(path, "x-maximum")
                    + (kind.asString().equals("size")
                            ? ", such as 512B, 64KiB or 1MiB"
                            : ", such as 500ms, 10s, 5m or 1h");
        }
        if (allows(path, "object")) {
            return keys(path).isEmpty() ? "a mapping" : "a mapping with keys among " + String.join(", ", keys(path));
        }
        return allows(path, "array") ? "a list" : "text";
    }

    private long number(KeyPath path, String keyword) {
        return Objects.requireNonNull(keyword(path, keyword), keyword).longValue();
    }

    /** A keyword that must be there: its absence is a mistake in the schema. */
    String text(KeyPath path, String keyword) {
        return Objects.requireNonNull(keyword(path, keyword), keyword).asString();
    }

    /** Takes the leave for substitutions out of every schema in the tree, and our own keywords with it. */
    private static void withoutLeave(JsonNode node) {
        if (node instanceof ObjectNode schema) {
            schema.propertyNames().stream()
                    .filter(name -> name.startsWith("x-"))
                    .toList()
                    .forEach(schema::remove);
            String pattern = schema.path("pattern").asString("");
            if (pattern.equals(ONLY_SUBSTITUTION)) {
                schema.remove("pattern");
                schema.set("type", schema.path("type").path(0));
            } else if (pattern.endsWith(SUBSTITUTION_ALTERNATIVE)) {
                schema.put("pattern", pattern.substring(0, pattern.length() - SUBSTITUTION_ALTERNATIVE.length()));
            }
            if (schema.has("anyOf")) {
                schema.set("enum", schema.path("anyOf").path(0).path("enum"));
                schema.remove("anyOf");
            }
        }
        node.forEach(ConfigSchema::withoutLeave);
    }
}
