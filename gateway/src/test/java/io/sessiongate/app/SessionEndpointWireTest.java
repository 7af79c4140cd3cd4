package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.testing.LeakWatch;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The session endpoint over the wire and with sessions in PostgreSQL. */
@ExtendWith(LeakWatch.class)
class SessionEndpointWireTest {

    private static final String PATH = "/api/auth/session";
    private static final String ADA = "{\"user\":{\"name\":\"Ada \u2713\"},\"expires\":\"2030-01-01T00:00:00.000Z\"}";

    @TempDir
    private Path folder;

    private RunningGateway gateway;
    private String cookie;

    @BeforeEach
    void start() {
        gateway = new RunningGateway(folder, "", "");
        gateway.signUp("ada", "user");
        gateway.answersInChunks(PATH, ADA);
        cookie = gateway.cookie("ada", gateway.login("ada"));
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    @Test
    void asksTheApplicationOnceForManyPollsAndAgainAfterAChange() throws Exception {
        for (int i = 0; i < 20; i++) {
            HttpResponse<String> answer = gateway.get(PATH, "Cookie", cookie);
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo(ADA);
            assertThat(answer.headers().allValues("Cache-Control")).containsExactly("private, no-store");
            assertThat(answer.headers().firstValue("Content-Type")).contains("application/json");
        }
        assertThat(gateway.received()).hasSize(1);
        gateway.post(PATH, "Cookie", cookie);
        gateway.get(PATH, "Cookie", cookie);
        gateway.get(PATH, "Cookie", cookie);
        assertThat(gateway.received()).hasSize(3);
        assertThat(gateway.metric("sessiongate_session_endpoint_requests_total{outcome=\"kept\""))
                .isEqualTo(20);
    }

    @Test
    void visitorsReachTheApplicationEachTime() throws Exception {
        gateway.answersInChunks(PATH, "null");
        gateway.get(PATH);
        assertThat(gateway.get(PATH).body()).isEqualTo("null");
        assertThat(gateway.received()).hasSize(2);
    }

    @Test
    void aSignOutEndsTheSessionAtOnceAndTheEndpointForgetsIt() throws Exception {
        gateway.get(PATH, "Cookie", cookie);
        gateway.answers("/api/auth/signout", "Set-Cookie", "session=; Path=/; Max-Age=0");
        gateway.post("/api/auth/signout", "Cookie", cookie);
        assertThat(gateway.get("/stats", "Cookie", cookie).statusCode()).isEqualTo(401);
        gateway.get(PATH, "Cookie", cookie);
        assertThat(gateway.received())
                .hasSize(3)
                .last()
                .satisfies(
                        request -> assertThat(request.containsHeader("Cookie")).isFalse());
    }
}
