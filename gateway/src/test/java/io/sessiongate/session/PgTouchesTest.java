package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.config.SessionConfig.Touch;
import io.sessiongate.metrics.WriterMeters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** When touches are written and what is dropped, in virtual time. */
class PgTouchesTest {

    private final VirtualLoop loop = new VirtualLoop();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final List<Integer> batches = new ArrayList<>();
    private final List<Consumer<PgAnswer>> pending = new ArrayList<>();
    private boolean answers = true;

    private final PgTouches touches = new PgTouches(
            "test",
            PgTouch.of(
                    new Lookup.Table(List.of("sessions"), "id", null, null, null),
                    new Touch("seen", Duration.ofMinutes(1)),
                    null),
            new PgStatements() {
                @Override
                public void run(String sql, List<? extends @Nullable Object> parameters, Consumer<PgAnswer> then) {
                    batches.add(((Object[]) java.util.Objects.requireNonNull(parameters.get(0))).length);
                    pending.add(then);
                    if (answers) {
                        loop.execute(() -> then.accept(FakeLinks.done(1)));
                    }
                }

                @Override
                public void script(String sql, Consumer<PgAnswer> then) {
                    loop.execute(() -> then.accept(new PgAnswer.Done(List.of(new PgTable(
                            List.of(new PgTable.Column("id", "TEXT"), new PgTable.Column("touched", "TIMESTAMPTZ")),
                            List.of(),
                            0)))));
                }
            },
            loop,
            new WriterMeters(registry, "test"));

    private void use(int from, int to) {
        for (int i = from; i < to; i++) {
            touches.used("s" + i);
        }
    }

    private double count(String outcome) {
        return registry.get("sessiongate.session.touches")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    @Test
    void gatherForASecond() {
        use(0, 10);
        loop.advance(Duration.ofMillis(900));
        use(10, 20);
        assertThat(batches).isEmpty();

        loop.advance(Duration.ofMillis(100));

        assertThat(batches).containsExactly(20);
    }

    @Test
    void goOutAtOnceWhenTheyFillABatchTheRestWhenItsSecondIsOver() {
        use(0, 300);
        loop.run();
        assertThat(batches).containsExactly(256);

        loop.advance(Duration.ofSeconds(1));

        assertThat(batches).containsExactly(256, 44);
    }

    @Test
    void gatherWhileABatchIsBeingWrittenAndEachOnce() {
        answers = false;
        use(0, 256);
        loop.run();
        use(0, 200);
        use(100, 256);
        loop.advance(Duration.ofSeconds(30));
        assertThat(batches).containsExactly(256);

        answers = true;
        pending.get(0).accept(FakeLinks.done(256));
        loop.advance(Duration.ofSeconds(1));

        assertThat(batches).containsExactly(256, 256);
    }

    @Test
    void areDroppedAndCountedWhenTooManyWait() {
        answers = false;
        use(0, PgTouches.MOST_WAITING + 256 + 10);
        loop.run();
        use(0, PgTouches.MOST_WAITING + 256 + 10);

        assertThat(count("dropped")).isGreaterThanOrEqualTo(10);
        answers = true;
        pending.get(0).accept(FakeLinks.done(256));
        loop.advance(Duration.ofSeconds(1));
        assertThat(batches).hasSizeBetween(PgTouches.MOST_WAITING / 256, PgTouches.MOST_WAITING / 256 + 2);
    }

    @Test
    void areNotTriedTwiceWhenTheyFail() {
        answers = false;
        use(0, 10);
        loop.advance(Duration.ofSeconds(1));
        pending.get(0).accept(FakeLinks.failed("55P03"));
        loop.advance(Duration.ofMinutes(1));

        assertThat(batches).containsExactly(10);
        assertThat(count("failed")).isEqualTo(10);
    }

    @Test
    void areForgottenOnClosing() {
        use(0, 10);
        touches.close();
        loop.advance(Duration.ofMinutes(1));

        assertThat(batches).isEmpty();
        assertThat(count("dropped")).isEqualTo(10);
    }
}
