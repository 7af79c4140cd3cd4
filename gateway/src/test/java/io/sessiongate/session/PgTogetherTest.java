package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.testing.TestPostgres;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several statements in one go, and what is asked of a replica in that way. */
class PgTogetherTest {

    private static final PgQuery CHECK = new PgQuery("select $1::int8 + 1", List.of(41L));

    private final PgBench bench = new PgBench();

    @AfterEach
    void close() {
        bench.close();
    }

    private PgLink link(boolean pooled) {
        CompletableFuture<PgLink.Opened> opened = new CompletableFuture<>();
        PgLinks links = new PgLinks(
                TestPostgres.shared().config().pgbouncer(pooled).build(), Duration.ofSeconds(5), bench.loop);
        bench.run(() -> links.open(opened::complete));
        return ((PgLink.Opened.Open) opened.orTimeout(10, TimeUnit.SECONDS).join()).link();
    }

    private PgAnswer together(PgLink link, List<PgQuery> queries) {
        CompletableFuture<PgAnswer> answer = new CompletableFuture<>();
        bench.run(() -> link.runTogether(queries, answer::complete));
        return answer.orTimeout(10, TimeUnit.SECONDS).join();
    }

    private static List<Long> firsts(PgAnswer answer) {
        return ((PgAnswer.Done) answer)
                .tables().stream()
                        .filter(table -> !table.rows().isEmpty())
                        .map(table -> table.rows().get(0).integer(0))
                        .toList();
    }

    @Test
    void theTablesOfAllComeInTheirOrder() {
        for (boolean pooled : new boolean[] {false, true}) {
            PgAnswer answer =
                    together(link(pooled), List.of(PgQuery.script("begin; select 1"), CHECK, PgQuery.script("commit")));

            assertThat(((PgAnswer.Done) answer).tables()).hasSize(4);
            assertThat(firsts(answer)).containsExactly(1L, 42L);
        }
    }

    @Test
    void theFirstFailureIsTheAnswerAndTheLastStatementStillEndsTheTransaction() {
        PgLink link = link(false);

        PgAnswer answer = together(
                link,
                List.of(
                        PgQuery.script("begin; select 1"),
                        new PgQuery("select 1 / $1::int8", List.of(0L)),
                        CHECK,
                        PgQuery.script("commit")));

        assertThat(answer)
                .isInstanceOfSatisfying(
                        PgAnswer.Failed.class,
                        failed -> assertThat(failed.message()).contains("22012"));
        assertThat(firsts(together(link, List.of(CHECK)))).containsExactly(42L);
    }

    /** A later statement has a later snapshot; within one nothing would be early enough. */
    @Test
    void howFarAReplicaHasReplayedIsReadBeforeItsRows() {
        WalSamples samples = new WalSamples(1);
        List<PgQuery> direct = new PgReplicaFreshness(false, samples, () -> {}).around(CHECK);
        List<PgQuery> pooled = new PgReplicaFreshness(true, samples, () -> {}).around(CHECK);

        assertThat(direct.get(0).sql()).contains("pg_last_wal_replay_lsn");
        assertThat(direct.get(1)).isSameAs(CHECK);
        assertThat(direct).hasSize(2);
        assertThat(pooled.get(0).sql())
                .startsWith("begin isolation level read committed")
                .contains("pg_last_wal_replay_lsn");
        assertThat(pooled.get(1)).isSameAs(CHECK);
        assertThat(pooled.get(2).sql()).isEqualTo("commit");
    }
}
