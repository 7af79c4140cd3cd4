package io.sessiongate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.flow.RecentRefusals.Refusal;
import io.sessiongate.http.FaultKind;
import io.sessiongate.testing.SimpleHead;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which requests are remembered as refused, and what of them. */
class RecentRefusalsTest {

    private final FlowFixture fixture = new FlowFixture();
    private final RecentRefusals refusals = new RecentRefusals(() -> Instant.EPOCH);

    private List<Refusal> after(SimpleHead head, int status, @Nullable FaultKind fault) {
        Request request = fixture.request(head);
        fixture.decide(request);
        fixture.flow().completed(request, new Completion(status, fault, null, 0, 0, -1));
        return fixture.refusals.newestFirst();
    }

    private SimpleHead get(String target, String... fields) {
        String[] all = new String[fields.length + 2];
        all[0] = "Host";
        all[1] = "a";
        System.arraycopy(fields, 0, all, 2, fields.length);
        return SimpleHead.get(target, all);
    }

    @Test
    void remembersTheRuleAndTheReasonAndNothingOfThePath() {
        List<Refusal> seen =
                after(get("/stats/pl4nted?x=pl4nted", "X-Request-Id", "id-1"), 401, FaultKind.TOKEN_MISSING);

        assertThat(seen).hasSize(1);
        Refusal refusal = seen.get(0);
        assertThat(refusal.reason()).isEqualTo("token-missing");
        assertThat(refusal.status()).isEqualTo(401);
        assertThat(refusal.route()).startsWith("/").doesNotContain("stats/pl4nted");
        assertThat(refusal.requestId()).isEqualTo("id-1");
        assertThat(refusal.toString()).doesNotContain("pl4nted");
    }

    @Test
    void saysWhatTheTokenWasWorth() {
        List<Refusal> seen = after(get("/stats", "Authorization", "Bearer a.b.c"), 401, FaultKind.TOKEN_INVALID);

        assertThat(seen.get(0).detail()).isEqualTo("malformed");
    }

    @Test
    void saysWhyASessionIsNone() {
        List<Refusal> seen = after(
                get("/stats", "Authorization", "Bearer " + fixture.token("ada", "none")), 401, FaultKind.SESSION_ENDED);

        assertThat(seen.get(0).detail()).isEqualTo("not_found");
    }

    @Test
    void leavesOutWhatWasAnsweredAndWhoLeft() {
        fixture.sessions.login("s1", "ada");
        String token = "Bearer " + fixture.token("ada", "s1");

        assertThat(after(get("/stats", "Authorization", token), 200, null)).isEmpty();
        assertThat(after(get("/stats", "Authorization", token), 404, null)).isEmpty();
        assertThat(after(get("/stats", "Authorization", token), 499, FaultKind.CLIENT_GONE))
                .isEmpty();
    }

    @Test
    void remembersWhatWouldHaveBeenRefused() {
        fixture.observes = true;
        fixture.sessions.login("s1", "ada");

        after(get("/stats", "Authorization", "Bearer " + fixture.token("ada", "s1")), 200, null);
        List<Refusal> seen = after(get("/stats"), 200, null);

        assertThat(seen).hasSize(1);
        assertThat(seen.get(0).reason()).isEqualTo("token-missing");
        assertThat(seen.get(0).status()).isZero();
    }

    @Test
    void cutsALongId() {
        refusals.add(401, "token-missing", null, "", "x".repeat(128));

        assertThat(refusals.newestFirst().get(0).requestId()).isEqualTo("x".repeat(64) + "…");
        assertThat(refusals.newestFirst().get(0).route()).isEqualTo("none");
    }

    @Test
    void keepsTheNewestOfManyThreads() throws InterruptedException {
        int each = 10_000;
        CountDownLatch begin = new CountDownLatch(1);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Thread thread = new Thread(() -> {
                try {
                    begin.await();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                for (int i = 0; i < each; i++) {
                    refusals.add(401, "token-missing", null, "", Integer.toString(i));
                }
            });
            thread.start();
            threads.add(thread);
        }
        begin.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        refusals.add(403, "role-missing", null, "", "last");

        List<Refusal> seen = refusals.newestFirst();
        assertThat(seen).hasSize(RecentRefusals.LIMIT).doesNotContainNull();
        assertThat(seen.get(0).requestId()).isEqualTo("last");
    }
}
