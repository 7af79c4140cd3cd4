package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of the difference between two configurations. */
class EffectiveConfigTest {

    private static final String BEFORE = """
            listeners: [ { address: "127.0.0.1:8080" } ]
            drain: 10s
            realms:
              default:
                token:
                  from: [ { header: Authorization }, { cookie: session } ]
                  keys: [ { algorithm: HS256, secret: "0123456789abcdef0123456789abcdef" } ]
                session: { database: "${DB}", table: sessions, check: { revalidate-after: 60s } }
            upstreams:
              app: { servers: [ "http://127.0.0.1:3000" ] }
              old: { servers: [ "http://127.0.0.1:3001" ] }
            routes:
              - { path: /api/admin/**, access: authenticated, upstream: app }
              - { path: /old/**, access: public, upstream: old }
              - { path: /**, access: authenticated, upstream: app }
            """;

    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>(Map.of("DB", "postgresql://app:first@127.0.0.1/app"));

    @Test
    void saysNothingOfWhatIsTheSameInOtherWords() {
        String other = "# said otherwise\n"
                + BEFORE.replace("drain: 10s\n", "").replace("routes:\n", "drain: 10s\n\nroutes:\n");
        assertThat(changes(BEFORE, other)).isEmpty();
    }

    @Test
    void knowsRoutesByWhatTheyAreFor() {
        String after = BEFORE.replace(
                        "  - { path: /api/admin/**, access: authenticated, upstream: app }\n",
                        "  - { path: /new, methods: [ POST, GET ], access: public, upstream: app }\n")
                .replace(
                        "  - { path: /**, access: authenticated",
                        "  - { path: /api/admin/**, access: { roles: [ admin, root ] }, upstream: app, stale: never }\n"
                                + "  - { path: /**, access: public");
        assertThat(changes(BEFORE, after))
                .containsExactly(
                        "routes[0] /new GET POST: added",
                        "routes[2] /api/admin/** access: authenticated -> roles [admin, root]",
                        "routes[2] /api/admin/** stale: default -> never",
                        "routes[3] /** access: authenticated -> public");
    }

    @Test
    void namesWhatWentAndWhatCame() {
        String after = BEFORE.replace(
                        "  old: { servers: [ \"http://127.0.0.1:3001\" ] }\n",
                        "  new: { servers: [ \"http://127.0.0.1:3001\" ], max-connections: 8 }\n")
                .replace("  - { path: /old/**, access: public, upstream: old }\n", "")
                .replace("drain: 10s\n", "");
        assertThat(changes(BEFORE, after))
                .containsExactly(
                        "upstreams.new: added",
                        "upstreams.old: removed",
                        "routes[1] /old/**: removed",
                        "drain: 10s -> default");
    }

    @Test
    void showsNoSecret() {
        String after = BEFORE.replace("0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210");
        environment.put("DB2", "postgresql://app:second@127.0.0.1/app");
        assertThat(changes(BEFORE, after.replace("${DB}", "${DB2}")))
                .containsExactly(
                        "realms.default.token.keys[0].secret: changed", "realms.default.session.database: changed");
    }

    @Test
    void showsNoSecretThatTakesThePlaceOfNone() {
        assertThat(changes(BEFORE, BEFORE + "admin: { secret: 0123456789abcdef-secret }\n"))
                .containsExactly("admin.secret: changed");
        String with = BEFORE + "admin: { address: \"127.0.0.1:9901\" }\n";
        assertThat(changes(with, with.replace(":9901\"", ":9901\", secret: 0123456789abcdef-secret")))
                .containsExactly("admin.secret: changed");
    }

    @Test
    void namesFilesThatHoldSomethingElse() throws IOException {
        Files.writeString(folder.resolve("key.txt"), "0123456789abcdef0123456789abcdef\n");
        String config = BEFORE.replace("\"0123456789abcdef0123456789abcdef\"", "\"${file:key.txt}\"");
        EffectiveConfig before = read(config);
        Files.writeString(folder.resolve("key.txt"), "fedcba9876543210fedcba9876543210\n");
        assertThat(before.changesTo(read(config)))
                .extracting(Change::toString)
                .containsExactly("realms.default.token.keys[0].secret: changed", "file key.txt: changed");
    }

    @Test
    void tellsWhatNeedsAStart() {
        List<Change> changes = read(BEFORE)
                .changesTo(read(BEFORE.replace(":8080", ":8081")
                        + "event-loops: 3\nlimits: { buffered-bytes: 1MiB, header-count: 50 }\n"
                        + "tracing: { endpoint: \"https://c/\", headers: { X-Key: s3cret } }\n"));
        assertThat(changes)
                .filteredOn(Change::restart)
                .extracting(Change::toString)
                .containsExactly(
                        "listeners[0].address: 127.0.0.1:8080 -> 127.0.0.1:8081",
                        "event-loops: default -> 3",
                        "limits.buffered-bytes: default -> 1MiB",
                        "tracing.endpoint: default -> https://c/",
                        "tracing.headers.X-Key: changed");
        assertThat(changes).filteredOn(change -> !change.restart()).hasSize(1);
    }

    @Test
    void namesAllFilesThatWereReadOrCouldNotBe() {
        Path file = write(BEFORE.replace("\"0123456789abcdef0123456789abcdef\"", "\"${file:missing.txt}\""));
        Reading reading = ConfigLoader.read(file, environment::get);
        assertThat(reading.result()).isInstanceOf(LoadResult.Invalid.class);
        assertThat(reading.files()).containsExactlyInAnyOrder(file, folder.resolve("missing.txt"));
    }

    private List<String> changes(String before, String after) {
        return read(before).changesTo(read(after)).stream()
                .map(Change::toString)
                .toList();
    }

    private EffectiveConfig read(String yaml) {
        Reading reading = ConfigLoader.read(write(yaml), environment::get);
        assertThat(reading.result()).isInstanceOf(LoadResult.Loaded.class);
        return Objects.requireNonNull(reading.effective());
    }

    private Path write(String yaml) {
        try {
            return Files.writeString(folder.resolve("sessiongate.yaml"), yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
