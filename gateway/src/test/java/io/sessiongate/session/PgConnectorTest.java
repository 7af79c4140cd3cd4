package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.DatabaseConfig.Tls;
import io.sessiongate.config.DatabaseConfig.Tls.Mode;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.config.SessionConfig.Lookup.Query;
import io.sessiongate.config.SessionConfig.Lookup.Table;
import io.sessiongate.testing.TestPostgres;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TimeZone;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked and how answers are read, against a PostgreSQL in an odd time zone from a JVM in another. */
class PgConnectorTest {

    private static final String LOWER = "0f8fad5b-d9cb-469f-a165-70867728950e";
    private static final String UPPER = "0F8FAD5B-D9CB-469F-A165-70867728950E";
    private static final TimeZone ZONE = TimeZone.getDefault();

    private static TestPostgres postgres;
    private static PgBench bench;

    private String schema = "";

    @BeforeAll
    static void start() {
        TimeZone.setDefault(TimeZone.getTimeZone("America/St_Johns"));
        postgres = TestPostgres.shared();
        bench = new PgBench();
    }

    @AfterAll
    static void stop() {
        TimeZone.setDefault(ZONE);
        bench.close();
    }

    @AfterEach
    void closeConnections() {
        bench.closeConnections();
    }

    @BeforeEach
    void newSchema() {
        schema = postgres.newSchema();
    }

    private void sql(String... statements) {
        postgres.run(
                "postgres",
                Arrays.stream(statements).map(s -> s.replace("@", schema)).toArray(String[]::new));
    }

    private DatabaseConfig config() {
        return postgres.config("postgres", schema);
    }

    private static Table table(@Nullable String subject, @Nullable String expires, @Nullable String revoked) {
        return new Table(List.of("sessions"), "id", subject, expires, revoked);
    }

    private static Table idOnly() {
        return table(null, null, null);
    }

    private static SessionRow only(List<SessionRow> rows) {
        assertThat(rows).hasSize(1);
        return rows.get(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "varchar(40)", "char(12)", "character varying"})
    void findsTextIdsAndNoOthers(String type) {
        sql(
                "create table @.sessions (id " + type + " primary key)",
                "insert into @.sessions values ('abc'), ('dé''f')");

        var client = bench.connected(config(), idOnly());

        assertThat(bench.found(client, "abc", "dé'f", "ABC", "abc ", "x\0y", "", "' or true --"))
                .containsExactly("abc", "dé'f");
    }

    @Test
    void findsUuidIdsInEverySpellingAskedFor() {
        sql("create table @.sessions (id uuid primary key)", "insert into @.sessions values ('" + LOWER + "')");
        String bare = LOWER.replace("-", "");

        var client = bench.connected(config(), idOnly());

        assertThat(bench.found(client, LOWER, UPPER, bare, "nonsense", "1", LOWER + "0", "x".repeat(36)))
                .containsExactlyInAnyOrder(LOWER, UPPER, bare);
    }

    @ParameterizedTest
    @ValueSource(strings = {"smallint", "integer", "bigint"})
    void findsIntegerIdsAndNoOthers(String type) {
        sql("create table @.sessions (id " + type + " primary key)", "insert into @.sessions values (7), (-3), (0)");

        var client = bench.connected(config(), idOnly());

        assertThat(bench.found(
                        client,
                        "7",
                        "-3",
                        "0",
                        "07",
                        "+7",
                        " 7",
                        "٧",
                        "7.0",
                        "4294967303",
                        "9223372036854775808",
                        "9223372036854775807"))
                .containsExactlyInAnyOrder("7", "-3", "0");
    }

    @Test
    void answersForAFullBatch() {
        sql(
                "create table @.sessions (id bigint primary key)",
                "insert into @.sessions select generate_series(1, 1000)");
        String[] ids = IntStream.rangeClosed(901, 900 + CheckConnection.MAX_BATCH)
                .mapToObj(Integer::toString)
                .toArray(String[]::new);

        var client = bench.connected(config(), idOnly());

        assertThat(bench.found(client, ids)).hasSize(100);
    }

