package io.sessiongate.benchmarks.jmh;

import io.sessiongate.http.WireRequest;
import io.sessiongate.identity.InboundFields;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to remove from a browser's ten header fields what a client may not send. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class InboundFieldsBenchmark {

    private final InboundFields fields =
            new InboundFields(List.of("X-Auth-Subject", "X-Auth-Session", "X-Auth-Roles", "X-Auth-Assertion"), false);
    private final WireRequest head = Samples.request("a.b.c");

    /** Nothing to remove: ten names are looked at. */
    @Benchmark
    public WireRequest nothingToStrip() {
        fields.strip(head);
        return head;
    }

    /** One field of one hop, added anew each time. */
    @Benchmark
    public WireRequest keepAliveStripped() {
        head.add("Connection", "keep-alive");
        fields.strip(head);
        return head;
    }

    /** A forged identity in another spelling, added anew each time. */
    @Benchmark
    public WireRequest forgeryStripped() {
        head.add("x_auth.subject", "root");
        fields.strip(head);
        return head;
    }
}
