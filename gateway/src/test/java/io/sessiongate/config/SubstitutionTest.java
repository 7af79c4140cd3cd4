package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubstitutionTest {

    private static final String ISSUER = LoadedFile.REALM.replace("    token:", "    token:\n      issuer: \"%s\"");

    @TempDir
    Path directory;

    private LoadedFile file;

    @BeforeEach
    void createFile() {
        file = new LoadedFile(directory);
    }

    private @Nullable String issuer(String text) {
        return file.realm(LoadedFile.GUARDED + ISSUER.formatted(text)).token().issuer();
    }

    @ParameterizedTest
    @CsvSource({
        "${HOST}, app.example.com",
        "https://${HOST}/, https://app.example.com/",
        "${HOST}:${PORT}, app.example.com:443",
        "${NONE:-fallback}, fallback",
        "${EMPTY:-fallback}, fallback",
        "a${EMPTY:-}b, ab",
        "${HOST:-fallback}, app.example.com",
        "$${HOST}, ${HOST}",
        "$$${HOST}, $${HOST}",
        "$HOST $1 $, $HOST $1 $",
        "${NONE:-a:-b}, a:-b",
        "${NESTED}, ${HOST}",
    })
    void replacesNames(String text, String expected) {
        file.env("HOST", "app.example.com").env("PORT", "443").env("EMPTY", "").env("NESTED", "${HOST}");

        assertThat(issuer(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"'a', a", "'a\n', a", "'a\r\n', a", "'a\n\n', 'a\n'", "' a ', ' a '"})
    void replacesFilesWithoutTheirLastLineBreak(String content, String expected) {
        file.file("secrets/issuer", content);

        assertThat(issuer("${file:secrets/issuer}")).isEqualTo(expected);
    }

    @Test
    void servesNumbersFlagsDurationsAndSizes() {
        file.env("N", "77").env("FLAG", "false").env("D", "9s").env("S", "2KiB");

        var config = file.loaded(LoadedFile.with("""
                drain: ${D}
                event-loops: ${LOOPS:-3}
                log: { access: "${FLAG}" }
                limits: { connections: "${N}", request-head: "${S}", request-target: 1KiB }
                transport: ${TRANSPORT:-nio}
                """));

        assertThat(config.drain()).hasSeconds(9);
        assertThat(config.eventLoops()).isEqualTo(3);
        assertThat(config.log().access()).isFalse();
        assertThat(config.limits().connections()).isEqualTo(77);
        assertThat(config.limits().requestHeadBytes()).isEqualTo(2048);
        assertThat(config.transport()).isEqualTo(TransportKind.NIO);
    }

    @Test
    void leavesATextOfDigitsText() {
        file.env("ISSUER", "123");

        assertThat(issuer("${ISSUER}")).isEqualTo("123");
    }

    @Test
    void locatesEveryMissingValue() {
        assertThat(file.env("EMPTY", "").errorsOf("""
                drain: ${NONE}
                event-loops: ${EMPTY}
                transport: ${file:none.txt}
                timeouts:
                  idle: ${9}
                  stream: "${open"
                  request-head: "${A:-${B}}"
                """))
                .containsExactly(
                        "sessiongate.yaml:1:8 drain: environment variable NONE is not set; set it, or give a default as in"
                                + " ${NONE:-default}",
                        "sessiongate.yaml:2:14 event-loops: environment variable EMPTY is empty; set it, or give a default"
                                + " as in ${EMPTY:-default}",
                        "sessiongate.yaml:3:12 transport: ${file:…} cannot be read: there is no such file; a relative path"
                                + " starts from the configuration's directory",
                        "sessiongate.yaml:5:9 timeouts.idle: a substitution that cannot be read; expected ${NAME},"
                                + " ${NAME:-default} or ${file:path}",
                        "sessiongate.yaml:6:11 timeouts.stream: `${` without `}`; write `$${` for the characters"
                                + " themselves",
                        "sessiongate.yaml:7:17 timeouts.request-head: a substitution that cannot be read; expected ${NAME},"
                                + " ${NAME:-default} or ${file:path}");
    }

    @Test
    void showsNoSubstitutedValue() {
        assertThat(file.env("D", "forever").env("N", "many").errorsOf("drain: ${D}\nevent-loops: ${N}\n"))
                .containsExactly(
                        "sessiongate.yaml:1:8 drain: the substituted value does not fit here; expected a duration from 0s to"
                                + " 1h, such as 500ms, 10s, 5m or 1h",
                        "sessiongate.yaml:2:14 event-loops: the substituted value does not fit here; expected a whole number"
                                + " from 0 to 1024");
    }

    @Test
    void refusesAFileThatIsTooLarge() {
        file.file("large", "x".repeat(64 * 1024 + 1));

        assertThat(file.errorsOf("drain: ${file:large}"))
                .containsExactly("sessiongate.yaml:1:8 drain: ${file:…} cannot be read: it is larger than 64 KiB");
    }

    @Test
    void refusesADirectory() {
        assertThat(file.errorsOf("drain: ${file:.}"))
                .containsExactly("sessiongate.yaml:1:8 drain: ${file:…} cannot be read: it is not a regular file");
    }
}
