package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.app.RunningGateway;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command and the gateway understand each other. */
class RevokeTest {

    @TempDir
    private Path folder;

    @Test
    void endsASessionOfARunningGateway() throws Exception {
        try (RunningGateway gateway = new RunningGateway(folder, "", "revalidate-after: 1h")) {
            gateway.signUp("ada", "user");
            String session = gateway.login("ada");
            String cookie = gateway.cookie("ada", session);
            assertThat(gateway.get("/stats", "Cookie", cookie).statusCode()).isEqualTo(200);

            StringWriter err = new StringWriter();
            CommandLine line = Main.commandLine();
            line.setErr(new PrintWriter(err, true));
            int exit = line.execute(
                    "revoke",
                    "-c",
                    gateway.file().toString(),
                    "--admin",
                    "http://127.0.0.1:" + gateway.adminAddress().getPort(),
                    "--session",
                    session);

            assertThat(exit).as(err.toString()).isZero();
            assertThat(gateway.get("/stats", "Cookie", cookie).statusCode()).isEqualTo(401);
        }
    }
}
