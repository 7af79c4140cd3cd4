package io.sessiongate.benchmarks.changes;

import io.sessiongate.benchmarks.load.LoadResult;
import io.sessiongate.demo.DemoData.Login;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.net.ssl.SSLContext;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/**
 * A steady load over HTTP/2 and TLS by Java's own client, whatever the answers do; latency counts from when a request was due. The
 * client sends a request once more where the server said that it did not look at it (GOAWAY, REFUSED_STREAM), which Java's does from 24
 * on. Each client has one connection at a time. Its counts are guarded by itself.
 */
final class Http2Load {

    private static final int CLIENTS = 24;

    /** Under way at once on a client; beyond what a server allows on a connection Java's client fails, and does not wait. */
    private static final int STREAMS = 90;

    private static final long HIGHEST_MICROS = TimeUnit.MINUTES.toMicros(10);

    private final List<HttpClient> clients;
    private final List<Semaphore> places;
    private final List<HttpRequest> requests;
    private final Duration deadline;
    private final Histogram latencyMicros = new Histogram(HIGHEST_MICROS, 3);
    private final TreeMap<String, Long> outcomes = new TreeMap<>();
    private long over;

    Http2Load(InetSocketAddress address, SSLContext trust, List<Login> users, Duration deadline) {
        this.clients = IntStream.range(0, CLIENTS)
                .mapToObj(i -> HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_2)
                        .sslContext(trust)
                        .build())
                .toList();
        this.places = clients.stream().map(client -> new Semaphore(STREAMS)).toList();
        this.deadline = deadline;
        URI uri = URI.create("https://" + address.getHostString() + ":" + address.getPort() + "/page");
        this.requests = users.stream()
                .map(user -> HttpRequest.newBuilder(uri)
                        .timeout(deadline)
                        .header("Authorization", "Bearer " + user.token())
                        .build())
                .toList();
    }

    /** Sends it on the calling thread; returns when the last request is over. */
    LoadResult run(int rate, Duration length) throws InterruptedException {
        long total = rate * length.toMillis() / 1000;
        long start = System.nanoTime();
        for (long k = 0; k < total; k++) {
            long due = start + k * 1_000_000_000L / rate;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                TimeUnit.NANOSECONDS.sleep(left);
            }
            int client = (int) (k % CLIENTS);
            Semaphore place = places.get(client);
            place.acquire(); // late then, which counts
            var unused = clients.get(client)
                    .sendAsync(requests.get((int) (k % requests.size())), BodyHandlers.discarding())
                    .whenComplete((answer, failed) -> {
                        place.release();
                        over(due, outcome(answer, failed));
                    });
        }
        long patienceEnds = System.nanoTime() + 2 * deadline.toNanos();
        synchronized (this) {
            while (over < total && System.nanoTime() - patienceEnds < 0) {
                wait(1_000);
            }
            for (; over < total; over++) {
                latencyMicros.recordValue(deadline.toNanos() / 1000);
                outcomes.merge("never ended", 1L, Long::sum);
            }
            return new LoadResult(latencyMicros.copy(), new TreeMap<>(outcomes), System.nanoTime() - start);
        }
    }

    private static String outcome(@Nullable HttpResponse<Void> answer, @Nullable Throwable failed) {
        if (answer == null) {
            return String.valueOf(failed);
        }
        return answer.version() == HttpClient.Version.HTTP_2 ? String.valueOf(answer.statusCode()) : "not HTTP/2";
    }

    private synchronized void over(long due, String outcome) {
        latencyMicros.recordValue(Math.min((System.nanoTime() - due) / 1000, HIGHEST_MICROS));
        outcomes.merge(outcome, 1L, Long::sum);
        over++;
        notifyAll();
    }
}
