package io.sessiongate.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sessiongate.benchmarks.process.Tools;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PacedLoadTest {

    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static final List<byte[]> REQUESTS =
            List.of("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));

    @Test
    void sendsAsManyAsTheRateSaysOverConnectionsThatWereOpenBefore() throws Exception {
        try (var server = new AnsweringServer(request -> OK);
                var load = PacedLoad.connect(server.address(), 3, REQUESTS)) {
            PacedResult result = load.run(200, Duration.ofMillis(500));

            assertThat(result.answered()).isEqualTo(100);
            assertThat(result.errors()).isZero();
            assertThat(result.elapsedNanos())
                    .isGreaterThan(Duration.ofMillis(490).toNanos());
            assertThat(server.requests()).isEqualTo(100);
            assertThat(server.connections()).isEqualTo(3);
        }
    }

    @Test
    void aSlowServerCannotHideTheRequestsThatWaited() throws Exception {
        var held = new CountDownLatch(1);
        try (var server = new AnsweringServer(request -> {
                    if (request == 1) {
                        await(held);
                    }
                    return OK;
                });
                var load = PacedLoad.connect(server.address(), 1, REQUESTS)) {
            // 30 requests in 0.6 s on one connection, the first held for 0.5 s: about 25 are late.
            PacedResult result = load.run(50, Duration.ofMillis(600));

            assertThat(result.answered()).isEqualTo(30);
            assertThat(result.percentileMillis(50)).isGreaterThan(100);
        }
    }

    @Test
    void countsRefusalsAsErrorsAndAsAnswers() throws Exception {
        try (var server = new AnsweringServer(
                        request -> request % 2 == 0 ? OK : "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n");
                var load = PacedLoad.connect(server.address(), 1, REQUESTS)) {
            PacedResult result = load.run(100, Duration.ofMillis(100));

            assertThat(result.answered()).isEqualTo(10);
            assertThat(result.errors()).isEqualTo(5);
        }
    }

    @Test
    void opensALostConnectionAgainAndRunsASecondTime() throws Exception {
        // The server closes each connection in the middle of the second answer.
        try (var server = new AnsweringServer(request -> request == 2 ? "HTTP/1.1 200\r\nConnection: close\r\n" : OK);
                var load = PacedLoad.connect(server.address(), 1, REQUESTS)) {
            PacedResult first = load.run(100, Duration.ofMillis(100));
            PacedResult second = load.run(100, Duration.ofMillis(50));

            assertThat(first.errors()).isEqualTo(1);
            assertThat(server.connections()).isEqualTo(2);
            assertThat(second.answered()).isEqualTo(5);
            assertThat(second.errors()).isZero();
        }
    }

    @Test
    void failsWhereNobodyListens() throws IOException {
        var nobody = Tools.freeAddress();
        assertThatThrownBy(() -> PacedLoad.connect(nobody, 2, REQUESTS).close())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("0 of 2 connections");
    }

    private static void await(CountDownLatch latch) {
        try {
            boolean unused = latch.await(500, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
