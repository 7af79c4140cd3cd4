package io.sessiongate.config;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.MissingNode;

/**
 * One file being read.
 *
 * @param tree its values, substitutions made
 * @param substituted where a value came, at least in part, from outside: never shown
 * @param directory what relative paths start from
 */
record Source(
        JsonNode tree,
        Set<KeyPath> substituted,
        Path directory,
        ConfigSchema schema,
        Locations locations,
        Problems problems) {

    /** The value at a path; a missing node where there is none. */
    JsonNode at(KeyPath path) {
        JsonNode at = tree;
        for (Object segment : path.segments()) {
            @Nullable JsonNode next = segment instanceof Integer index ? at.get(index) : at.get(segment.toString());
            if (next == null) {
                return MissingNode.getInstance();
            }
            at = next;
        }
        return at;
    }

    /** The value for a message, in backquotes; only named where it may be a secret. */
    String shown(KeyPath path) {
        JsonNode value = at(path);
        if (substituted.contains(path)) {
            return "the substituted value";
        }
        if (!value.isValueNode() || schema.maySecret(path) || value.asString().length() > 200) {
            return "this value";
        }
        return "`" + value.asString().replaceAll("\\p{Cntrl}", "?") + "`";
    }
}
