package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The books of what waits, with peers that take nothing until they are told to. */
@SuppressWarnings("FutureReturnValueIgnored") // what is written is looked at in the books
class BacklogTest {

    private static final long LIMIT = 100_000;

    private final SlowPeer one = new SlowPeer();
    private final SlowPeer other = new SlowPeer();
    private long nanos;
    private final BufferedBytes all =
            new BufferedBytes(LIMIT, List.<EventLoop>of(one.eventLoop()), Duration.ofSeconds(10), () -> nanos);
    private final LoopBytes books = all.of(one.eventLoop());
    private final Told told = new Told();
    private final Backlog backlog = new Backlog(one, books, told);
    private final Backlog second = new Backlog(other, books, new Told());

    @AfterEach
    void close() {
        one.takes = true;
        other.takes = true;
        one.finishAndReleaseAll();
        other.finishAndReleaseAll();
    }

    @Test
    void countsNothingOfWhatIsTakenAtOnce() {
        one.takes = true;
        write(one, backlog, 50_000);
        assertThat(all.now()).isZero();
        assertThat(told.taken).isZero();
    }

    @Test
    void countsWhatWaitsUntilItIsTaken() {
        write(one, backlog, 50_000);
        assertThat(all.now()).isBetween(50_000L, 51_000L);
        one.take();
        assertThat(all.now()).isZero();
        assertThat(told.taken).isOne();
    }

    @Test
    void countsAgainWhatCameBehind() {
        write(one, backlog, 30_000);
        write(one, backlog, 30_000);
        assertThat(all.now()).isBetween(60_000L, 61_000L);
        one.take();
        write(one, backlog, 10_000);
        assertThat(all.now()).isBetween(10_000L, 11_000L);
        one.take();
        assertThat(all.now()).isZero();
    }

    @Test
    void looksOnceMoreBeforeItCountsWhatMayJustBeOnItsWay() {
        BufferedBytes later = new BufferedBytes(
                LIMIT, List.<EventLoop>of(one.eventLoop()), true, Duration.ofSeconds(10), () -> nanos);
        Backlog own = new Backlog(one, later.of(one.eventLoop()), told);
        write(one, own, 20_000);
        assertThat(later.now()).as("on its way").isZero();
        assertThat(Backlog.waits(one, later.of(one.eventLoop()))).isFalse();
        assertThat(Backlog.waits(one, books)).isTrue();
        one.take();
        passTime();
        assertThat(later.now()).as("it has left").isZero();
        assertThat(told.taken).isZero();

        write(one, own, 10_000);
        write(one, own, 10_000);
        passTime();
        assertThat(later.now()).as("it was left lying").isBetween(20_000L, 21_000L);
        one.take();
        assertThat(later.now()).isZero();
        assertThat(told.taken).isOne();

        write(one, own, 50_000);
        assertThat(later.now()).as("too much to be on its way").isBetween(50_000L, 51_000L);
        own.close();
        write(one, own, 20_000);
        passTime();
        assertThat(later.now()).as("over").isZero();
    }

    private void passTime() {
        one.advanceTimeBy(10, TimeUnit.MILLISECONDS);
        one.runScheduledPendingTasks();
    }

    @Test
    void givesMoreToWhomSomethingWaitsForOnlyWhileHalfOfTheBoundIsFree() {
        write(one, backlog, 20_000);
        assertThat(backlog.takesMore()).isTrue();
        write(other, second, 40_000);
        assertThat(backlog.takesMore()).isFalse();
        one.take();
        assertThat(backlog.takesMore()).as("nothing waits for it any more").isTrue();
        assertThat(second.takesMore()).isTrue();
    }

    @Test
    void isFullBeyondTheBound() {
        write(one, backlog, 60_000);
        assertThat(books.full()).isFalse();
        write(other, second, 60_000);
        assertThat(books.full()).isTrue();
        other.take();
        assertThat(books.full()).isFalse();
    }

    @Test
    void countsWhatWasReadAhead() {
        backlog.ahead(60_000);
        second.ahead(60_000);
        assertThat(books.full()).isTrue();
        backlog.ahead(0);
        assertThat(all.now()).isEqualTo(60_000);
    }

    @Test
    void countsNothingOfAConnectionThatIsOver() {
        write(one, backlog, 60_000);
        backlog.ahead(5_000);
        backlog.close();
        assertThat(all.now()).isZero();
        one.take();
        backlog.settle();
        backlog.ahead(7);
        assertThat(all.now()).isZero();
        assertThat(told.taken).isZero();
    }

    @Test
    void countsNothingOfAConnectionThatWasCut() {
        write(one, backlog, 60_000);
        one.close();
        assertThat(all.now()).isZero();
        assertThat(told.taken).isZero();
    }

    @Test
    void cutsWhoLeavesLyingWhatWaitsWhileTooMuchDoes() {
        write(one, backlog, 120_000);
        pass(Duration.ofSeconds(9));
        assertThat(told.cut).isFalse();
        pass(Duration.ofSeconds(3));
        assertThat(told.cut).isTrue();
    }

    @Test
    void cutsNobodyWhileThereIsRoom() {
        write(one, backlog, 90_000);
        pass(Duration.ofMinutes(10));
        assertThat(told.cut).isFalse();
    }

    @Test
    void cutsNobodyWhoTookEverythingMeanwhile() {
        write(other, second, 120_000);
        write(one, backlog, 1_500);
        pass(Duration.ofSeconds(9));
        one.take();
        write(one, backlog, 1_500);
        pass(Duration.ofSeconds(8));
        assertThat(told.cut).isFalse();
    }

    @Test
    void cutsNoMoreThanItTakes() {
        Told later = new Told();
        Backlog young = new Backlog(other, books, later);
        write(one, backlog, 120_000);
        write(other, young, 50_000);
        pass(Duration.ofSeconds(20));
        assertThat(told.cut).isTrue();
        assertThat(later.cut).isFalse();
    }

    @Test
    void addsUpWhatTheLoopsHave() {
        SlowPeer far = new SlowPeer();
        EventLoop here = new EmbeddedChannel().eventLoop();
        BufferedBytes both =
                new BufferedBytes(LIMIT, List.of(here, far.eventLoop()), Duration.ofSeconds(10), () -> nanos);
        Backlog there = new Backlog(far, both.of(far.eventLoop()), new Told());
        write(far, there, 120_000);
        assertThat(both.of(here).full()).isTrue();
        far.takes = true;
        far.finishAndReleaseAll();
    }

    private static void write(SlowPeer peer, Backlog backlog, int bytes) {
        peer.writeOneOutbound(Unpooled.wrappedBuffer(new byte[bytes]));
        peer.flush();
        backlog.settle();
    }

    /** Time goes by in steps, as the loop would notice it. */
    private void pass(Duration time) {
        for (long ms = 0; ms < time.toMillis(); ms += 500) {
            nanos += TimeUnit.MILLISECONDS.toNanos(500);
            one.advanceTimeBy(500, TimeUnit.MILLISECONDS);
            one.runScheduledPendingTasks();
        }
    }

    private final class Told implements Backlog.Events {

        private int taken;
        private boolean cut;

        @Override
        public void onTaken() {
            taken++;
        }

        @Override
        public void onLeftLying() {
            cut = true;
            one.close();
        }
    }

    private static final class SlowPeer extends EmbeddedChannel {

        private boolean takes;

        void take() {
            takes = true;
            flush();
            takes = false;
        }

        @Override
        protected void doWrite(ChannelOutboundBuffer in) throws Exception {
            if (takes) {
                super.doWrite(in);
            }
        }
    }
}
