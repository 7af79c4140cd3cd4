package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/** The example, the schema and the reference that newcomers read agree with the loader. */
class PublishedFilesTest {

    private static final Path EXAMPLE = Path.of("../config/sessiongate.yaml");
    private static final Map<String, String> ENVIRONMENT =
            Map.of("JWT_SECRET", LoadedFile.SECRET, "DATABASE_URL", LoadedFile.URL);

    /** One key of the schema. */
    private record Key(String path, JsonNode schema) {}

    private static JsonNode schema;
    private static List<Key> keys;

    @BeforeAll
    static void readSchema() throws IOException {
        schema = new ObjectMapper().readTree(Files.readString(Path.of("../config/sessiongate.schema.json")));
        keys = new ArrayList<>();
        collect(schema, "");
    }

    private static void collect(JsonNode at, String path) {
        at.path("properties").properties().forEach(e -> {
            String key = path + (path.isEmpty() ? "" : ".") + e.getKey();
            keys.add(new Key(key, e.getValue()));
            collect(e.getValue(), key);
        });
        if (at.path("additionalProperties").isObject()) {
            collect(at.path("additionalProperties"), path + ".<name>");
        }
        if (at.path("items").has("properties")) {
            collect(at.path("items"), path + "[]");
        }
    }

    @Test
    void acceptsTheExampleWithoutAWarning() {
        LoadResult result = ConfigLoader.load(EXAMPLE, ENVIRONMENT::get);

        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        assertThat(((LoadResult.Loaded) result).warnings()).isEmpty();
    }

    @Test
    void namesBothVariablesThatTheExampleNeeds() {
        LoadResult result = ConfigLoader.load(EXAMPLE, name -> null);

        assertThat(((LoadResult.Invalid) result).problems())
                .extracting(Problem::key)
                .containsExactly("realms.default.token.keys[0].secret", "realms.default.session.database");
    }

    @Test
    void describesEveryKeyInTheSchema() {
        assertThat(keys)
                .filteredOn(key -> key.schema().path("description").asString("").isEmpty())
                .isEmpty();
    }

    @Test
    void hasOneRowForEveryKeyInTheReference() throws IOException {
        List<String> rows = Files.readAllLines(Path.of("../docs/configuration.md"));

        assertThat(keys)
                .filteredOn(key -> rows.stream()
                                .filter(row -> row.startsWith("| `" + key.path() + "` |"))
                                .count()
                        != 1)
                .extracting(Key::path)
                .isEmpty();
    }

    @Test
    void givesDefaultsAndRangesInTheReferenceAsTheyAre() throws IOException {
        List<String> rows = Files.readAllLines(Path.of("../docs/configuration.md"));

        for (Key key : keys) {
            String row = rows.stream()
                    .filter(r -> r.startsWith("| `" + key.path() + "` |"))
                    .findFirst()
                    .orElse("");
            for (String keyword : new String[] {"default", "minimum", "maximum", "x-minimum", "x-maximum"}) {
                JsonNode value = key.schema().get(keyword);
                if (value != null && !value.isContainer()) {
                    assertThat(row).as(key.path() + " " + keyword).contains(value.asString());
                }
            }
        }
    }

    @Test
    void documentsNoKeyThatThereIsNot() throws IOException {
        List<String> known = keys.stream().map(Key::path).toList();

        assertThat(Files.readAllLines(Path.of("../docs/configuration.md")))
                .filteredOn(row -> row.matches("\\| `[a-z].*"))
                .filteredOn(row -> row.matches("\\| `[a-z-]+[.\\[` ].*\\|.*\\|.*\\|.*\\|.*"))
                .allSatisfy(row -> assertThat(known).contains(row.split("`", -1)[1]));
    }

    @Test
    void letsEditorsAcceptASubstitutionInPlaceOfAnyScalar() {
        for (Key key : keys) {
            if (key.schema().has("properties") && !key.path().equals("routes[].access")) {
                continue;
            }
            ObjectNode node = new ObjectMapper().createObjectNode();
            node.set("$defs", schema.path("$defs"));
            node.putObject("properties").set("key", key.schema());
            boolean list = "array".equals(key.schema().path("type").asString(""));
            var value = new ObjectMapper().createObjectNode();
            if (list && !key.schema().path("items").has("properties")) {
                value.putArray("key").add("${NAME}");
            } else if (!list && !"object".equals(key.schema().path("type").asString(""))) {
                value.put("key", "${NAME}");
            }
            assertThat(SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
                            .getSchema(node)
                            .validate(value))
                    .as(key.path())
                    .isEmpty();
        }
    }

    @Test
    void closesEveryMapping() {
        assertThat(open(schema, "")).isEmpty();
    }

    private static List<String> open(JsonNode at, String path) {
        var open = new ArrayList<String>();
        if (at.has("properties") && !at.path("additionalProperties").isBoolean()) {
            open.add(path);
        }
        at.path("properties").properties().forEach(e -> open.addAll(open(e.getValue(), path + "." + e.getKey())));
        open.addAll(at.path("items").isObject() ? open(at.path("items"), path + "[]") : List.of());
        JsonNode any = at.path("additionalProperties");
        open.addAll(any.isObject() ? open(any, path + ".*") : List.of());
        return open;
    }
}