    @Test
    void asksNothingWhenNoIdCanBeOne() {
        sql("create table @.sessions (id uuid primary key)");
        var client = bench.connected(config(), idOnly());
        sql("drop table @.sessions");

        assertThat(bench.rows(client, "nonsense")).isEmpty();
    }

    @Test
    void refusesAnIdColumnOfAnotherType() {
        sql("create table @.sessions (id timestamptz)");

        assertThat(bench.refusal(config(), idOnly())).startsWith("the id column is of type timestamptz; text,");
    }

    @Test
    void quotesEveryName() {
        sql(
                "create table @.\"Odd \"\"Name\" (\"session Token\" text, \"user\" int, \"select\" timestamp, \"x;y\" boolean)",
                "insert into @.\"Odd \"\"Name\" values ('a', 12, null, true)");
        Table odd = new Table(List.of(schema, "Odd \"Name"), "session Token", "user", "select", "x;y");

        var client = bench.connected(postgres.config("postgres", null), odd);

        assertThat(bench.rows(client, "a")).containsExactly(new SessionRow("a", "12", Long.MAX_VALUE, true));
    }

    @ParameterizedTest
    @CsvSource({
        "timestamp, now() at time zone ~utc~ + interval ~1 hour~, 3590000, 3600000",
        "timestamp(3), now() at time zone ~utc~ - interval ~1 hour~, -3610000, -3599999",
        "timestamptz, now() + interval ~1 hour~, 3590000, 3600000",
        "timestamptz, now() - interval ~1 hour~, -3610000, -3599999",
        "timestamptz, ~infinity~, 9223372036854775807, 9223372036854775807",
        "timestamp, ~-infinity~, -9223372036854775808, -9223372036854775808",
        "timestamp, null, 9223372036854775807, 9223372036854775807",
        "timestamptz, ~294276-01-01~, 9000000000000, 9223372036854775807",
    })
    void readsTheTimeLeftByTheDatabasesClock(String type, String value, long least, long most) {
        // "~" for a quote, which the table of cases would strip
        sql(
                "create table @.sessions (id text, e " + type + ")",
                "insert into @.sessions values ('a', " + value.replace('~', '\'') + ")");

        var client = bench.connected(config(), table(null, "e", null));

        assertThat(only(bench.rows(client, "a")).remainingMillis()).isBetween(least, most);
    }

    @ParameterizedTest
    @CsvSource({
        "boolean, true, true",
        "boolean, false, false",
        "boolean, null, false",
        "timestamp, now(), true",
        "timestamp, null, false",
        "timestamptz, now(), true",
        "timestamptz, null, false",
    })
    void readsWhetherItWasRevoked(String type, String value, boolean revoked) {
        sql("create table @.sessions (id text, r " + type + ")", "insert into @.sessions values ('a', " + value + ")");

        var client = bench.connected(config(), table(null, null, "r"));

        assertThat(only(bench.rows(client, "a")).revoked()).isEqualTo(revoked);
    }

    @Test
    void refusesAnExpiryThatIsNoTimestamp() {
        sql("create table @.sessions (id text, e bigint)");

        assertThat(bench.refusal(config(), table(null, "e", null)))
                .isEqualTo("the expires column is of type int8; timestamp (read as UTC) or timestamptz would do");
    }

    @Test
    void refusesARevocationThatIsNeitherFlagNorTime() {
        sql("create table @.sessions (id text, r text)");

        assertThat(bench.refusal(config(), table(null, null, "r")))
                .isEqualTo("the revoked column is of type text; boolean, timestamp or timestamptz would do");
    }

    @Test
    void saysWhichTableOrColumnIsMissing() {
        assertThat(bench.refusal(config(), idOnly()))
                .isEqualTo("PostgreSQL: relation \"" + schema + ".sessions\" does not exist (42P01)");
        sql("create table @.sessions (id text)");
        assertThat(bench.refusal(config(), table("owner", null, null)))
                .isEqualTo("PostgreSQL: column t.owner does not exist (42703)");
    }

