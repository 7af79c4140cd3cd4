package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.testing.TestPostgres;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InstallRevocationsCommandTest {

    private static final String COMMAND = "install-revocations";

    private final TestPostgres postgres = TestPostgres.shared();
    private DoctorBench bench;

    @TempDir
    private Path folder;

    @BeforeEach
    void begin() {
        bench = new DoctorBench(postgres, folder).sessions("text primary key");
    }

    @AfterEach
    void close() {
        bench.close();
    }

    private List<String> triggers() {
        return postgres.ask(
                bench.database, "select tgname from pg_trigger where tgname like 'sessiongate%' order by 1");
    }

    @Test
    void printsSqlAndNothingElse() {
        assertThat(bench.execute(COMMAND)).isZero();

        assertThat(bench.err.toString()).contains("Nothing was changed");
        assertThat(triggers()).isEmpty();
        bench.run(bench.out.toString());
        assertThat(triggers()).hasSize(3);
    }

    @Test
    void printsWhatRemovesIt() {
        bench.install();

        assertThat(bench.execute(COMMAND, "--uninstall")).isZero();

        assertThat(triggers()).hasSize(3);
        bench.run(bench.out.toString());
        assertThat(triggers()).isEmpty();
    }

    @Test
    void appliesAndRemovesItItself() {
        assertThat(bench.execute(COMMAND, "--apply")).isZero();
        assertThat(triggers()).hasSize(3);
        assertThat(bench.err.toString()).contains("installed on \"public\".\"sessions\"");

        assertThat(bench.execute(COMMAND, "--apply", "--uninstall")).isZero();
        assertThat(triggers()).isEmpty();
        assertThat(bench.out.toString()).isEmpty();
    }

    @Test
    void appliesItWhereItIsTold() {
        bench.url("postgresql://nobody:nothing@127.0.0.1:1/nowhere?sslmode=disable");

        assertThat(bench.execute(COMMAND, "--apply", "--url", postgres.url(bench.database) + "?sslmode=disable"))
                .isZero();

        assertThat(triggers()).hasSize(3);
    }

    /** Data definition goes past the pooler. */
    @Test
    void appliesItWhereTheGatewayListens() {
        bench.url("postgresql://nobody:nothing@127.0.0.1:1/nowhere?sslmode=disable")
                .session("table: sessions, columns: { id: id }, revocations: { channel: c, listen-on: \""
                        + postgres.url(bench.database) + "?sslmode=disable\" }");

        assertThat(bench.execute(COMMAND, "--apply")).isZero();

        assertThat(triggers()).hasSize(3);
    }

    @Test
    void saysWhatPostgresSays() {
        bench.run("alter table sessions rename to other");

        assertThat(bench.execute(COMMAND, "--apply")).isEqualTo(1);

        assertThat(bench.err.toString()).contains("nothing was changed").contains("42P01");
        assertThat(postgres.ask(bench.database, "select count(*) from pg_proc where proname like 'sessiongate%'"))
                .containsExactly("0");
    }

    @Test
    void saysThatItCannotConnectWithoutTheCredentials() {
        bench.url("postgresql://somebody:" + DoctorBench.PASSWORD + "@127.0.0.1:1/app?sslmode=disable");

        assertThat(bench.execute(COMMAND, "--apply")).isEqualTo(1);

        assertThat(bench.err.toString()).contains("refused").doesNotContain(DoctorBench.PASSWORD);
    }

    @Test
    void wantsAChannel() {
        bench.session("table: sessions");

        assertThat(bench.execute(COMMAND)).isEqualTo(3);

        assertThat(bench.err.toString()).contains("revocations.channel");
        assertThat(bench.out.toString()).isEmpty();
    }

    @Test
    void wantsARealmThatIs() {
        assertThat(bench.execute(COMMAND, "--realm", "other")).isEqualTo(2);

        assertThat(bench.err.toString()).contains("default");
    }

    @Test
    void wantsTheTableBehindAQuery() {
        bench.session("query: select id from sessions where id = any($1), revocations: { channel: c }");

        assertThat(bench.execute(COMMAND)).isEqualTo(2);
        assertThat(bench.err.toString()).contains("--table").contains("--id");

        assertThat(bench.execute(
                        COMMAND,
                        "--table",
                        "public.sessions",
                        "--id",
                        "id",
                        "--subject",
                        "user_id",
                        "--expires",
                        "expires_at"))
                .isZero();
        bench.run(bench.out.toString());
        assertThat(triggers()).hasSize(3);
    }

    @Test
    void refusesATableBesideTheConfigured() {
        assertThat(bench.execute(COMMAND, "--table", "other", "--id", "id")).isEqualTo(2);

        assertThat(bench.err.toString()).contains("names its table itself");
    }

    @Test
    void refusesNamesThatAreNone() {
        bench.session("query: select id from sessions where id = any($1), revocations: { channel: c }");

        assertThat(bench.execute(COMMAND, "--table", "a.b.c", "--id", "id")).isEqualTo(2);
        assertThat(bench.execute(COMMAND, "--apply", "--url", "mysql://x", "--table", "a", "--id", "id"))
                .isEqualTo(2);
        assertThat(bench.err.toString()).contains("more than two parts").contains("--url");
    }
}
