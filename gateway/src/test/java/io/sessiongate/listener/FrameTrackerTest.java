package io.sessiongate.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Frames written by hand after RFC 6455 section 5.2, cut in every way. */
class FrameTrackerTest {

    private static final int[] LENGTHS = {0, 1, 2, 125, 126, 127, 128, 255, 256, 65_535, 65_536, 70_000};

    /** Bytes of frames, and behind which of them a frame ends. */
    private static final class Frames {
        private final byte[] bytes;
        private final Set<Integer> ends;

        private Frames(byte[] bytes, Set<Integer> ends) {
            this.bytes = bytes;
            this.ends = ends;
        }
    }

    private final FrameTracker tracker = new FrameTracker();

    private static Frames frames(List<byte[]> frames) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Set<Integer> ends = new TreeSet<>(Set.of(0));
        frames.forEach(frame -> {
            bytes.writeBytes(frame);
            ends.add(bytes.size());
        });
        return new Frames(bytes.toByteArray(), ends);
    }

    private static byte[] frame(int opcode, int length, boolean masked, Random random) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(0x80 | opcode);
        int mask = masked ? 0x80 : 0;
        if (length < 126) {
            out.write(mask | length);
        } else if (length < 65_536) {
            out.write(mask | 126);
            out.write(length >> 8);
            out.write(length);
        } else {
            out.write(mask | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                out.write((int) ((long) length >> shift));
            }
        }
        byte[] rest = new byte[length + (masked ? 4 : 0)];
        random.nextBytes(rest);
        out.writeBytes(rest);
        return out.toByteArray();
    }

    private static Frames random(Random random) {
        List<byte[]> frames = new ArrayList<>();
        for (int i = 0; i < 1 + random.nextInt(12); i++) {
            int length = LENGTHS[random.nextInt(LENGTHS.length)];
            int opcode = new int[] {0, 1, 2, 9, 10}[random.nextInt(5)];
            frames.add(frame(opcode, length, random.nextInt(4) == 0, random));
        }
        return frames(frames);
    }

    private void pass(byte[] bytes, int from, int to) {
        ByteBuf buffer = Unpooled.wrappedBuffer(bytes, from, to - from);
        tracker.pass(buffer);
        assertThat(buffer.readableBytes()).isEqualTo(to - from);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 125, 126, 127, 65_535, 65_536})
    void knowsTheEndOfAFrameFedByteByByte(int length) {
        for (boolean masked : new boolean[] {false, true}) {
            Frames frames = frames(List.of(
                    frame(1, length, masked, new Random(length)),
                    frame(9, 0, false, new Random()),
                    frame(2, length, masked, new Random(7))));
            for (int i = 0; i < frames.bytes.length; i++) {
                pass(frames.bytes, i, i + 1);
                assertThat(tracker.atBoundary()).as("behind %d", i + 1).isEqualTo(frames.ends.contains(i + 1));
            }
        }
    }

    @Test
    void knowsTheEndOfAFrameHoweverItIsCutInThree() {
        Frames frames = frames(List.of(
                frame(1, 5, false, new Random(1)),
                frame(2, 126, true, new Random(2)),
                frame(10, 0, false, new Random(3))));
        int length = frames.bytes.length;
        for (int first = 0; first <= length; first++) {
            for (int second = first; second <= length; second++) {
                FrameTracker fresh = new FrameTracker();
                fresh.pass(Unpooled.wrappedBuffer(frames.bytes, 0, first));
                assertThat(fresh.atBoundary()).isEqualTo(frames.ends.contains(first));
                fresh.pass(Unpooled.wrappedBuffer(frames.bytes, first, second - first));
                assertThat(fresh.atBoundary()).isEqualTo(frames.ends.contains(second));
                fresh.pass(Unpooled.wrappedBuffer(frames.bytes, second, length - second));
                assertThat(fresh.atBoundary()).isTrue();
            }
        }
    }

    @Test
    void knowsTheEndOfAFrameInRandomFramesCutAtRandom() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            Frames frames = random(random);
            int at = 0;
            while (at < frames.bytes.length) {
                int to = Math.min(frames.bytes.length, at + 1 + random.nextInt(random.nextBoolean() ? 4 : 100_000));
                pass(frames.bytes, at, to);
                assertThat(tracker.atBoundary())
                        .as("seed %d, behind %d", seed, to)
                        .isEqualTo(frames.ends.contains(to));
                at = to;
            }
        }
    }

    @Test
    void stopsBehindTheFrameThatIsUnderWayHoweverItIsCut() {
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            Frames frames = random(random);
            int within = random.nextInt(frames.bytes.length);
            pass(frames.bytes, 0, within);
            int end = frames.ends.stream().filter(e -> e >= within).findFirst().orElseThrow();
            int at = within;
            while (!tracker.atBoundary()) {
                int to = Math.min(frames.bytes.length, at + 1 + random.nextInt(random.nextBoolean() ? 3 : 100_000));
                int passed = tracker.passFrame(Unpooled.wrappedBuffer(frames.bytes, at, to - at));
                assertThat(passed).isEqualTo(Math.min(to, end) - at);
                at += passed;
            }
            assertThat(at).as("seed %d", seed).isEqualTo(end);
        }
    }

    @Test
    void readsBuffersThatDoNotBeginAtTheirFirstByte() {
        ByteBuf buffer = Unpooled.wrappedBuffer(new byte[] {1, 1, 1, (byte) 0x82, 2, 9, 9, (byte) 0x82, 1});
        buffer.readerIndex(3);
        tracker.pass(buffer);
        assertThat(tracker.atBoundary()).isFalse();
        assertThat(tracker.passFrame(Unpooled.wrappedBuffer(new byte[] {9, (byte) 0x82, 0})))
                .isEqualTo(1);
    }

    @Test
    void seesACloseFrameOnlyOnceItIsWhole() {
        byte[] close = frame(8, 2, false, new Random(1));
        pass(close, 0, 3);
        assertThat(tracker.closed()).isFalse();
        pass(close, 3, 4);
        assertThat(tracker.closed()).isTrue();
    }

    @Test
    void takesNoOtherFrameForACloseFrame() {
        pass(frame(9, 0, false, new Random(1)), 0, 2);
        pass(frame(0, 8, false, new Random(1)), 0, 10);
        assertThat(tracker.closed()).isFalse();
    }

    @Test
    void findsNoEndOfAFrameWhoseLengthIsForbidden() {
        byte[] head = {(byte) 0x82, 127, (byte) 0xff, 0, 0, 0, 0, 0, 0, 0};
        pass(head, 0, head.length);
        for (int i = 0; i < 100; i++) {
            pass(new byte[70_000], 0, 70_000);
            assertThat(tracker.atBoundary()).isFalse();
        }
    }
}