    @Test
    void saysWhichPermissionIsMissing() {
        String role = "reader_" + schema;
        sql("create table @.sessions (id text)", "create role " + role + " login");
        DatabaseConfig config = postgres.config("postgres", null, role, "", 4, TestPostgres.APPLICATION);
        Lookup qualified = new Table(List.of(schema, "sessions"), "id", null, null, null);

        assertThat(bench.refusal(config, qualified))
                .isEqualTo("PostgreSQL: permission denied for schema " + schema + " (42501)");
    }

    @ParameterizedTest
    @CsvSource({
        "text, a, any($1)",
        "text, a, any($1::text[])",
        "uuid, " + LOWER + ", any($1)",
        "uuid, " + LOWER + ", any($1::text[]::uuid[])",
        "bigint, 12, any($1)",
        "integer, 12, any($1)",
        "integer, 12, any($1::text[]::bigint[])",
    })
    void runsTheConfiguredQueryWhateverItsParameter(String type, String id, String any) {
        sql(
                "create table @.s (sid " + type + ", who text, until timestamp)",
                "insert into @.s values ('" + id + "', 'u', now() at time zone 'utc' + interval '1 minute')");
        Query query = new Query("-- which sessions\nselect sid as id, who as subject, until as expires,\n"
                + " who is null as revoked from s where sid = " + any + " order by 1 -- done\n ; ");

        var client = bench.connected(config(), query);

        SessionRow row = only(bench.rows(client, id, "not-an-id"));
        assertThat(row.id()).isEqualTo(id);
        assertThat(row.subject()).isEqualTo("u");
        assertThat(row.remainingMillis()).isBetween(50_000L, 60_000L);
        assertThat(row.revoked()).isFalse();
    }

    @Test
    void runsAQueryThatNamesOnlyTheId() {
        sql("create table @.s (id text)", "insert into @.s values ('a')");

        var client = bench.connected(config(), new Query("select id from s where id = any($1)"));

        assertThat(bench.rows(client, "a", "b")).containsExactly(new SessionRow("a", null, Long.MAX_VALUE, false));
    }

