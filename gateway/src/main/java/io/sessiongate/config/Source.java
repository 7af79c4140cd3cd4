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
 * @param files what the values name
 */
record Source(
        JsonNode tree,
        Set<KeyPath> substituted,
        NamedFiles files,
        ConfigSchema schema,
        Locations locations,
        Problems problems) {

    /** Where relative names start. */
    Path directory() {
        return files.directory();
    }

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
        String text = value.isValueNode() ? value.asString() : "";
        if (!value.isValueNode() || schema.maySecret(path) || mayHoldLogin(text) || text.length() > 200) {
            return value.isMissingNode() ? "the default" : "this value";
        }
        return "`" + text.replaceAll("\\p{Cntrl}", "?") + "`";
    }

    /** A plain value for a log, without quotes; null where it may be a secret. */
    @Nullable String harmless(KeyPath path) {
        String text = at(path).asString();
        return substituted.contains(path) || schema.maySecret(path) || mayHoldLogin(text) ? null : Shown.clean(text);
    }

    /** A user and a password in a URL, or a URL pasted where it does not belong. */
    private static boolean mayHoldLogin(String text) {
        return text.indexOf('@') >= 0 && text.indexOf(':') >= 0;
    }
}
