package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However broken a file is, loading it ends in problems or a configuration, never in an exception. */
class MutatedFilesTest {

    private static final int ROUNDS = 200;
    private static final String[] PIECES = {
        "${",
        "}",
        "${JWT_SECRET}",
        "${file:.}",
        "[",
        "]",
        "{",
        "}",
        ":",
        ": ",
        "- ",
        "\n",
        "  ",
        "\t",
        "'",
        "\"",
        "&a ",
        "*a",
        "!!int ",
        "<<: ",
        "---\n",
        "null",
        "~",
        "true",
        "-1",
        "1e999",
        ".nan",
        "99999999999999999999",
        "0s",
        "h",
        "/",
        "/**",
        "\\",
        "\u0000",
        "\uFFFF",
        "\uD800",
        "é",
        "|",
        ">",
        "?",
        "%",
        "@",
        "none",
        "[[[[[[[[[[",
        "$",
        "#"
    };

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void neverThrows(long seed) throws IOException {
        String example = Files.readString(Path.of("../config/sessiongate.yaml"));
        var random = new Random(seed);
        for (int round = 0; round < ROUNDS; round++) {
            String mutated = mutate(example, random);
            var file = new LoadedFile(directory);
            assertThatCode(() -> file.load(mutated))
                    .as("seed %d:%n%s", seed, mutated)
                    .doesNotThrowAnyException();
        }
    }

    private static String mutate(String text, Random random) {
        String mutated = text;
        for (int times = 1 + random.nextInt(4); times > 0; times--) {
            int from = random.nextInt(mutated.length() + 1);
            int to = Math.min(mutated.length(), from + random.nextInt(30));
            mutated = switch (random.nextInt(4)) {
                case 0 -> mutated.substring(0, from) + mutated.substring(to);
                case 1 -> mutated.substring(0, from) + PIECES[random.nextInt(PIECES.length)] + mutated.substring(from);
                case 2 -> mutated.substring(0, from) + PIECES[random.nextInt(PIECES.length)] + mutated.substring(to);
                default -> lines(mutated, random);
            };
        }
        // A lone surrogate cannot be written as UTF-8.
        return mutated.replaceAll("[\\uD800-\\uDFFF]", "?");
    }

    /** Two lines change places, or one comes twice. */
    private static String lines(String text, Random random) {
        List<String> lines = new ArrayList<>(Arrays.asList(text.split("\n", -1)));
        int one = random.nextInt(lines.size());
        int other = random.nextInt(lines.size());
        if (random.nextBoolean()) {
            Collections.swap(lines, one, other);
        } else {
            lines.add(other, lines.get(one));
        }
        return String.join("\n", lines);
    }
}