    @Test
    void refusesAQueryWithoutAnId() {
        sql("create table @.s (sid text, until timestamp)");

        assertThat(bench.refusal(config(), new Query("select sid, until from s where sid = any($1)")))
                .isEqualTo("the session query returns no column named id; it returns sid, until");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "select id from s",
                "select id from s where id = any($1) and id <> $2",
                "select id from s where n = any($1)"
            })
    void refusesAQueryWithOtherParameters(String query) {
        sql("create table @.s (id text, n boolean)");

        assertThat(bench.refusal(config(), new Query(query)))
                .isEqualTo("the session query must have one parameter, $1, an array of text, uuid or bigint");
    }

    @Test
    void refusesAQueryThatIsNone() {
        assertThat(bench.refusal(config(), new Query("selekt 1")))
                .isEqualTo("PostgreSQL: syntax error at or near \"1\" (42601)");
    }

    @Test
    void logsInWithAPasswordByScram() {
        sql(
                "create table @.sessions (id text)",
                "grant usage on schema @ to public",
                "grant select on @.sessions to public");

        var client = bench.connected(lockedOut("right"), idOnly());

        assertThat(bench.rows(client, "a")).isEmpty();
    }

    @Test
    void saysThatThePasswordIsWrongAndNotWhichItWas() {
        assertThat(bench.refusal(lockedOut("wr0ng-secret"), idOnly()))
                .isEqualTo("PostgreSQL: password authentication failed for user \"locked_out\" (28P01)");
    }

    private DatabaseConfig lockedOut(String password) {
        return postgres.config("postgres", schema, "locked_out", password, 4, TestPostgres.APPLICATION);
    }

    @Test
    void saysThatTheRoleHasNoConnectionLeft() {
        String role = "limited_" + schema;
        sql(
                "create table @.sessions (id text)",
                "create role " + role + " login connection limit 1",
                "grant usage on schema @ to public",
                "grant select on @.sessions to public");
        DatabaseConfig config = postgres.config("postgres", schema, role, "", 4, TestPostgres.APPLICATION);

        bench.connected(config, idOnly());

        assertThat(bench.refusal(config, idOnly()))
                .isEqualTo("PostgreSQL: too many connections for role \"" + role + "\" (53300)");
    }

    @Test
    void givesTheServerItsSettings() {
        sql("create table @.s (id text)", "insert into @.s values ('a')");
        DatabaseConfig plain = config();
        DatabaseConfig config = new DatabaseConfig(
                plain.host(),
                plain.port(),
                plain.database(),
                plain.user(),
                plain.password(),
                plain.tls(),
                4,
                plain.poolTimeout(),
                plain.connectTimeout(),
                schema,
                false,
                "my app",
                Map.of("lock_timeout", "1234", "statement_timeout", "0"),
                List.of());
        Query query = new Query("select id, concat_ws(',', current_setting('statement_timeout'),"
                + " current_setting('lock_timeout'), current_setting('application_name'), current_schema) as subject"
                + " from s where id = any($1)");

        var client = bench.connected(config, query);

        assertThat(only(bench.rows(client, "a")).subject()).isEqualTo("500ms,1234ms,my app," + schema);
    }

    @Test
    void givesAPoolerNoSettingItRejects() {
        sql("create table @.sessions (id text)", "insert into @.sessions values ('a')");

        var client = bench.connected(pgbouncer(), idOnly());

        assertThat(bench.found(client, "a", "b")).containsExactly("a");
        assertThat(postgres.ask(
                        "postgres", "select query from pg_stat_activity where application_name = 'pooled' limit 1"))
                .singleElement()
                .asString()
                .contains("any($1::text[])");
    }

    private DatabaseConfig pgbouncer() {
        DatabaseConfig c = config();
        return new DatabaseConfig(
                c.host(),
                c.port(),
                c.database(),
                c.user(),
                c.password(),
                c.tls(),
                4,
                c.poolTimeout(),
                c.connectTimeout(),
                schema,
                true,
                "pooled",
                Map.of("no_such_setting", "1"),
                List.of());
    }

    @Test
    void goesThroughAUnixSocket() {
        sql("create table @.sessions (id text)", "insert into @.sessions values ('a')");
        String directory =
                postgres.ask("postgres", "show unix_socket_directories").get(0);

        var client = bench.connected(tls(Mode.REQUIRE, true, false, directory, postgres.port()), idOnly());

        assertThat(bench.found(client, "a")).containsExactly("a");
        assertThat(PgBench.socketsTo(postgres.port())).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "DISABLE, false, false, 127.0.0.1, false",
        "PREFER, false, false, 127.0.0.1, true",
        "REQUIRE, false, false, 127.0.0.1, true",
        "REQUIRE, true, true, localhost, true",
        "PREFER, true, true, localhost, true",
    })
    void speaksTlsAsConfigured(Mode mode, boolean verify, boolean authority, String host, boolean encrypted) {
        sql("create table @.s (id text)", "insert into @.s values ('a')");
        Query query = new Query("select id, (select ssl from pg_stat_ssl where pid = pg_backend_pid()) as revoked"
                + " from s where id = any($1)");

        var client = bench.connected(tls(mode, verify, authority, host, postgres.port()), query);

        assertThat(only(bench.rows(client, "a")).revoked()).isEqualTo(encrypted);
    }

    @ParameterizedTest
    @CsvSource({
        "REQUIRE, false, localhost", // an authority nobody knows
        "PREFER, false, localhost", // and plain text is not what was meant
        "REQUIRE, true, 127.0.0.1", // a name the certificate does not have
    })
    void refusesACertificateItCannotVerify(Mode mode, boolean authority, String host) {
        sql("create table @.sessions (id text)");

        assertThat(bench.refusal(tls(mode, true, authority, host, postgres.port()), idOnly()))
                .isNotEmpty();
        assertThat(PgBench.socketsTo(postgres.port())).isZero();
    }

    private DatabaseConfig tls(Mode mode, boolean verify, boolean authority, String host, int port) {
        DatabaseConfig c = config();
        return new DatabaseConfig(
                host,
                port,
                c.database(),
                c.user(),
                c.password(),
                new Tls(mode, verify, authority ? TestPostgres.authority().toString() : null),
                4,
                c.poolTimeout(),
                c.connectTimeout(),
                schema,
                false,
                TestPostgres.APPLICATION,
                Map.of(),
                List.of());
    }
}
