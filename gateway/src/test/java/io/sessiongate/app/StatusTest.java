package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.flow.RecentRefusals;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** What the status page is told, over the wire. */
class StatusTest {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private RunningGateway gateway;

    @BeforeEach
    void start() {
        gateway = new RunningGateway(folder, "", "revalidate-after: 60s");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private JsonNode status() throws IOException, InterruptedException {
        return JSON.readTree(gateway.admin("/status.json").body());
    }

    private int get(String path, String... fields) throws IOException, InterruptedException {
        return gateway.get(path, fields).statusCode();
    }

    @Test
    void saysTheNumbersOfTheMeters() throws Exception {
        gateway.signUp("ada", "member");
        String cookie = gateway.cookie("ada", gateway.login("ada"));
        for (int i = 0; i < 7; i++) {
            assertThat(get("/stats", "Cookie", cookie)).isEqualTo(200);
        }
        assertThat(get("/stats")).isEqualTo(401);
        assertThat(get("/stats", "Cookie", cookie + "x")).isEqualTo(401);
        assertThat(get("/api/admin/users", "Cookie", cookie)).isEqualTo(403);
        assertThat(get(
                        "/stats",
                        "Cookie",
                        gateway.cookie("ada", UUID.randomUUID().toString())))
                .isEqualTo(401);

        await().untilAsserted(() -> assertThat(
                        status().at("/figures/outcomes/role-missing").asInt())
                .isEqualTo(1));
        await().untilAsserted(() -> assertThat(status().at("/realms/0/requests").asInt())
                .isEqualTo((int) gateway.metric("sessiongate_session_requests_total{")));
        JsonNode status = status();
        assertThat(status.at("/figures/outcomes/2xx").asInt()).isEqualTo(7);
        assertThat(status.at("/realms/0/requests").asInt()).isEqualTo(9);
        for (Map.Entry<String, String> pair : pairs().entrySet()) {
            assertThat(status.at(pair.getKey()).asDouble(Double.NaN))
                    .as(pair.getKey())
                    .isEqualTo(gateway.metric(pair.getValue()));
        }
        for (Map.Entry<String, JsonNode> outcome :
                status.at("/figures/outcomes").properties()) {
            assertThat(outcome.getValue().asDouble())
                    .isEqualTo(routes("sessiongate_requests_total", "outcome=\"" + outcome.getKey() + "\""));
        }
    }

    private static Map<String, String> pairs() {
        Map<String, String> pairs = new LinkedHashMap<>();
        pairs.put("/figures/decision/count", "sessiongate_request_decision_seconds_count");
        pairs.put("/figures/connectionsLimit", "sessiongate_connections_limit_connections");
        pairs.put("/figures/bufferedLimit", "sessiongate_buffered_limit_bytes");
        pairs.put("/realms/0/queries", "sessiongate_session_queries_total{");
        pairs.put("/realms/0/saved", "sessiongate_session_queries_saved{");
        pairs.put("/realms/0/checks", "sessiongate_session_checks_total{");
        pairs.put(
                "/realms/0/decisions/cached",
                "sessiongate_session_decisions_total{outcome=\"cached\",realm=\"default\"");
        pairs.put("/realms/0/decisions/ended", "sessiongate_session_decisions_total{outcome=\"ended\"");
        pairs.put("/realms/0/connectionsLimit", "sessiongate_session_connections_limit_connections{");
        pairs.put("/realms/0/waitingLimit", "sessiongate_session_waiting_limit_sessions{");
        pairs.put("/realms/0/waiting", "sessiongate_session_waiting_sessions{");
        pairs.put("/realms/0/timeouts/pool", "sessiongate_session_timeouts_sessions_total{kind=\"pool\"");
        pairs.put("/realms/0/queryTime/count", "sessiongate_session_query_time_seconds_count{");
        pairs.put("/realms/0/queryTime/seconds", "sessiongate_session_query_time_seconds_sum{");
        pairs.put("/realms/0/remembered", "sessiongate_session_cache_size_sessions{");
        pairs.put("/upstreams/0/connections", "sessiongate_upstream_connections_open_connections{");
        pairs.put("/upstreams/0/answers/count", "sessiongate_upstream_answer_seconds_count{");
        pairs.put(
                "/upstreams/0/errors/upstream-broke",
                "sessiongate_upstream_errors_requests_total{kind=\"upstream-broke\"");
        return pairs;
    }

    private double routes(String name, String tag) throws IOException, InterruptedException {
        return gateway.admin("/metrics")
                .body()
                .lines()
                .filter(line -> line.startsWith(name + "{") && line.contains(tag))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
    }

    @Test
    void saysWhatRunsAndWhereItStands() throws Exception {
        await().untilAsserted(() ->
                assertThat(status().at("/gateway/ready").asBoolean()).isTrue());

        JsonNode status = status();
        assertThat(status.at("/gateway/mode").asString()).isEqualTo("enforce");
        assertThat(status.at("/gateway/java").asString())
                .isEqualTo(Runtime.version().toString());
        assertThat(status.at("/gateway/transport").asString()).isIn("epoll", "nio");
        assertThat(status.at("/realms/0/name").asString()).isEqualTo("default");
        assertThat(status.at("/upstreams/0/servers/0/name").asString()).startsWith("127.0.0.1:");
        assertThat(status.at("/upstreams/0/servers/0/condition").asString()).isEqualTo("healthy");
    }

    @Test
    void listsRefusalsWithoutAnythingThatTheClientSent() throws Exception {
        gateway.signUp("ada", "member");
        String session = gateway.login("ada");
        String cookie = gateway.cookie("ada", session);
        gateway.get("/secret/path?token=pl4nted", "X-Request-Id", "id-1", "Cookie", "session=pl4nted");
        gateway.get("/api/admin/pl4nted", "X-Request-Id", "id-2", "Cookie", cookie);

        await().untilAsserted(() -> assertThat(status().at("/refusals")).hasSize(2));
        JsonNode refusals = status().at("/refusals");
        assertThat(refusals.get(0).path("reason").asString()).isEqualTo("role-missing");
        assertThat(refusals.get(0).path("status").asInt()).isEqualTo(403);
        assertThat(refusals.get(0).path("route").asString()).isEqualTo("/api/admin/**");
        assertThat(refusals.get(0).path("requestId").asString()).isEqualTo("id-2");
        assertThat(refusals.get(1).path("reason").asString()).isEqualTo("token-invalid");
        assertThat(refusals.get(1).path("detail").asString()).isEqualTo("malformed");
        assertThat(refusals.get(1).path("route").asString()).isEqualTo("/**");
        assertThat(gateway.admin("/status.json").body()).doesNotContain("pl4nted", session, cookie.substring(8));
    }

    @Test
    void keepsTheLastRefusalsOnly() throws Exception {
        for (int i = 0; i < RecentRefusals.LIMIT + 5; i++) {
            gateway.get("/", "X-Request-Id", "id-" + i);
        }

        await().untilAsserted(
                        () -> assertThat(status().at("/refusals/0/requestId").asString())
                                .isEqualTo("id-" + (RecentRefusals.LIMIT + 4)));
        JsonNode refusals = status().at("/refusals");
        assertThat(refusals).hasSize(RecentRefusals.LIMIT);
        assertThat(refusals.get(RecentRefusals.LIMIT - 1).path("requestId").asString())
                .isEqualTo("id-5");
    }

    @Test
    void makesOneSnapshotForAllWhoAsk() throws Exception {
        Set<String> seen = new HashSet<>();
        long begin = System.nanoTime();
        for (int i = 0; i < 100; i++) {
            seen.add(gateway.admin("/status.json").body());
        }
        Duration took = Duration.ofNanos(System.nanoTime() - begin);

        assertThat(seen).hasSizeLessThanOrEqualTo((int) (took.toMillis() / 500) + 2);
    }
}
