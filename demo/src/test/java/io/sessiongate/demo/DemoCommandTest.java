package io.sessiongate.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.cli.SubcommandProvider;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class DemoCommandTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void isFoundByTheCommandLine() {
        assertThat(ServiceLoader.load(SubcommandProvider.class))
                .anySatisfy(provider -> assertThat(new CommandLine(provider.command()).getCommandName())
                        .isEqualTo("demo"));
    }

    @Test
    void startsPrintsWhatToDoAndStops() {
        int exit = run("--validate=itself", "--port=0", "--admin-port=0", "--exit-after-start");

        assertThat(exit).isZero();
        assertThat(out.toString()).contains("Open this address:", "curl -i", "ada@example.com", "GRACE=ey", "Ctrl-C");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void refusesAPortThatWasAskedForAndIsTaken() throws Exception {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int exit = run("--port=" + taken.getLocalPort(), "--exit-after-start");

            assertThat(exit).isEqualTo(2);
            assertThat(err.toString()).contains("--port " + taken.getLocalPort(), "choose another");
        }
    }

    @Test
    void refusesADelayWithoutUnit() {
        int exit = run("--session-query-delay=50");

        assertThat(exit).isEqualTo(2);
        assertThat(err.toString()).contains("'50' is not a duration such as 50ms");
    }

    private int run(String... arguments) {
        return new CommandLine(new DemoCommand())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }
}
