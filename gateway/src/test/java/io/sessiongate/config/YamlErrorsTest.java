package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class YamlErrorsTest {

    @TempDir
    Path directory;

    private LoadedFile file;

    @BeforeEach
    void createFile() {
        file = new LoadedFile(directory);
    }

    @Test
    void saysWhenThereIsNoFile() {
        var result = ConfigLoader.load(Path.of("no/such.yaml"), name -> null);

        assertThat(((LoadResult.Invalid) result).problems())
                .extracting(Problem::toString)
                .containsExactly("no/such.yaml:1:1: cannot be read: there is no such file");
    }

    @Test
    void refusesAFileThatIsTooLarge() {
        assertThat(file.errors("#".repeat((1 << 20) + 1)))
                .containsExactly("sessiongate.yaml:1:1: cannot be read: it is larger than 1024 KiB");
    }

    @Test
    void refusesWhatIsNotUtf8() throws IOException {
        Path latin = directory.resolve("latin.yaml");
        Files.write(latin, "mode: é".getBytes(StandardCharsets.ISO_8859_1));

        var result = (LoadResult.Invalid) ConfigLoader.load(latin, name -> null);

        assertThat(result.problems())
                .extracting(Problem::message)
                .containsExactly("cannot be read: it is not UTF-8 text");
    }

    @Test
    void refusesADirectory() {
        var result = (LoadResult.Invalid) ConfigLoader.load(directory, name -> null);

        assertThat(result.problems())
                .extracting(Problem::message)
                .containsExactly("cannot be read: it is not a regular file");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            ''                | 1:1: not valid YAML: the file is empty; see config/sessiongate.yaml for an example
            '# nothing'       | 1:1: not valid YAML: the file is empty; see config/sessiongate.yaml for an example
            'mode: a: b'      | 1:8: not valid YAML: a `:` with a space after it cannot stand here; put the value in quotes or check the indentation
            'mode: "a'        | 1:9: not valid YAML: a quotation mark is not closed
            'mode: @a'        | 1:7: not valid YAML: a value cannot begin with this character; put it in quotes, and indent with spaces, not tabs
            'mode: [a'        | 1:9: not valid YAML: this list has no closing `]`; put values that contain `[`, `]`, `{`, `}` or `,` in quotes
            'mode: {a: ${B}}' | 1:12: not valid YAML: this mapping has no closing `}`; put values that contain `[`, `]`, `{`, `}` or `,` in quotes, as in "${NAME}"
            'mode: [::1]'     | 1:8: not valid YAML: a value was expected here; put values that contain `[`, `]`, `{`, `}`, `,` or start with `:` in quotes
            'mode: "\\q"'     | 1:9: not valid YAML: an unknown escape in a quoted value; write `\\\\` for a backslash, or use single quotes
            'mode: - a'       | 1:7: not valid YAML: a `-` cannot start a list entry here; put the list on lines of its own
            """)
    void explainsWhatIsNotYaml(String yaml, String problem) {
        assertThat(file.errors(yaml)).containsExactly("sessiongate.yaml:" + problem);
    }

    @Test
    void pointsAtATabThatIndents() {
        assertThat(file.errors("log:\n\taccess: true\n"))
                .containsExactly(
                        "sessiongate.yaml:2:1: not valid YAML: a value cannot begin with this character; put it"
                                + " in quotes, and indent with spaces, not tabs");
    }

    @Test
    void pointsAtAControlCharacter() {
        assertThat(file.errors("mode: enforce\nlog: a\u0001b\n"))
                .containsExactly(
                        "sessiongate.yaml:2:7: not valid YAML: a control character; only printable text is allowed");
    }

    @Test
    void refusesASecondDocument() {
        assertThat(file.errors("mode: enforce\n---\nmode: enforce\n"))
                .containsExactly(
                        "sessiongate.yaml:2:1: not valid YAML: a second document begins here; a configuration is"
                                + " one document");
    }

    @Test
    void refusesDeepNesting() {
        assertThat(file.errors("mode: " + "[".repeat(40) + "]".repeat(40)))
                .containsExactly("sessiongate.yaml:1:38: not valid YAML: nested deeper than 32 levels");
    }

    @Test
    void refusesAKeyGivenTwice() {
        assertThat(file.errorsOf("drain: 1s\nevent-loops: 1\ndrain: 2s\n"))
                .containsExactly("sessiongate.yaml:3:1 drain: given twice, first in line 1");
    }

    @Test
    void refusesAnchorsAliasesMergeKeysAndTags() {
        assertThat(file.errorsOf("""
                drain: &d 1s
                timeouts: { idle: *d }
                log: { <<: { access: true } }
                event-loops: !!int 3
                """))
                .containsExactly(
                        "sessiongate.yaml:1:8 drain: anchors (`&name`) are not supported; put a value that begins with"
                                + " `&` in quotes",
                        "sessiongate.yaml:2:19 timeouts.idle: aliases (`*name`) are not supported; put a value that begins"
                                + " with `*` in quotes",
                        "sessiongate.yaml:3:8 log.?: merge keys (`<<`) are not supported; write the keys out",
                        "sessiongate.yaml:4:14 event-loops: tags (`!name`) are not supported; put a value that begins with"
                                + " `!` in quotes");
    }

    @Test
    void refusesAKeyThatIsNotText() {
        assertThat(file.errorsOf("log: { [a]: b, access: true }\n"))
                .containsExactly("sessiongate.yaml:1:8 log: a key must be plain text");
    }

    @Test
    void readsPastAByteOrderMark() {
        assertThat(file.loaded("\uFEFF" + LoadedFile.with("drain: 7s")).drain()).hasSeconds(7);
    }
}
