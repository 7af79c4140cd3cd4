package io.sessiongate.benchmarks.before;

import io.sessiongate.demo.DemoApplication;
import io.sessiongate.demo.DemoOptions;
import io.sessiongate.demo.SessionTokens;
import io.sessiongate.demo.Validation;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;

/**
 * The demo application in a process of its own, so that its processor time and memory can be told from the gateway's.
 * Arguments: port, validation, delay of each session query in milliseconds. Ends with SIGTERM.
 */
public final class ApplicationMain {

    private ApplicationMain() {}

    public static void main(String[] arguments) throws Exception {
        var tokens = new SessionTokens(
                variable("BENCHMARK_JWT_SECRET").getBytes(StandardCharsets.UTF_8), InstantSource.system());
        var options = DemoOptions.of(Validation.valueOf(arguments[1]), variable("BENCHMARK_DATABASE_URL"), tokens)
                .withAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])))
                .withSessionQueryDelay(Duration.ofMillis(Long.parseLong(arguments[2])));
        System.out.println("application listens on " + new DemoApplication(options).address());
    }

    private static String variable(String name) {
        return Objects.requireNonNull(System.getenv(name), name);
    }
}
