package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TracingErrorsTest {

    @TempDir
    Path directory;

    private LoadedFile file;

    @BeforeEach
    void createFile() {
        file = new LoadedFile(directory);
    }

    private TracingConfig loaded(String more) {
        String text = "tracing: { endpoint: http://127.0.0.1:4318/v1/traces, " + more + " }";
        return Objects.requireNonNull(file.loaded(LoadedFile.with(text)).tracing());
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "1, 1", "0.0001, 0.0001", "0.5, 0.5", "1.0, 1", "'\"0.25\"', 0.25", "'\"${SAMPLE}\"', 0.75"})
    void readsAPart(String written, double part) {
        file.env("SAMPLE", "0.75");
        assertThat(loaded("sample: " + written).sample()).isEqualTo(part);
    }

    @Test
    void readsTheRest() {
        file.env("TOKEN", "t0ps3cret");
        TracingConfig tracing =
                loaded("headers: { Authorization: \"Bearer ${TOKEN}\" }, sampling: parent, trust: everyone,"
                        + " service-name: edge, timeout: 2s");

        assertThat(tracing.headers()).isEqualTo(Map.of("Authorization", new Secret("Bearer t0ps3cret")));
        assertThat(tracing.sampling()).isEqualTo(TracingConfig.Sampling.PARENT);
        assertThat(tracing.trust()).isEqualTo(TracingConfig.Trust.EVERYONE);
        assertThat(tracing.serviceName()).isEqualTo("edge");
        assertThat(tracing.timeout()).hasSeconds(2);
        assertThat(tracing.toString()).doesNotContain("t0ps3cret");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            'tracing: { sample: 0.1 }'                 | tracing.endpoint: missing; expected a URL such as http://127.0.0.1:4318/v1/traces
            'tracing: { endpoint: 127.0.0.1:4318 }'    | tracing.endpoint: `127.0.0.1:4318`: not a URL
            'tracing: { endpoint: "ftp://c/v1" }'      | tracing.endpoint: `ftp://c/v1`: expected http or https and a host, such as http://127.0.0.1:4318/v1/traces
            'tracing: { endpoint: "http://c/?k=v" }'   | tracing.endpoint: `http://c/?k=v`: a URL with a user, a query or a fragment; expected one without, and secrets in tracing.headers
            'tracing: { endpoint: "http://c/", sample: 1.5 }' | tracing.sample: `1.5` does not fit here; expected a part between 0 and 1, such as 0.1
            'tracing: { endpoint: "http://c/", sample: 2 }'   | tracing.sample: `2` does not fit here; expected a part between 0 and 1, such as 0.1
            'tracing: { endpoint: "http://c/", sample: -1 }'  | tracing.sample: `-1` does not fit here; expected a part between 0 and 1, such as 0.1
            'tracing: { endpoint: "http://c/", sample: NaN }' | tracing.sample: `NaN` does not fit here; expected a part between 0 and 1, such as 0.1
            'tracing: { endpoint: "http://c/", sample: 10% }' | tracing.sample: `10%` does not fit here; expected a part between 0 and 1, such as 0.1
            'tracing: { endpoint: "http://c/", sampling: always }' | tracing.sampling: `always` does not fit here; expected ratio or parent
            'tracing: { endpoint: "http://c/", trust: all }'  | tracing.trust: `all` does not fit here; expected trusted-proxies or everyone
            'tracing: { endpoint: "http://c/", headers: { X-Key: s3cret } }' | tracing.endpoint: the headers are secret and would cross a network in clear; expected https (plain http only to this machine itself)
            'tracing: { endpoint: "https://c/", headers: { "X Key": s3cret } }' | not a header name; expected one such as X-Auth-Email, at most 64 characters
            'tracing: { endpoint: "https://c/", headers: { X-Key: "s3cret\\n" } }' | has characters that a header cannot carry; expected ASCII in one line
            """)
    void saysWhatIsWrong(String yaml, String message) {
        assertThat(file.errorsOf(yaml))
                .singleElement()
                .satisfies(error -> assertThat(error)
                        .startsWith("sessiongate.yaml:1:")
                        .contains(message)
                        .doesNotContain("s3cret"));
    }
}
