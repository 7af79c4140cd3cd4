package io.sessiongate.flow;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sessiongate.config.Access;
import io.sessiongate.config.RateLimitConfig;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.config.Secret;
import io.sessiongate.config.TracingConfig;
import io.sessiongate.flow.rate.RateLimits;
import io.sessiongate.http.HeadProgress;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.RequestReader;
import io.sessiongate.http.ResponseReader;
import io.sessiongate.http.WireRequest;
import io.sessiongate.metrics.RequestMeters;
import io.sessiongate.route.Router;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What tracing and limits on rates add to the way of a request through the flow: head read, decision, answer's head read and
 * changed, what remains of it counted. A public route, so that tokens and sessions, which have benchmarks of their own, add nothing. What an
 * export costs is another thread's and left out.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class FlowBenchmark {

    /** What is configured beside a route. */
    public enum Configured {
        NOTHING,
        /** Every request gets a trace, none is exported. */
        TRACED,
        /** One of ten becomes two spans. */
        TRACED_TENTH,
        TRACED_ALL,
        /** One limit by address, far away. */
        LIMITED,
        /** The same, and clients are told what is left. */
        LIMITED_TOLD
    }

    private static final int CLIENTS = 1_024;
    private static final int PLENTY = 1_000_000;

    @Param
    private Configured configured = Configured.NOTHING;

    private final HeadStorages storages = new HeadStorages();
    private final RequestReader requests = new RequestReader(16 * 1024, 8 * 1024, 100, storages);
    private final ResponseReader responses = new ResponseReader(16 * 1024, 100, storages);
    private final ByteBuf asked = octets(
            "GET /api/admin/dashboard-stats?range=7d HTTP/1.1",
            "Host: dashboard.example.com",
            "Accept: application/json",
            "Accept-Encoding: gzip, deflate, br",
            "Accept-Language: en-GB,en;q=0.9",
            "Referer: https://dashboard.example.com/",
            "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36",
            "Cookie: theme=dark; consent=1");
    private final ByteBuf answered = octets(
            "HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Length: 512", "Cache-Control: no-store");
    private final Completion completion = new Completion(200, null, "127.0.0.1:3000", 0, 512, 1_000);
    private final List<Peer> peers = new ArrayList<>();
    private @Nullable RequestFlow flow;
    private @Nullable Decision decision;
    private final Consumer<Decision> then = new Keep();
    private long spans;
    private int next;

    private static ByteBuf octets(String... lines) {
        String text = String.join("\r\n", lines) + "\r\n\r\n";
        return Unpooled.directBuffer().writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Setup
    public void setUp() throws UnknownHostException {
        for (int i = 0; i < CLIENTS; i++) {
            peers.add(new Peer(InetAddress.getByAddress(new byte[] {10, 0, (byte) (i >> 8), (byte) i})));
        }
        boolean limited = configured.name().startsWith("LIMITED");
        List<RateLimitConfig> limits = limited ? List.of(limit(configured == Configured.LIMITED_TOLD)) : List.of();
        List<RouteConfig> routes = List.of(route(limited ? List.of("api") : List.of()));
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        flow = new RequestFlow(
                new RequestIds(),
                new Router(routes),
                new ForwardingFields(Set.of("X-Auth-Subject", "X-Auth-Session", "X-Auth-Roles"), false, List.of()),
                Map.of(),
                RateLimits.of(limits, routes, null, registry, System::nanoTime),
                new RequestRecord(
                        new RequestMeters(registry, routes),
                        false,
                        System::nanoTime,
                        new RecentRefusals(InstantSource.system())),
                System::nanoTime,
                null,
                tracing());
        for (int i = 0; i < 100; i++) {
            if (!(request() instanceof Decision.Forward)) {
                throw new IllegalStateException("not forwarded: " + decision);
            }
        }
        if (configured == Configured.TRACED_ALL && spans != 200) {
            throw new IllegalStateException(spans + " spans of 100 requests");
        }
    }

    private static RateLimitConfig limit(boolean told) {
        return new RateLimitConfig(
                "api",
                RateLimitConfig.By.ADDRESS,
                RateLimitConfig.Count.REQUESTS,
                PLENTY,
                Duration.ofSeconds(1),
                PLENTY,
                told);
    }

    private static RouteConfig route(List<String> limits) {
        return new RouteConfig(
                null,
                "/**",
                Set.of(),
                new Access.Public(),
                "application",
                "default",
                null,
                null,
                true,
                false,
                limits,
                "benchmark:1");
    }

    private @Nullable Tracing tracing() {
        return switch (configured) {
            case TRACED -> tracing(0);
            case TRACED_TENTH -> tracing(0.1);
            case TRACED_ALL -> tracing(1);
            case NOTHING, LIMITED, LIMITED_TOLD -> null;
        };
    }

    private Tracing tracing(double sample) {
        TracingConfig config = new TracingConfig(
                URI.create("http://127.0.0.1:4318/v1/traces"),
                Map.<String, Secret>of(),
                sample,
                TracingConfig.Sampling.RATIO,
                TracingConfig.Trust.TRUSTED_PROXIES,
                "sessiongate",
                Duration.ofSeconds(10));
        return new Tracing(config, span -> spans++, InstantSource.system(), System::nanoTime);
    }

    /** From the octets of a request to what remains of it. */
    @Benchmark
    public @Nullable Decision request() {
        RequestFlow through = flow;
        if (through == null) {
            throw new IllegalStateException("not set up");
        }
        WireRequest head = head();
        Request request = new Request(
                head, peers.get(next++ & (CLIENTS - 1)), false, Protocol.HTTP_1_1, Runnable::run, System.nanoTime());
        through.decide(request, then);
        if (responses.read(answered.readerIndex(0)) != HeadProgress.DONE) {
            throw new IllegalStateException("the sample is no answer: " + responses.fault());
        }
        through.responding(request, responses.head());
        responses.release();
        through.completed(request, completion);
        head.release(storages);
        return decision;
    }

    private WireRequest head() {
        if (requests.read(asked.readerIndex(0)) != HeadProgress.DONE) {
            throw new IllegalStateException("the sample is no request: " + requests.fault());
        }
        return requests.head();
    }

    /** Made once, as in a listener. */
    private final class Keep implements Consumer<Decision> {
        @Override
        public void accept(Decision decided) {
            decision = decided;
        }
    }
}
