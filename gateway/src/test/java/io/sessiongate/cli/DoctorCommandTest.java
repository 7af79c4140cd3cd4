package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.testing.TestPostgres;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;

/** What doctor finds in a database and an application that are good, and in each that is not. */
class DoctorCommandTest {

    private final TestPostgres postgres = TestPostgres.shared();
    private DoctorBench bench;

    @TempDir
    private Path folder;

    @BeforeEach
    void begin() {
        bench = new DoctorBench(postgres, folder);
    }

    @AfterEach
    void close() {
        assertThat(bench.out.toString() + bench.err)
                .doesNotContain(DoctorBench.PASSWORD)
                .doesNotContain(DoctorBench.SECRET);
        bench.close();
    }

    private static String verdict(JsonNode finding) {
        return finding.path("verdict").asString();
    }

    private static String saw(JsonNode finding) {
        return finding.path("saw").asString();
    }

    private static String fix(JsonNode finding) {
        return finding.path("fix").asString();
    }

    @Test
    void findsNothingWrongWhereNothingIs() {
        bench.good();

        assertThat(bench.execute("doctor")).isZero();

        assertThat(bench.out.toString())
                .contains("PostgreSQL 18")
                .contains("id text, subject text, expires timestamptz, revoked timestamptz, roles text")
                .contains("by index, one row expected")
                .contains("installed and current on \"public\".\"sessions\", channel " + bench.channel)
                .contains("1 key for HS256")
                .contains("GET / was answered 404")
                .contains("pg_stat_statements is not installed")
                .doesNotContain("FAIL")
                .doesNotContain("warn");
        assertThat(bench.err.toString()).isEmpty();
    }

    @Test
    void changesNothing() {
        bench.sessions("text primary key");
        long least = Long.MAX_VALUE;
        // The number is the server's, and its autovacuum takes one now and then: whoever writes takes one each time.
        for (int i = 0; i < 3 && least > 1; i++) {
            long before = transaction();
            bench.execute("doctor", "--watch", "0s");
            least = Math.min(least, transaction() - before);
        }

        assertThat(least).isOne();
    }

    /** A new one, so the next is by one higher. */
    private long transaction() {
        return Long.parseLong(
                postgres.ask(bench.database, "select pg_current_xact_id()").get(0));
    }

    @Test
    void saysItAsJson() {
        bench.good();

        JsonNode found = bench.finding("columns");

        assertThat(verdict(found)).isEqualTo("ok");
        assertThat(found.path("about").asString()).isEqualTo("realm default");
        assertThat(bench.out.toString()).startsWith("{").endsWith("}\n").doesNotContain("\u001b");
    }

    @Test
    void hasColoursOnATerminalOnly() {
        bench.good();

        bench.execute("doctor", "--watch", "0s");
        assertThat(bench.out.toString()).doesNotContain("\u001b");

        bench.execute(new CommandLine(new Main(), onATerminal()), "doctor", "--watch", "0s");
        assertThat(bench.out.toString()).contains("\u001b[32mok");
    }

    private static CommandLine.IFactory onATerminal() {
        return new CommandLine.IFactory() {
            @Override
            public <K> K create(Class<K> kind) throws Exception {
                return kind == DoctorCommand.class
                        ? kind.cast(new DoctorCommand(() -> true))
                        : CommandLine.defaultFactory().create(kind);
            }
        };
    }

    @Test
    void findsAMissingIndex() {
        bench.sessions("text");

        JsonNode found = bench.finding("check query");

        assertThat(verdict(found)).isEqualTo("fail");
        assertThat(saw(found)).contains("no index").contains("\"sessions\"");
        assertThat(fix(found)).contains("create an index on id");
    }

    @Test
    void onlyWarnsOfAMissingIndexWhileTheTableIsSmall() {
        bench.sessions("text");
        bench.run("truncate sessions", "analyze sessions");

        assertThat(verdict(bench.finding("check query"))).isEqualTo("warn");
    }

    @Test
    void takesASmallTableThatIsReadWholeForGood() {
        bench.sessions("text primary key");
        bench.run("truncate sessions", "analyze sessions");

        assertThat(verdict(bench.finding("check query"))).isEqualTo("ok");
    }

