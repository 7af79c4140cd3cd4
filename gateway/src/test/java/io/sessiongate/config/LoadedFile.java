package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** A configuration written to a directory and read back, with messages as if the file stood in the current one. */
final class LoadedFile {

    static final String SECRET = "0123456789abcdef0123456789abcdef";
    static final String URL = "postgresql://app:pw@localhost:5432/app";

    /** The least that is valid; keys are replaced or added at the top level by {@link #with}. */
    static final Map<String, String> MINIMUM = Map.of(
            "listeners", "listeners: [ { address: 127.0.0.1:8080 } ]\n",
            "upstreams", "upstreams: { dashboard: { servers: [ http://127.0.0.1:3000 ] } }\n",
            "routes", "routes: [ { path: /**, access: public, upstream: dashboard } ]\n");

    static final String REALM = """
            realms:
              default:
                token:
                  from: [ { header: Authorization } ]
                  keys: [ { algorithm: HS256, secret: 0123456789abcdef0123456789abcdef } ]
                session:
                  database: postgresql://app:pw@localhost:5432/app
                  table: sessions
            """;

    static final String GUARDED = """
            listeners: [ { address: 127.0.0.1:8080 } ]
            upstreams: { dashboard: { servers: [ http://127.0.0.1:3000 ] } }
            routes: [ { path: /**, access: authenticated, upstream: dashboard } ]
            """;

    private final Path directory;
    private final Map<String, String> environment = new HashMap<>(Map.of("JWT_SECRET", SECRET, "DATABASE_URL", URL));

    LoadedFile(Path directory) {
        this.directory = directory;
    }

    LoadedFile env(String name, String value) {
        environment.put(name, value);
        return this;
    }

    LoadedFile file(String name, String content) {
        write(directory.resolve(name), content);
        return this;
    }

    LoadResult load(String yaml) {
        Path file = directory.resolve("sessiongate.yaml");
        write(file, yaml);
        return ConfigLoader.load(file, environment::get);
    }

    /** Every problem as a line, errors of an invalid file or warnings of a valid one. */
    List<String> problems(String yaml) {
        LoadResult result = load(yaml);
        List<Problem> problems = result instanceof LoadResult.Invalid invalid
                ? invalid.problems()
                : ((LoadResult.Loaded) result).warnings();
        return lines(problems);
    }

    List<String> errors(String yaml) {
        LoadResult result = load(yaml);
        assertThat(result).isInstanceOf(LoadResult.Invalid.class);
        return lines(((LoadResult.Invalid) result).problems());
    }

    List<String> warnings(String yaml) {
        loaded(yaml);
        return problems(yaml);
    }

    GatewayConfig loaded(String yaml) {
        LoadResult result = load(yaml);
        if (result instanceof LoadResult.Loaded loaded) {
            return loaded.config();
        }
        return fail("not valid: " + lines(((LoadResult.Invalid) result).problems()));
    }

    /** The realm named default of a valid file. */
    RealmConfig realm(String yaml) {
        return Objects.requireNonNull(loaded(yaml).realms().get("default"));
    }

    /** Errors of the smallest valid file with further top-level text in front, so that its line 1 is the text's. */
    List<String> errorsOf(String text) {
        return errors(with(text));
    }

    /** The smallest valid file with further top-level keys in front, in place of those of the same name. */
    static String with(String text) {
        var yaml = new StringBuilder(text.endsWith("\n") ? text : text + "\n");
        MINIMUM.forEach((key, value) -> {
            if (!("\n" + text).contains("\n" + key + ":")) {
                yaml.append(value);
            }
        });
        return yaml.toString();
    }

    private List<String> lines(List<Problem> problems) {
        return problems.stream()
                .map(p -> p.toString().replace(directory + "/", ""))
                .toList();
    }

    private static void write(Path file, String content) {
        try {
            Files.createDirectories(file.getParent());
            Files.writeString(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
