package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.RateLimitConfig.By;
import io.sessiongate.config.RateLimitConfig.Count;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RateLimitErrorsTest {

    @TempDir
    Path directory;

    private LoadedFile file;

    @BeforeEach
    void createFile() {
        file = new LoadedFile(directory);
    }

    private static String limits(String limits, String named) {
        return "rate-limits: {" + limits + "}\n"
                + LoadedFile.with(
                        "routes: [ { path: /**, access: public, upstream: dashboard, rate-limits: " + named + " } ]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            a: { requests: 1 }                                 | rate-limits.a.per: missing
            a: { per: 1m }                                     | rate-limits.a.requests: missing
            a: { requests: 0, per: 1m }                        | rate-limits.a.requests: `0` does not fit here; expected a whole number from 1 to 1000000
            a: { requests: 1, per: 500ms }                     | rate-limits.a.per: `500ms` is out of range; expected
            a: { requests: 1, per: 25h }                       | rate-limits.a.per: `25h` is out of range; expected
            a: { requests: 1, per: 1m, burst: 0 }              | rate-limits.a.burst: `0` does not fit here
            a: { requests: 1, per: 1m, by: ip }                | rate-limits.a.by: `ip`
            a: { requests: 1, per: 1m, count: failures }       | rate-limits.a.count: `failures`
            a: { requests: 1, per: 24h, burst: 8 }             | rate-limits.a.burst: `8`: takes more than 7d to be there again; expected a smaller burst
            """)
    void saysWhatIsWrongWithALimit(String limit, String problem) {
        assertThat(file.errors(limits(limit, "[ a ]")))
                .singleElement()
                .asString()
                .contains(problem);
    }

    @Test
    void suggestsTheLimitThatWasMeant() {
        assertThat(file.errors(limits("login: { requests: 1, per: 1m }", "[ logn ]")))
                .singleElement()
                .asString()
                .contains("routes[0].rate-limits[0]: `logn` is not among the rate-limits; did you mean `login`?");
    }

    @Test
    void saysWhereThereIsNone() {
        assertThat(file.errors(limits("", "[ api ]")))
                .singleElement()
                .asString()
                .contains("`api` is not among the rate-limits; there is none yet");
    }

    @Test
    void fillsInALimit() {
        GatewayConfig config = file.loaded(limits("api: { requests: 600, per: 1m }", "[ api ]"));
        assertThat(config.rateLimits().values())
                .containsExactly(
                        new RateLimitConfig("api", By.ADDRESS, Count.REQUESTS, 600, Duration.ofMinutes(1), 600, true));
        assertThat(config.routes().get(0).rateLimits()).containsExactly("api");
    }

    @Test
    void readsALimit() {
        assertThat(file.loaded(limits(
                                "login: { by: subject, count: unauthorized, requests: 10, per: 1m, burst: 20, headers:"
                                        + " false }",
                                "[ login ]"))
                        .rateLimits()
                        .values())
                .containsExactly(new RateLimitConfig(
                        "login", By.SUBJECT, Count.UNAUTHORIZED, 10, Duration.ofMinutes(1), 20, false));
    }
}
