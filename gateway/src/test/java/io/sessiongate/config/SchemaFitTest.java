package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The short way through the schema takes what the library takes, and nothing else. */
class SchemaFitTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final String CONFIGURATION = """
            {
              "mode": "enforce", "transport": "auto", "drain": "30s", "trusted-proxies": ["10.0.0.0/8"],
              "listeners": [{"address": "127.0.0.1:1"}],
              "admin": {"address": "127.0.0.1:2", "secret": "long enough for an admin"},
              "log": {"format": "json", "access": true},
              "limits": {"connections": 5},
              "realms": {"default": {
                "token": {
                  "from": [{"header": "Authorization"}, {"cookie": "session"}],
                  "keys": [{"algorithm": "HS256", "secret": "long enough for a key, surely"}],
                  "audience": ["a", "b"],
                  "claims": {"subject": "sub", "session": "a.b"}
                },
                "session": {
                  "database": "postgres://u:p@127.0.0.1:1/x", "table": "sessions",
                  "attributes": {"role": "role"},
                  "check": {"revalidate-after": "10s"}
                },
                "identity": {
                  "headers": {"subject": "X-Auth-Subject", "session": null},
                  "claims": {"X-Auth-Email": "email"},
                  "assertion": {"secret": "long enough for an assertion", "attributes": ["role"]}
                }
              }},
              "upstreams": {"app": {"servers": ["http://127.0.0.1:1"], "max-connections": 5}},
              "routes": [{"path": "/**", "access": "public", "upstream": "app", "methods": ["GET", "HEAD"]}]
            }""";

    private static final String[] VALUES = {
        "null",
        "true",
        "-1",
        "0",
        "1",
        "65536",
        "9223372036854775807",
        "99999999999999999999",
        "0.5",
        "\"\"",
        "\"a\"",
        "\"a\\n\"",
        "\"10s\"",
        "\"10s\\n\"",
        "\"HS256\"",
        "\"enforce\"",
        "\"${A}\"",
        "\"a b\"",
        "\"X-Auth-Subject\\n\"",
        "\"a..b\"",
        "[]",
        "[[]]",
        "[\"a\"]",
        "[\"a\", \"a\"]",
        "[\"a\", \"b\"]",
        "[1, 1]",
        "{}",
        "{\"a\": 1}",
        "{\"a b\": \"a\"}",
        "{\"table\": \"a\", \"database\": \"a\"}",
        "{\"table\": \"a\", \"query\": \"a\", \"database\": \"a\"}"
    };

    private final ConfigSchema schema = ConfigSchema.load();

    @Test
    void takesAConfigurationThatIsRight() {
        assertThat(schema.violations(JSON.readTree(CONFIGURATION))).isEmpty();
        assertThat(schema.surelyFits(JSON.readTree(CONFIGURATION))).isTrue();
    }

    @Test
    void judgesEveryOtherValueInEveryPlaceAsTheLibraryDoes() {
        JsonNode right = JSON.readTree(CONFIGURATION);
        for (KeyPath path : paths(KeyPath.ROOT, right)) {
            for (String value : VALUES) {
                judgesAlike(with(right.deepCopy(), path, JSON.readTree(value)), path + " = " + value);
            }
            judgesAlike(with(right.deepCopy(), path, null), path + " left out");
        }
    }

    /** The file has none: what is not a whole number is read as text. */
    @Test
    void leavesDecimalsToTheLibrary() {
        JsonNode tree = with(JSON.readTree(CONFIGURATION), KeyPath.of("limits", "connections"), JSON.readTree("1.0"));

        assertThat(schema.surelyFits(tree)).isFalse();
        assertThat(schema.validate(tree)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {63, 64, 65, 255, 256, 257, 1024, 1025})
    void countsAsTheLibraryDoes(int length) {
        JsonNode right = JSON.readTree(CONFIGURATION);
        for (KeyPath path : paths(KeyPath.ROOT, right)) {
            JsonNode one = at(right, path);
            JsonNode longer = one.isArray() && !one.isEmpty()
                    ? many(one, length)
                    : JSON.getNodeFactory().stringNode("a".repeat(length - 1) + "\uD83D\uDE00");
            judgesAlike(with(right.deepCopy(), path, longer), path + " of length " + length);
        }
    }

    private void judgesAlike(JsonNode tree, String what) {
        assertThat(schema.surelyFits(tree))
                .as(what)
                .isEqualTo(schema.violations(tree).isEmpty());
    }

    private static JsonNode many(JsonNode array, int length) {
        ArrayNode many = JSON.createArrayNode();
        for (int i = 0; i < length; i++) {
            many.add(array.get(0));
        }
        return many;
    }

    private static List<KeyPath> paths(KeyPath path, JsonNode node) {
        List<KeyPath> paths = new ArrayList<>();
        for (String name : node.propertyNames()) {
            paths.add(path.child(name));
            paths.addAll(paths(path.child(name), node.path(name)));
        }
        for (int i = 0; node.isArray() && i < node.size(); i++) {
            paths.add(path.child(i));
            paths.addAll(paths(path.child(i), node.path(i)));
        }
        return paths;
    }

    private static JsonNode at(JsonNode tree, KeyPath path) {
        JsonNode at = tree;
        for (Object segment : path.segments()) {
            at = segment instanceof Integer index ? at.path(index) : at.path(segment.toString());
        }
        return at;
    }

    private static JsonNode with(JsonNode tree, KeyPath path, @Nullable JsonNode value) {
        JsonNode parent = at(tree, path.parent());
        Object last = path.segments().get(path.segments().size() - 1);
        if (parent instanceof ArrayNode array) {
            if (value == null) {
                array.remove((int) (Integer) last);
            } else {
                array.set((int) (Integer) last, value);
            }
        } else if (parent instanceof ObjectNode object) {
            if (value == null) {
                object.remove(last.toString());
            } else {
                object.set(last.toString(), value);
            }
        }
        return tree;
    }
}
