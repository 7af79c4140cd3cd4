package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is said of servers that come and go, right and wrong. */
class UpstreamErrorsTest {

    @TempDir
    private Path directory;

    private static String upstream(String keys) {
        return LoadedFile.with("upstreams: { dashboard: { servers: [ http://a ], " + keys + " } }\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            balance: random | balance: `random` does not fit here; expected round-robin, least-requests or session
            protocol: h2 | protocol: `h2` does not fit here; expected http1 or http2
            health-check: { grpc-service: a.B } | health-check.grpc-service: cannot be asked for over HTTP/1.1; expected path, or protocol: http2
            protocol: http2, health-check: { path: /, grpc-service: a.B } | health-check.grpc-service: stands beside path; expected one of them
            protocol: http2, health-check: { grpc-service: "a b" } | health-check.grpc-service: `a b` does not fit here; expected the name of a service such as shop.v1.Orders, or nothing
            ejection: { base: 10m } | ejection.base: `10m` is too long; expected at most max
            health-check: { path: /, timeout: 6s } | health-check.timeout: `6s` is too long; expected at most interval
            health-check: { path: healthz } | health-check.path: `healthz` does not fit here; expected a path such as /healthz
            health-check: { path: "/a b" } | health-check.path: `/a b` does not fit here; expected a path such as /healthz
            health-check: { path: /, expect-status: 399-200 } | health-check.expect-status: `399-200` is empty; expected the lower one first
            health-check: { path: /, expect-status: 2xx } | health-check.expect-status: `2xx` does not fit here; expected a status or a range such as "200" or 200-399
            health-check: { interval: 5s } | health-check.path: missing; expected a path such as /healthz
            slow-start: 2h | slow-start: `2h` is out of range; expected a duration from 0s to 1h, such as 500ms, 10s, 5m or 1h
            """)
    void saysWhatIsWrongAndWhatWouldBeRight(String keys, String error) {
        assertThat(new LoadedFile(directory).errors(upstream(keys)))
                .hasSize(1)
                .first()
                .asString()
                .matches("sessiongate\\.yaml:1:[0-9]+ .*")
                .endsWith("upstreams.dashboard." + error);
    }

    @Test
    void readsTheProtocol() {
        assertThat(new LoadedFile(directory)
                        .loaded(upstream("protocol: http2"))
                        .upstreams()
                        .get("dashboard"))
                .extracting(UpstreamConfig::protocol)
                .isEqualTo(UpstreamProtocol.HTTP2);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '"',
            value = {
                "path: /up, /up, ",
                "grpc-service: a.B, /grpc.health.v1.Health/Check, a.B",
                "grpc-service: '', /grpc.health.v1.Health/Check, \"\""
            })
    void readsWhatServersOfHttp2AreAsked(String key, String path, @Nullable String service) {
        UpstreamConfig read = Objects.requireNonNull(new LoadedFile(directory)
                .loaded(upstream("protocol: http2, health-check: { " + key + " }"))
                .upstreams()
                .get("dashboard"));
        assertThat(read.spread().healthCheck())
                .isEqualTo(new HealthCheckConfig(
                        path, service, Duration.ofSeconds(5), Duration.ofSeconds(2), 2, 3, 200, 399));
    }

    @Test
    void readsEveryKey() {
        UpstreamConfig read = Objects.requireNonNull(new LoadedFile(directory)
                .loaded(upstream("balance: session, max-in-flight: 9, wait-timeout: 300ms, slow-start: 1m,"
                        + " dns-refresh: 5s, retries: { attempts: 1, budget-percent: 10 },"
                        + " ejection: { consecutive-failures: 7, base: 1s, max: 2s, max-ejected-percent: 30,"
                        + " server-errors: true }, health-check: { path: /up?x=1, interval: 2s, timeout: 1s,"
                        + " healthy-after: 4, unhealthy-after: 5, expect-status: \"204\" }"))
                .upstreams()
                .get("dashboard"));
        assertThat(read.spread())
                .isEqualTo(new ServersConfig(
                        Balance.SESSION,
                        new HealthCheckConfig("/up?x=1", Duration.ofSeconds(2), Duration.ofSeconds(1), 4, 5, 204, 204),
                        new EjectionConfig(7, Duration.ofSeconds(1), Duration.ofSeconds(2), 30, true),
                        new RetryConfig(1, 10),
                        Duration.ofMinutes(1),
                        Duration.ofSeconds(5),
                        9,
                        Duration.ofMillis(300)));
    }
}
