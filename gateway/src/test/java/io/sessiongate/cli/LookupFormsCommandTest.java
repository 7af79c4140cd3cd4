package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.app.RealmGateway;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the commands make of lookups without a table of sessions, with a gateway running. */
class LookupFormsCommandTest {

    @TempDir
    private Path folder;

    private static String run(int code, String... arguments) {
        StringWriter said = new StringWriter();
        int exit = Main.commandLine()
                .setOut(new PrintWriter(said, true))
                .setErr(new PrintWriter(said, true))
                .execute(arguments);
        assertThat(exit).as(said.toString()).isEqualTo(code);
        return said.toString();
    }

    @Test
    void understandAVersionInTheUsersRow() {
        String database = RealmGateway.newDatabase(
                "create table \"User\" (id text primary key, \"tokenVersion\" int)",
                "insert into \"User\" select 'u' || i, 1 from generate_series(1, 20000) i",
                "analyze \"User\"");
        try (RealmGateway gateway = new RealmGateway(
                folder,
                database,
                "",
                RealmGateway.JWT,
                "version: { table: User, column: tokenVersion, claim: tokenVersion }\n"
                        + "      revocations: { channel: versions }",
                "")) {
            String file = gateway.file().toString();
            assertThat(run(0, "install-revocations", "-c", file, "--apply"))
                    .contains("installed on \"public\".\"User\"");
            String doctor = run(0, "doctor", "-c", file, "--watch", "0s");
            assertThat(doctor)
                    .contains("id text, version int4")
                    .contains("by index, one row expected")
                    .contains("installed and current");
        }
    }

    @Test
    void understandAListOfRevokedTokens() {
        String database = RealmGateway.newDatabase(
                "create table revoked_tokens (jti uuid)",
                "insert into revoked_tokens select gen_random_uuid() from generate_series(1, 20000)",
                "analyze revoked_tokens");
        try (RealmGateway gateway = new RealmGateway(
                folder,
                database,
                "",
                RealmGateway.JWT,
                "denylist: { table: revoked_tokens }\n      revocations: { channel: denied }",
                "")) {
            String file = gateway.file().toString();
            assertThat(run(ExitCode.FAILED, "doctor", "-c", file, "--watch", "0s"))
                    .contains("no index: every check reads all of")
                    .contains("create an index on jti");
            gateway.sql("create index on revoked_tokens (jti)");
            run(0, "install-revocations", "-c", file, "--apply");
            assertThat(run(0, "doctor", "-c", file, "--watch", "0s"))
                    .contains("by index, one row expected")
                    .contains("installed and current");
        }
    }
}
