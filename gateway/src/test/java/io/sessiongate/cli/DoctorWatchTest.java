package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whether doctor notices that the application still asks about sessions itself. */
class DoctorWatchTest {

    private static TestPostgres postgres;
    private DoctorBench bench;

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() {
        postgres = TestPostgres.start(Map.of("shared_preload_libraries", "pg_stat_statements"));
    }

    @AfterAll
    static void stop() {
        postgres.close();
    }

    @BeforeEach
    void begin() {
        bench = new DoctorBench(postgres, folder).good();
        bench.run("create extension pg_stat_statements");
    }

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void findsAnApplicationThatStillAsks() throws SQLException {
        try (Connection application = postgres.connect(bench.database)) {
            CompletableFuture<Integer> code =
                    CompletableFuture.supplyAsync(() -> bench.execute("doctor", "--watch", "3s"));
            await().until(() -> {
                try (var statement = application.createStatement()) {
                    statement.execute("SELECT * FROM sessions WHERE id = 's7'");
                }
                return code.isDone();
            });

            assertThat(code.orTimeout(60, TimeUnit.SECONDS).join()).isZero();
            assertThat(bench.out.toString())
                    .containsPattern("warn +queries of default +[1-9][0-9]* of the application's own session queries")
                    .contains("delete the session query of every request");
        }
    }

    /** Neither the gateways' own statements count, nor writing, nor tables of a longer name. */
    @Test
    void findsAnApplicationThatDoesNot() throws SQLException {
        bench.run("create table user_sessions2 (id text)");
        try (Connection application = postgres.connect(bench.database)) {
            CompletableFuture<Integer> code =
                    CompletableFuture.supplyAsync(() -> bench.execute("doctor", "--watch", "2s"));
            await().until(() -> {
                try (var statement = application.createStatement()) {
                    statement.execute("select s.id::text, null::text from sessions s");
                    statement.execute("select * from user_sessions2");
                    statement.execute("update sessions set note = note where id = 's7'");
                }
                return code.isDone();
            });

            assertThat(bench.out.toString())
                    .containsPattern("ok +queries of default +0 of the application's own session queries in 2 s");
        }
    }

    @Test
    void canBeToldNotToWait() {
        assertThat(bench.execute("doctor", "--watch", "0s")).isZero();

        assertThat(bench.out.toString()).contains("not watched");
    }
}
