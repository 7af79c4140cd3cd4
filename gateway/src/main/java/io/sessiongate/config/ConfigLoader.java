package io.sessiongate.config;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads a configuration file: text, tree, substitutions, schema, records. All that is wrong is reported at once; only a
 * text that is not YAML ends at its first error. Blocks on the disk, resolves no names, connects to nothing.
 */
public final class ConfigLoader {

    private static final int MAX_BYTES = 1 << 20;

    private ConfigLoader() {}

    /**
     * Reads a file of at most 1 MiB. Never throws for what the file, or a file it names, holds.
     *
     * @param environment value of a variable, or null where it is not set; usually {@code System::getenv}
     */
    public static LoadResult load(Path file, Function<String, @Nullable String> environment) {
        return read(file, environment).result();
    }

    /** The same, with what is needed to find out what has changed since. */
    static Reading read(Path file, Function<String, @Nullable String> environment) {
        var locations = new Locations();
        var problems = new Problems(file.toString(), locations);
        @Nullable String text = text(file, problems);
        @Nullable JsonNode raw = text == null ? null : YamlTree.read(text, locations, problems);
        if (raw == null) {
            return new Reading(
                    new LoadResult.Invalid(problems.errors()),
                    null,
                    Set.of(file.toAbsolutePath().normalize()));
        }
        @Nullable Path parent = file.toAbsolutePath().normalize().getParent();
        Path directory = parent == null ? Path.of("") : parent;
        var schema = ConfigSchema.load();
        var files = new NamedFiles(directory);
        var substitution = new Substitution(files, environment, schema, problems);
        JsonNode tree = substitution.apply(raw, KeyPath.ROOT);
        var source = new Source(tree, substitution.substituted(), files, schema, locations, problems);
        new SchemaCheck(source).run();
        GatewayConfig config = GatewaySection.read(new Section(source, KeyPath.ROOT));
        List<Problem> errors = problems.errors();
        Set<Path> all = new HashSet<>(files.hashes().keySet());
        all.add(file.toAbsolutePath().normalize());
        LoadResult result =
                errors.isEmpty() ? new LoadResult.Loaded(config, problems.warnings()) : new LoadResult.Invalid(errors);
        return new Reading(result, new EffectiveConfig(source), all);
    }

    private static @Nullable String text(Path file, Problems problems) {
        try {
            String text = TextFile.utf8(TextFile.bytes(file, MAX_BYTES));
            return text.startsWith("\uFEFF") ? text.substring(1) : text;
        } catch (IOException e) {
            problems.error(KeyPath.ROOT, Locations.Position.START, "", "cannot be read: " + e.getMessage());
            return null;
        }
    }
}
