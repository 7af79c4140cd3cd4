package io.sessiongate.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.benchmarks.load.LoadPlan.Pace;
import io.sessiongate.benchmarks.process.Tools;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoadGeneratorTest {

    private static final Duration DEADLINE = Duration.ofSeconds(20);
    private static final String OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    @Test
    void sendsAsManyRequestsAsAsked() throws IOException {
        try (var server = new AnsweringServer(request -> OK)) {
            LoadResult result = LoadGenerator.run(plan(server.address(), 7, new Pace.Count(100), DEADLINE));

            assertThat(result.outcomes()).containsExactlyEntriesOf(java.util.Map.of("200", 100L));
            assertThat(server.requests()).isEqualTo(100);
            assertThat(server.connections()).isEqualTo(7);
        }
    }

    @Test
    void aSlowServerCannotHideTheRequestsThatWaited() throws IOException {
        // One connection, a request due every 20 ms for 0.6 s, and a server that holds the first for 0.5 s: a generator
        // that waits for its answers sees one slow request, people would have seen about 25.
        var held = new CountDownLatch(1);
        try (var server = new AnsweringServer(request -> {
            if (request == 1) {
                await(held, 500);
            }
            return OK;
        })) {
            var pace = new Pace.Every(Duration.ofMillis(20), Duration.ofMillis(600));
            LoadResult result = LoadGenerator.run(plan(server.address(), 1, pace, DEADLINE));

            assertThat(result.requests()).isEqualTo(30);
            assertThat(result.percentileMillis(50)).isGreaterThan(100);
        }
    }

    @Test
    void opensAConnectionAgainThatTheServerClosed() throws IOException {
        try (var server =
                new AnsweringServer(request -> "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")) {
            LoadResult result = LoadGenerator.run(plan(server.address(), 1, new Pace.Count(5), DEADLINE));

            assertThat(result.good()).isEqualTo(5);
            assertThat(server.connections()).isEqualTo(5);
        }
    }

    @Test
    void sendsOnceMoreWhatAKeptConnectionLostWhereItIsToldTo() throws IOException {
        // Every other request finds its connection ending.
        try (var server = new AnsweringServer(request -> request % 3 == 2 ? "" : OK)) {
            LoadPlan once = plan(server.address(), 1, new Pace.Count(6), DEADLINE);
            LoadResult again = LoadGenerator.run(
                    new LoadPlan(once.target(), 1, once.requests(), once.pace(), once.deadline(), true));

            assertThat(again.good()).isEqualTo(6);
            assertThat(again.again()).isPositive();
            assertThat(LoadGenerator.run(once).outcomes()).containsKey("connection closed");
        }
    }

    @Test
    void doesNotSendAgainWhatANewConnectionLost() throws IOException {
        try (var server = new AnsweringServer(request -> "")) {
            LoadPlan once = plan(server.address(), 1, new Pace.Count(2), DEADLINE);
            LoadResult result = LoadGenerator.run(
                    new LoadPlan(once.target(), 1, once.requests(), once.pace(), once.deadline(), true));

            assertThat(result.outcomes()).containsEntry("connection closed", 2L);
            assertThat(result.again()).isZero();
        }
    }

    @Test
    void givesUpAtTheDeadline() throws IOException {
        var never = new CountDownLatch(1);
        try (var server = new AnsweringServer(request -> {
            await(never, 5_000);
            return OK;
        })) {
            LoadResult result = LoadGenerator.run(plan(server.address(), 1, new Pace.Count(1), Duration.ofMillis(200)));

            assertThat(result.outcomes()).containsKey("timed out");
            never.countDown();
        }
    }

    @Test
    void countsRefusedConnections() throws IOException {
        LoadResult result = LoadGenerator.run(plan(Tools.freeAddress(), 1, new Pace.Count(3), DEADLINE));

        assertThat(result.outcomes()).containsEntry("connection refused", 3L);
    }

    private static LoadPlan plan(InetSocketAddress address, int connections, Pace pace, Duration deadline) {
        return new LoadPlan(address, connections, List.of(LoadPlan.get(address, "/", "token")), pace, deadline);
    }

    private static void await(CountDownLatch latch, long millis) {
        try {
            boolean unused = latch.await(millis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