    @Test
    void warnsOfAnIdThatNeedNotBeUnique() {
        bench.sessions("text");
        bench.run("create index on sessions (id)", "analyze sessions");

        JsonNode found = bench.finding("check query");

        assertThat(verdict(found)).isEqualTo("warn");
        assertThat(saw(found)).contains("unique");
    }

    @Test
    void looksAtAQueryAsWell() {
        bench.sessions("text primary key");
        bench.session("query: 'select id, user_id as subject from sessions where id = any($1)'");

        assertThat(verdict(bench.finding("columns"))).isEqualTo("ok");
        assertThat(saw(bench.finding("columns"))).isEqualTo("id text, subject text");
        assertThat(verdict(bench.finding("check query"))).isEqualTo("ok");
        assertThat(verdict(bench.finding("triggers"))).isEqualTo("skipped");
    }

    @Test
    void findsAColumnThatIsNotThere() {
        bench.sessions("text primary key");
        bench.session("table: sessions, columns: { id: id, expires: expires }");

        JsonNode found = bench.finding("columns");

        assertThat(verdict(found)).isEqualTo("fail");
        assertThat(saw(found)).contains("expires").contains("42703");
        assertThat(fix(found)).contains("columns");
        assertThat(verdict(bench.finding("check query"))).isEqualTo("skipped");
    }

    @Test
    void findsAColumnOfATypeThatIsNotUsable() {
        bench.sessions("text primary key");
        bench.session("table: sessions, columns: { id: id, expires: user_id }");

        JsonNode found = bench.finding("columns");

        assertThat(verdict(found)).isEqualTo("fail");
        assertThat(saw(found)).contains("timestamp");
    }

    @Test
    void findsATableThatIsNotThere() {
        assertThat(fix(bench.finding("columns"))).contains("does not exist as spelled");
    }

    @Test
    void findsMissingTriggers() {
        bench.sessions("text primary key");

        JsonNode found = bench.finding("triggers");

        assertThat(verdict(found)).isEqualTo("fail");
        assertThat(saw(found)).contains("no triggers");
        assertThat(fix(found)).contains("install-revocations");
    }

    @Test
    void findsASingleMissingTrigger() {
        bench.good();
        String trigger = postgres.ask(
                        bench.database, "select tgname from pg_trigger where tgname like 'sessiongate%_truncate'")
                .get(0);
        bench.run("drop trigger " + trigger + " on sessions");

        assertThat(saw(bench.finding("triggers"))).contains("missing");
    }

    @Test
    void findsOutdatedTriggers() {
        bench.good();
        bench.session("table: sessions, columns: { id: id }, revocations: { channel: " + bench.channel + " }");

        JsonNode found = bench.finding("triggers");

        assertThat(verdict(found)).isEqualTo("warn");
        assertThat(saw(found)).contains("outdated");
    }

    @Test
    void findsTriggersOfAnotherChannel() {
        bench.good();
        bench.session("table: sessions, columns: { id: id }, revocations: { channel: other }");

        assertThat(verdict(bench.finding("triggers"))).isEqualTo("fail");
        assertThat(saw(bench.finding("triggers"))).contains("another channel");
    }

    @Test
    void findsDisabledTriggers() {
        bench.good();
        bench.run("alter table sessions disable trigger all");

        assertThat(verdict(bench.finding("triggers"))).isEqualTo("fail");
        assertThat(saw(bench.finding("triggers"))).contains("disabled");
    }

