package io.sessiongate.app.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** That the configuration in force is shown whole: every key of the schema has a place in it, or a reason to have none. */
class ReportedKeysTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Of what has no row of its own the row that says it; a list or a mapping without an entry here has one by its name. */
    private static final Map<String, String> SHOWN_AS = Map.of(
            "realms.<name>.token.from[].header", "realms.<name>.token.from",
            "realms.<name>.token.from[].cookie", "realms.<name>.token.from",
            "routes[].path", "routes[].route",
            "routes[].host", "routes[].route",
            "routes[].access.roles", "routes[].access",
            "routes[].sign-in", "routes[].signIn",
            "routes[].session-endpoint", "routes[].keepsSessionAnswers",
            "routes[].rate-limits", "routes[].rateLimits");

    /** What is not shown, each with the reason. */
    private static final Map<String, String> NOT_SHOWN = Map.of(
            "realms.<name>.token.keys[].secret-encoding",
            "how the file writes a secret of which nothing but its presence is said");

    private final Set<String> schema = new TreeSet<>();
    private final Set<String> shown = new TreeSet<>();

    @BeforeEach
    void collect(@TempDir Path folder) throws IOException {
        leaves(JSON.readTree(Files.readString(Path.of("../config/sessiongate.schema.json"))), "");
        JsonNode report = JSON.readTree(JsonText.of(
                ConfigurationReport.of(PlantedConfiguration.load(folder).config(), 1)));
        for (JsonNode section : report.path("sections")) {
            for (JsonNode row : section.path("rows")) {
                shown.add(asInSchema(
                        section.path("name").asString(), row.path("key").asString()));
            }
        }
        report.path("routes").get(0).propertyNames().forEach(name -> shown.add("routes[]." + name));
    }

    /** Adds the keys that have a value of their own, and not only keys below them. */
    private void leaves(JsonNode at, String path) {
        String below = path.isEmpty() ? "" : path + ".";
        JsonNode each = at.path("additionalProperties");
        JsonNode items = at.path("items");
        at.path("properties").properties().forEach(e -> leaves(e.getValue(), below + e.getKey()));
        at.path("anyOf")
                .forEach(choice ->
                        choice.path("properties").properties().forEach(e -> leaves(e.getValue(), below + e.getKey())));
        if (each.has("properties")) {
            leaves(each, below + "<name>");
        } else if (items.has("properties")) {
            leaves(items, path + "[]");
        } else if (!at.has("properties")) {
            schema.add(path);
        }
    }

    private static String asInSchema(String section, String key) {
        return (section.equals("gateway") ? key : section + "." + key)
                .replaceFirst("^(realms|upstreams|rate-limits)\\.[^.]+", "$1.<name>")
                .replaceFirst("\\.token\\.key \\d+ ", ".token.keys[].")
                .replaceFirst("^tracing\\.headers\\..+", "tracing.headers")
                .replaceAll("\\[\\d+]", "[]");
    }

    @Test
    void showsEveryKeyOfTheSchema() {
        Set<String> missing = new TreeSet<>(schema);
        missing.removeAll(NOT_SHOWN.keySet());
        missing.removeIf(key -> shown.contains(SHOWN_AS.getOrDefault(key, key)));

        assertThat(schema).hasSizeGreaterThan(150).contains("drain", "listeners[].tls.certificates[].key");
        assertThat(missing).isEmpty();
    }

    @Test
    void excusesNoKeyThatIsShownOrGone() {
        assertThat(schema).containsAll(NOT_SHOWN.keySet()).containsAll(SHOWN_AS.keySet());
        assertThat(shown).doesNotContainAnyElementsOf(NOT_SHOWN.keySet());
        assertThat(shown).doesNotContainAnyElementsOf(SHOWN_AS.keySet());
    }
}
