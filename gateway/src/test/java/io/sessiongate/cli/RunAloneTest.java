package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** The short way to {@code run} says and returns what the whole command line does. */
class RunAloneTest {

    private record Said(int code, String out, String err) {}

    private static Said say(CommandLine line, String arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = line.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments.split(" ", -1));
        return new Said(code, out.toString(), err.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"run --help", "run", "run --nonsense", "run -c /nonexistent/sessiongate.yaml", "run --version"})
    void saysTheSame(String arguments) {
        assertThat(say(Main.runAlone(), arguments)).isEqualTo(say(Main.commandLine(), arguments));
    }
}