    @Test
    void saysThatNothingIsPushedWithoutAChannel() {
        bench.sessions("text primary key");
        bench.session("table: sessions");

        assertThat(verdict(bench.finding("triggers"))).isEqualTo("skipped");
        assertThat(fix(bench.finding("triggers"))).contains("install-revocations");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "postgresql://locked_out:" + DoctorBench.PASSWORD + "@HOST/postgres?sslmode=disable | 28P01 | password",
                "postgresql://postgres@HOST/nowhere?sslmode=disable | 3D000 | database",
                "postgresql://postgres@127.0.0.1:1/postgres?sslmode=disable | refused | listens",
            })
    void saysWhyItCannotConnect(String url, String saw, String fix) {
        bench.url(url.replace("HOST", bench.host()));

        JsonNode found = bench.finding("database");

        assertThat(verdict(found)).isEqualTo("fail");
        assertThat(saw(found)).contains(saw);
        assertThat(fix(found)).contains(fix);
        assertThat(verdict(bench.finding("columns"))).isEqualTo("skipped");
        assertThat(verdict(bench.finding("keys"))).isEqualTo("ok");
        assertThat(verdict(bench.finding("clock"))).isEqualTo("skipped");
    }

    /** Accepts, and says nothing: the kind of trouble that a deadline is for. */
    @Test
    void waitsForNobodyLongerThanItsDeadline() throws IOException {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            String host = "127.0.0.1:" + silent.getLocalPort();
            bench.url("postgresql://u:p@" + host + "/app?sslmode=disable&connect_timeout=60")
                    .servers("http://" + host);
            long begun = System.nanoTime();

            assertThat(bench.execute("doctor", "--json")).isEqualTo(1);

            assertThat((System.nanoTime() - begun) / 1_000_000).isBetween(3_000L, 20_000L);
            assertThat(bench.out.toString()).contains("within 3000 ms");
        }
    }

    @Test
    void findsTheApplicationDown() {
        bench.good().servers("http://127.0.0.1:1");

        JsonNode found = bench.finding("app 127.0.0.1:1");

        assertThat(verdict(found)).isEqualTo("fail");
        assertThat(saw(found)).contains("nothing listens");
    }

    @Test
    void findsAnApplicationThatSpeaksNoHttp() {
        bench.good().servers("http://" + bench.host()); // PostgreSQL's own port

        assertThat(saw(bench.finding("app " + bench.host()))).contains("not HTTP");
    }

    @Test
    void findsAReplicaThatIsNotThereAndOneThatIsNone() {
        bench.good();
        String itself = postgres.url(bench.database) + "?sslmode=disable";
        bench.session("table: sessions, replicas: [ \"postgresql://u:p@127.0.0.1:1/app?sslmode=disable\", \"" + itself
                + "\" ]");

        assertThat(verdict(bench.finding("replica 1"))).isEqualTo("fail");
        assertThat(verdict(bench.finding("lag of replica 1"))).isEqualTo("skipped");
        assertThat(verdict(bench.finding("replica 2"))).isEqualTo("ok");
        assertThat(verdict(bench.finding("lag of replica 2"))).isEqualTo("warn");
        assertThat(saw(bench.finding("lag of replica 2"))).contains("no standby");
    }

    @ParameterizedTest
    @CsvSource({"1, ok", "24, ok", "25, warn", "50, fail"})
    void countsWhetherAllGatewaysFit(int gateways, String verdict) {
        bench.good();

        JsonNode found = bench.finding("max_connections", "--gateways", Integer.toString(gateways));

        // Of 300 connections 3 are reserved; a gateway opens 4, one to listen and one to write.
        assertThat(verdict(found)).isEqualTo(verdict);
        assertThat(saw(found)).contains(gateways + (gateways == 1 ? " gateway × 6" : " gateways × 6"));
    }

    @Test
    void countsTheLimitOfTheDatabaseToo() {
        bench.good();
        bench.run("alter database " + bench.database + " connection limit 8");

        JsonNode found = bench.finding("max_connections");

        assertThat(verdict(found)).isEqualTo("warn");
        assertThat(saw(found)).contains("limit 8");
    }

    @Test
    void comparesTheClocks() {
        bench.good();

        assertThat(verdict(bench.finding("clock"))).isEqualTo("ok");
        assertThat(saw(bench.finding("clock"))).contains("give or take");
    }

    @Test
    void saysThatThereIsNoPoolerWhereTheUrlSaysSo() {
        bench.good();
        bench.url(postgres.url(bench.database) + "?sslmode=disable&pgbouncer=true");

        assertThat(verdict(bench.finding("pooler"))).isEqualTo("warn");
        assertThat(verdict(bench.finding("listener"))).isEqualTo("ok");
        assertThat(verdict(bench.finding("max_connections"))).isEqualTo("skipped");
    }

    @Test
    void saysWhatIsWrongWithTheConfiguration() {
        bench.session("tabel: sessions");

        assertThat(bench.execute("doctor")).isEqualTo(3);
        assertThat(bench.err.toString()).contains("tabel");
    }

    @Test
    void refusesNumbersThatMakeNoSense() {
        assertThat(bench.execute("doctor", "--gateways", "0")).isEqualTo(2);
        assertThat(bench.execute("doctor", "--watch", "soon")).isEqualTo(2);
    }
}
