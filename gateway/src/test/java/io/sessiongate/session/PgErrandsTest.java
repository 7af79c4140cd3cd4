package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** One connection for what no request waits for, in virtual time. */
class PgErrandsTest {

    private final VirtualLoop loop = new VirtualLoop();
    private final FakeLinks links = new FakeLinks(loop);
    private final PgErrands errands =
            new PgErrands(links, loop, Duration.ofSeconds(5).toNanos(), new ConnectBackoff(new SplittableRandom(1)));
    private final List<PgAnswer> answers = new ArrayList<>();

    private void run(int times) {
        for (int i = 0; i < times; i++) {
            errands.run("errand", List.of(), answers::add);
        }
    }

    private long succeeded() {
        return answers.stream().filter(PgAnswer.Done.class::isInstance).count();
    }

    @Test
    void opensAConnectionOnlyWhenThereIsSomethingToRun() {
        loop.advance(Duration.ofMinutes(5));
        assertThat(links.attempts).isZero();

        run(10);
        loop.advance(Duration.ofSeconds(1));

        assertThat(succeeded()).isEqualTo(10);
        assertThat(links.attempts).isOne();
    }

    @Test
    void closesItAfterAMinuteWithoutWork() {
        run(1);
        loop.advance(Duration.ofSeconds(50));
        run(1);
        loop.advance(Duration.ofSeconds(59));
        assertThat(links.open()).isOne();

        loop.advance(Duration.ofSeconds(2));

        assertThat(links.open()).isZero();
        run(1);
        loop.advance(Duration.ofSeconds(1));
        assertThat(succeeded()).isEqualTo(3);
    }

    @Test
    void failsAtOnceWhatFindsNoRoom() {
        links.connectTime = Duration.ofSeconds(3);

        run(PgErrands.MOST_WAITING + 5);
        loop.advance(Duration.ofSeconds(1));

        assertThat(answers).hasSize(5).allSatisfy(answer -> assertThat(answer).isInstanceOf(PgAnswer.Failed.class));
        loop.advance(Duration.ofSeconds(10));
        assertThat(succeeded()).isEqualTo(PgErrands.MOST_WAITING);
    }

    @Test
    void failsAllWhileTheDatabaseIsAwayAndTriesRarely() {
        links.away = true;
        for (int i = 0; i < 1_000; i++) {
            run(1);
            loop.advance(Duration.ofMillis(10));
        }

        assertThat(answers).hasSizeGreaterThan(990);
        assertThat(succeeded()).isZero();
        assertThat(links.attempts).isBetween(8, 30);
        links.away = false;
        loop.advance(Duration.ofSeconds(2));
        run(1);
        loop.advance(Duration.ofSeconds(1));
        assertThat(succeeded()).isOne();
    }

    @Test
    void cancelsAndThenGivesUpAStatementThatDoesNotEnd() {
        run(1);
        loop.advance(Duration.ofMillis(5));
        links.frozen = true;

        loop.advance(Duration.ofMillis(5_240));
        assertThat(links.cancels).isZero();
        loop.advance(Duration.ofMillis(20));
        assertThat(links.cancels).isOne();
        loop.advance(Duration.ofSeconds(1));

        assertThat(links.links.get(0).abandoned).isTrue();
        assertThat(answers).hasSize(1);
        links.frozen = false;
        run(1);
        loop.advance(Duration.ofSeconds(1));
        assertThat(succeeded()).isOne();
    }

    @Test
    void replacesAConnectionWhoseStatementsMayNotFitAnyMore() {
        links.answers = sql -> FakeLinks.failed("42703");
        run(1);
        loop.advance(Duration.ofSeconds(1));
        assertThat(links.open()).isZero();

        links.answers = sql -> null;
        run(1);
        loop.advance(Duration.ofSeconds(1));

        assertThat(succeeded()).isOne();
        assertThat(links.attempts).isEqualTo(2);
    }

    @Test
    void keepsAConnectionWhoseStatementMerelyFailed() {
        links.answers = sql -> FakeLinks.failed("55P03");
        run(2);
        loop.advance(Duration.ofSeconds(1));

        assertThat(answers).hasSize(2);
        assertThat(links.attempts).isOne();
        assertThat(links.open()).isOne();
    }

    @Test
    void opensAnotherWhenTheConnectionEnded() {
        run(1);
        loop.advance(Duration.ofSeconds(1));
        links.last().end();
        loop.run();

        run(1);
        loop.advance(Duration.ofSeconds(1));

        assertThat(succeeded()).isEqualTo(2);
        assertThat(links.open()).isOne();
    }

    @Test
    void closingFailsWhatWaitsAndLeavesNothingBehind() {
        run(3);
        loop.advance(Duration.ofMillis(5)); // one is under way
        errands.close();
        errands.close();
        run(1);
        loop.advance(Duration.ofMinutes(2));

        assertThat(answers).hasSize(4);
        assertThat(succeeded()).isZero();
        assertThat(links.open()).isZero();
        assertThat(links.attempts).isOne();
    }

    @Test
    void closingWhileItConnectsLeavesNothingBehind() {
        run(1);
        loop.advance(Duration.ofMillis(1));
        errands.close();
        loop.advance(Duration.ofMinutes(2));

        assertThat(answers).hasSize(1);
        assertThat(links.open()).isZero();
    }
}
