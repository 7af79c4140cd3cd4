package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.session.PostgresConsole.Column;
import io.sessiongate.session.PostgresConsole.Failure;
import io.sessiongate.session.PostgresConsole.Table;
import io.sessiongate.testing.TestPostgres;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What commands ask a database. */
@Timeout(60)
class PostgresConsoleTest {

    private static final String APPLICATION = "console";
    private static final Duration LIMIT = Duration.ofMillis(500);

    private static TestPostgres postgres;

    private PostgresConsole console;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.shared();
    }

    @BeforeEach
    void open() {
        console = result(PostgresConsole.open(config(), LIMIT));
    }

    @AfterEach
    void close() {
        console.close();
        await().until(() -> postgres.backends(APPLICATION).isEmpty());
    }

    private static DatabaseConfig config() {
        return postgres.config().application(APPLICATION).build();
    }

    private static <T> T result(CompletableFuture<T> future) {
        return future.orTimeout(20, TimeUnit.SECONDS).join();
    }

    private static Failure failure(CompletableFuture<?> future) {
        try {
            result(future);
        } catch (java.util.concurrent.CompletionException e) {
            if (e.getCause() instanceof Failure failure) {
                return failure;
            }
            throw e;
        }
        throw new AssertionError("no failure");
    }

    @Test
    void returnsWhatAStatementReturnsAsText() {
        Table table = result(
                console.ask("select 1 as one, null::text as none, 'a' || $1 as text, array['x', 'y'] as texts", "b"));

        assertThat(table.columns())
                .containsExactly(
                        new Column("one", "INT4"),
                        new Column("none", "TEXT"),
                        new Column("text", "TEXT"),
                        new Column("texts", "TEXT_ARRAY"));
        assertThat(table.rows()).containsExactly(Arrays.asList("1", null, "ab", "[x, y]"));
    }

    @Test
    void showsHowAStatementWithAParameterWouldRun() {
        Table plan = result(console.ask("explain select relname from pg_class where relname = any($1::text[])", (Object)
                new String[] {"a", "b"}));

        assertThat(plan.rows().get(0).get(0)).contains("pg_class");
    }

    @Test
    void runsAScriptInOneTransaction() {
        String schema = postgres.newSchema();

        List<Table> tables = result(console.script("create table " + schema + ".t (n int); insert into " + schema
                + ".t select generate_series(1, 3); select n from " + schema + ".t"));
        Failure failed = failure(console.script("insert into " + schema + ".t values (4); select no_such"));

        assertThat(tables).hasSize(3);
        assertThat(tables.subList(1, 3)).extracting(Table::affected).containsExactly(3, 3);
        assertThat(failed.sqlState()).isEqualTo("42703");
        assertThat(postgres.ask("postgres", "select count(*) from " + schema + ".t"))
                .containsExactly("3");
    }

    @Test
    void goesOnAfterAMistake() {
        Failure failed = failure(console.ask("select * from no_such_table"));

        assertThat(failed).hasMessage("PostgreSQL: relation \"no_such_table\" does not exist (42P01)");
        assertThat(result(console.ask("select 1")).rows()).hasSize(1);
    }

    @Test
    void endsAStatementAtItsLimit() {
        long begun = System.nanoTime();

        assertThat(failure(console.ask("select pg_sleep(20)")).sqlState()).isEqualTo("57014");

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isBetween(LIMIT, Duration.ofSeconds(3));
        assertThat(result(console.ask("select 1")).rows()).hasSize(1);
    }

    @Test
    void endsAStatementThatHasNoDeadlineOnTheServer() {
        result(console.ask("set statement_timeout = 0"));

        assertThat(failure(console.ask("select pg_sleep(20)")).sqlState()).isEqualTo("57014");
    }

    @Test
    void givesAFrozenServerUp() {
        long backend = postgres.backends(APPLICATION).get(0);
        TestPostgres.freeze(backend);
        try {
            assertThat(failure(console.ask("select 1"))).hasMessage("the connection to PostgreSQL was lost");
        } finally {
            TestPostgres.thaw(backend);
        }
    }

    @Test
    void takesOneStatementAtATime() {
        CompletableFuture<Table> first = console.ask("select pg_sleep(0.2)");
        CompletableFuture<Table> second = console.ask("select 1");

        assertThatThrownBy(() -> result(second)).hasCauseInstanceOf(IllegalStateException.class);
        assertThat(result(first.thenCompose(over -> console.ask("select 2"))).rows())
                .hasSize(1);
    }

    @Test
    void looksAtALookupAsTheGatewayDoes() {
        String schema = postgres.newSchema();
        postgres.run("postgres", "create table " + schema + ".sessions (id uuid, owner int)");

        var look = result(console.look(new Lookup.Table(List.of(schema, "sessions"), "id", "owner", null, null)));

        assertThat(look.parameterType()).isEqualTo("uuid[]");
        assertThat(look.columns()).isEqualTo(Map.of("id", "UUID", "subject", "INT4"));
        assertThat(look.sql()).contains("any($1::uuid[])");
    }

    @Test
    void saysWhyItDoesNotConnect() {
        DatabaseConfig wrong = postgres.config().database("no_such_database").build();

        assertThat(failure(PostgresConsole.open(wrong, LIMIT)))
                .hasMessage("PostgreSQL: database \"no_such_database\" does not exist (3D000)");
    }
}
