package io.sessiongate.benchmarks.jmh;

import io.sessiongate.route.RouteMatch;
import io.sessiongate.route.Router;
import java.util.concurrent.TimeUnit;
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

/** What it costs to find the rule for a request, and whether the number of rules matters. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RouteBenchmark {

    @Param({"10", "1000"})
    int rules;

    private Router router = new Router(Samples.routes(1));
    private String plain = "";
    private String encoded = "";

    @Setup
    public void setUp() {
        router = new Router(Samples.routes(rules));
        plain = "/api/service-" + rules / 2 + "/orders/42?expand=lines";
        encoded = "/api/service-" + rules / 2 + "/orders/a%2520b";
    }

    /** A path as nearly all are. */
    @Benchmark
    public RouteMatch plainPath() {
        return router.match("GET", "dashboard.example.com", plain);
    }

    /** A path that can be read in several ways, all of which must lead to one rule. */
    @Benchmark
    public RouteMatch encodedPath() {
        return router.match("GET", "dashboard.example.com", encoded);
    }
}
