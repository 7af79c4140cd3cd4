package io.sessiongate.demo;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EmbeddedDatabaseTest {

    @ParameterizedTest
    @EnumSource
    void startsCountsStatementsAndLeavesNothingBehind(ServerAccount account) throws Exception {
        assumeTrue(ServerAccount.candidates().contains(account), "not possible for this user");
        Path home;
        DatabaseRole application = DatabaseRole.APPLICATION;
        try (var database = EmbeddedDatabase.start(List.of(account))) {
            home = database.home();
            query(database, application, "SELECT /* session */ 1");
            query(database, application, "SELECT /* session */ 1");

            assertThat(database.statements(application, "%/* session */%")).isEqualTo(2);
            assertThat(database.statements(DatabaseRole.GATEWAY, "%/* session */%"))
                    .isZero();
        }
        assertThat(Files.exists(home)).isFalse();
    }

    @Test
    void fallsBackToTheNextAccountWhenOneIsNotPermitted() throws Exception {
        var permitted = ServerAccount.candidates().get(0);
        // Root may not run the server as itself, nor may an ordinary user become another.
        var refused = permitted == ServerAccount.OWN ? ServerAccount.NOBODY : ServerAccount.OWN;

        try (var database = EmbeddedDatabase.start(List.of(refused, permitted))) {
            query(database, DatabaseRole.APPLICATION, "SELECT 1");
        }
    }

    @Test
    void saysWhyAndLeavesNothingWhenNoAccountIsPermitted() throws Exception {
        var refused = ServerAccount.candidates().contains(ServerAccount.OWN) ? ServerAccount.NOBODY : ServerAccount.OWN;

        assertThatThrownBy(() -> EmbeddedDatabase.start(List.of(refused)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(refused.name())
                .hasMessageContaining("ordinary user")
                .satisfies(
                        e -> assertThat(homeIn(String.valueOf(e.getMessage()))).doesNotExist());
    }

    private static Path homeIn(String message) {
        var matcher = java.util.regex.Pattern.compile("cannot be run in (\\S+)").matcher(message);
        assertThat(matcher.find()).isTrue();
        return Path.of(matcher.group(1));
    }

    @Test
    void stopsAndCleansUpWhenItsJvmIsKilled() throws Exception {
        var jvm = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Victim.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        String[] said = jvm.inputReader()
                .lines()
                .filter(line -> line.startsWith("started "))
                .findFirst()
                .orElseThrow()
                .split(" ", -1);

        jvm.destroyForcibly();

        await().atMost(30, SECONDS)
                .untilAsserted(() -> assertThat(Path.of(said[1])).doesNotExist());
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(said[2])).close())
                .isInstanceOf(ConnectException.class);
    }

    /** Starts a database, says where, and waits to be killed. */
    static final class Victim {
        public static void main(String[] args) throws Exception {
            var database = EmbeddedDatabase.start();
            System.out.println("started " + database.home() + " " + database.port());
            Thread.currentThread().join();
        }
    }

    private static void query(EmbeddedDatabase database, DatabaseRole role, String sql) throws SQLException {
        try (Connection connection = database.connect(role);
                var statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
