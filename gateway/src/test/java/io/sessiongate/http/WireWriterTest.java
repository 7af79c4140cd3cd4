package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sessiongate.testing.LeakWatch;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes out, and in how many pieces. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class WireWriterTest {

    private static final String HEAD = "HTTP/1.1 200 OK\r\nX: y\r\n\r\n";

    private final HeadStorages storages = new HeadStorages();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final WireWriter writer = new WireWriter(channel, null);

    @AfterEach
    void closeChannel() {
        writer.close();
        channel.finishAndReleaseAll();
    }

    private void head(boolean chunked) {
        WireResponse head = WireResponse.of(200, "OK", storages);
        head.add("X", "y");
        writer.head(head, chunked);
        head.release(storages);
    }

    private static ByteBuf piece(int length) {
        return Unpooled.wrappedBuffer("x".repeat(length).getBytes(StandardCharsets.US_ASCII));
    }

    /** What was handed to the channel, a string a piece. */
    private List<String> out() {
        List<String> out = new ArrayList<>();
        for (ByteBuf piece = channel.readOutbound(); piece != null; piece = channel.readOutbound()) {
            out.add(piece.toString(StandardCharsets.ISO_8859_1));
            piece.release();
        }
        return out;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 9, 15, 16, 17, 255, 256, 4095, 4096, 4097, 65_535, 65_536, 1_000_000})
    void framesChunksByTheirSize(int length) {
        head(true);
        writer.body(piece(length));
        writer.body(piece(0));
        writer.end(null);
        writer.flush();
        List<String> out = out();
        assertThat(String.join("", out))
                .isEqualTo(HEAD + Integer.toHexString(length) + "\r\n" + "x".repeat(length) + "\r\n0\r\n\r\n");
        assertThat(out).hasSize(length <= 4096 ? 1 : 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4096, 4097, 100_000})
    void putsAShortBodyBehindItsHeadAndALongOneAsItIs(int length) {
        head(false);
        ByteBuf body = piece(length);
        writer.body(body);
        writer.end(null);
        writer.flush();
        assertThat(out()).hasSize(length <= 4096 ? 1 : 2).last().asString().endsWith("x".repeat(length));
        assertThat(body.refCnt()).isZero();
    }

    @Test
    void passesALongPieceUncopied() {
        head(true);
        ByteBuf body = piece(5000);
        writer.body(body);
        writer.flush();
        ByteBuf first = channel.readOutbound();
        ByteBuf second = channel.readOutbound();
        ByteBuf third = channel.readOutbound();
        assertThat(second).isSameAs(body);
        assertThat(first.toString(StandardCharsets.US_ASCII)).isEqualTo(HEAD + "1388\r\n");
        assertThat(third.toString(StandardCharsets.US_ASCII)).isEqualTo("\r\n");
        first.release();
        second.release();
        third.release();
        writer.end(null);
    }

    @Test
    void gathersWhatIsFlushedTogether() {
        for (int i = 0; i < 10; i++) {
            head(true);
            writer.body(piece(10));
            writer.body(piece(20));
            writer.end(null);
        }
        assertThat(writer.gathered()).isPositive();
        assertThat(out()).isEmpty();
        writer.flush();
        assertThat(writer.gathered()).isZero();
        String message = HEAD + "a\r\n" + "x".repeat(10) + "\r\n14\r\n" + "x".repeat(20) + "\r\n0\r\n\r\n";
        assertThat(out()).containsExactly(message.repeat(10));
    }

    @Test
    void keepsTheOrderOfShortAndLongPieces() {
        StringBuilder expected = new StringBuilder(HEAD);
        head(true);
        for (int length : List.of(5000, 1, 5000, 4097, 2, 3, 4096, 4096, 8000)) {
            writer.body(piece(length));
            expected.append(Integer.toHexString(length))
                    .append("\r\n")
                    .append("x".repeat(length))
                    .append("\r\n");
        }
        writer.end(null);
        writer.flush();
        assertThat(String.join("", out())).isEqualTo(expected + "0\r\n\r\n");
    }

    @Test
    void writesTrailersOnlyBehindChunks() {
        head(true);
        writer.end(trailers("A: b\r\nC:d\r\n", null));
        head(true);
        writer.end(trailers("A: b\r\n", "a"));
        head(false);
        writer.end(trailers("A: b\r\n", null));
        writer.flush();
        assertThat(String.join("", out())).isEqualTo(HEAD + "0\r\nA: b\r\nC: d\r\n\r\n" + HEAD + "0\r\n\r\n" + HEAD);
    }

    private WireTrailers trailers(String fields, @Nullable String removed) {
        TrailerReader reader = new TrailerReader(1000, 10, storages);
        ByteBuf in = Unpooled.wrappedBuffer((fields + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        assertThat(reader.read(in)).isEqualTo(HeadProgress.DONE);
        in.release();
        WireTrailers trailers = Objects.requireNonNull(reader.trailers());
        if (removed != null) {
            trailers.remove(removed);
        }
        return trailers;
    }

    @Test
    void takesBackAMessageOfWhichNothingLeftAndKeepsWhatStandsBeforeIt() {
        head(true);
        writer.body(piece(3));
        writer.end(null);
        writer.mark();
        head(true);
        writer.body(piece(10));
        assertThat(writer.takeBack()).isTrue();
        // Not in chunks any more either.
        writer.end(null);
        head(false);
        writer.body(piece(2));
        writer.flush();
        assertThat(String.join("", out())).isEqualTo(HEAD + "3\r\nxxx\r\n0\r\n\r\n" + HEAD + "xx");
    }

    @Test
    void takesBackTheFirstMessage() {
        writer.mark();
        head(true);
        writer.body(piece(4096));
        writer.body(piece(4096));
        assertThat(writer.takeBack()).isTrue();
        assertThat(writer.gathered()).isZero();
        head(false);
        writer.flush();
        assertThat(String.join("", out())).isEqualTo(HEAD);
    }

    @Test
    void takesNothingBackOnceSomeOfItWasHandedToTheChannel() {
        writer.mark();
        head(true);
        writer.flush();
        writer.body(piece(1));
        assertThat(writer.takeBack()).isFalse();

        writer.end(null);
        writer.mark();
        head(true);
        // Long enough to be handed over as it is, though nobody flushes.
        writer.body(piece(5000));
        assertThat(writer.takeBack()).isFalse();
        writer.end(null);
        writer.flush();
        assertThat(String.join("", out()))
                .isEqualTo(HEAD + "1\r\nx\r\n0\r\n\r\n" + HEAD + "1388\r\n" + "x".repeat(5000) + "\r\n0\r\n\r\n");
    }

    @Test
    void takesNothingBackTwiceOrWithoutAMark() {
        head(false);
        assertThat(writer.takeBack()).isFalse();
        writer.mark();
        head(false);
        assertThat(writer.takeBack()).isTrue();
        head(false);
        assertThat(writer.takeBack()).isFalse();
        writer.flush();
        assertThat(String.join("", out())).isEqualTo(HEAD + HEAD);
    }

    @Test
    void dropsWhatItHeldBackWhenItsChannelIsClosed() {
        head(true);
        writer.body(piece(10));
        writer.close();
        assertThat(writer.gathered()).isZero();
        writer.flush();
        assertThat(out()).isEmpty();
    }

    @Test
    void writesAnswersOfEveryStatusAsTheyAreRead() {
        for (int status = 100; status < 600; status++) {
            WireResponse head = WireResponse.of(status, "a b", storages);
            writer.head(head, false);
            head.release(storages);
            writer.flush();
            byte[] octets = String.join("", out()).getBytes(StandardCharsets.ISO_8859_1);
            ResponseReader reader = new ResponseReader(1000, 10, storages);
            ByteBuf in = Unpooled.wrappedBuffer(octets);
            assertThat(reader.read(in)).isEqualTo(HeadProgress.DONE);
            assertThat(reader.head().status()).isEqualTo(status);
            in.release();
            reader.release();
        }
    }
}
