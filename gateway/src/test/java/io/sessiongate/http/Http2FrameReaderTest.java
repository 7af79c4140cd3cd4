package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.sessiongate.testing.Http2Noise;
import io.sessiongate.testing.LeakWatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Frames are the same however the octets are cut. */
@ExtendWith(LeakWatch.class)
class Http2FrameReaderTest {

    private static final int MOST_BLOCK = 32 * 1024;

    /** Writes down what it is shown; the pieces of data as one. */
    private static final class Shown implements Http2FrameReader.Events {
        private final List<String> all = new ArrayList<>();
        private final StringBuilder data = new StringBuilder();

        private void add(String event) {
            if (data.length() > 0) {
                all.add("data " + data);
                data.setLength(0);
            }
            all.add(event);
        }

        @Override
        public void onFrame(int type) {
            add("frame " + type);
        }

        @Override
        public void onHeaders(int stream, byte[] block, int from, int to, boolean ends, int dependsOn) {
            String octets = HexFormat.of().formatHex(block, from, to);
            add("headers " + stream + " " + octets + " " + ends + " " + dependsOn);
        }

        @Override
        public boolean onData(int stream, int bytes, int overhead) {
            add("data of " + stream + ", " + bytes + " and " + overhead);
            return stream % 4 == 1;
        }

        @Override
        public void onDataPiece(int stream, ByteBuf piece) {
            assertThat(piece.isReadable()).isTrue();
            data.append(ByteBufUtil.hexDump(piece));
            piece.release();
        }

        @Override
        public void onDataEnd(int stream) {
            add("end of " + stream);
        }

        @Override
        public void onPriority(int stream, int dependsOn) {
            add("priority " + stream + " " + dependsOn);
        }

        @Override
        public void onReset(int stream, int code) {
            add("reset " + stream);
        }

        @Override
        public void onSetting(int id, long value) {
            add("setting " + id + " " + value);
        }

        @Override
        public void onSettings() {
            add("settings");
        }

        @Override
        public void onSettingsAck() {
            add("settings taken");
        }

        @Override
        public void onPing(long payload) {
            add("ping " + payload);
        }

        @Override
        public void onPingAck(long payload) {
            add("pong " + payload);
        }

        @Override
        public void onGoAway(int lastStream) {
            add("go away");
        }

        @Override
        public void onWindow(int stream, int bytes) {
            add("window " + stream + " " + bytes);
        }
    }

    /** What is shown of octets that come like this. */
    private static List<String> shown(List<ByteBuf> pieces) {
        Http2FrameReader reader = new Http2FrameReader(MOST_BLOCK);
        Shown shown = new Shown();
        ByteBuf held = Unpooled.buffer();
        for (ByteBuf piece : pieces) {
            held.writeBytes(piece);
            piece.release();
            reader.read(held, shown);
            // What is held back is never more than a frame.
            assertThat(held.readableBytes()).isLessThan(9 + Http2FrameReader.MOST_PAYLOAD);
            held.discardReadBytes();
        }
        held.release();
        shown.add("end: " + reader.error() + " " + reader.detail());
        return shown.all;
    }

    @Test
    void showsTheSameHoweverTheOctetsAreCut() {
        int errors = 0;
        for (int seed = 0; seed < 500; seed++) {
            byte[] input = Http2Noise.connection(new Random(seed));
            List<String> whole = shown(Cuts.whole(input, Cuts.Kind.HEAP));
            assertThat(shown(Cuts.random(input, new Random(seed))))
                    .as("seed %d", seed)
                    .isEqualTo(whole);
            if (seed % 20 == 0) {
                byte[] part = Arrays.copyOf(input, Math.min(input.length, 3_000));
                assertThat(shown(Cuts.single(part, Cuts.Kind.DIRECT)))
                        .as("seed %d", seed)
                        .isEqualTo(shown(Cuts.whole(part, Cuts.Kind.HEAP)));
            }
            errors += whole.get(whole.size() - 1).startsWith("end: null") ? 0 : 1;
        }
        assertThat(errors).isBetween(10, 490);
    }
}
