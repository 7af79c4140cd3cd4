package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sessiongate.testing.LeakWatch;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Heads at their bounds and one beyond, cut at every octet, in every kind of buffer. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class HeadLimitsTest {

    private static final String HEAD = "POST /a?b HTTP/1.1\r\nHost: x\r\nX-A:\tb c \r\nContent-Length: 4\r\n\r\n";
    private static final String ANSWER =
            "HTTP/1.1 404 Not Found\r\nServer: x\r\nX-A:\tb c \r\nContent-Length: 4\r\n\r\n";

    private final HeadStorages storages = new HeadStorages();

    private static byte[] octets(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** What comes of a request, all at once or octet by octet; null where it is taken. */
    private @Nullable FaultKind fault(String text, int maxBytes, int maxTarget, int maxFields) {
        FaultKind at = fault(Cuts.whole(octets(text), Cuts.Kind.HEAP), maxBytes, maxTarget, maxFields);
        FaultKind single = fault(Cuts.single(octets(text), Cuts.Kind.HEAP), maxBytes, maxTarget, maxFields);
        assertThat(single).isEqualTo(at);
        return at;
    }

    private @Nullable FaultKind fault(List<ByteBuf> pieces, int maxBytes, int maxTarget, int maxFields) {
        RequestReader reader = new RequestReader(maxBytes, maxTarget, maxFields, storages);
        HeadProgress progress = HeadProgress.MORE;
        for (ByteBuf piece : pieces) {
            if (progress == HeadProgress.MORE) {
                progress = reader.read(piece);
            }
            piece.release();
        }
        reader.close();
        assertThat(progress).isNotEqualTo(HeadProgress.MORE);
        return progress == HeadProgress.DONE ? null : reader.fault().kind();
    }

    @ParameterizedTest
    @ValueSource(ints = {60, 1000, 2047, 2048, 2049, 4096, 4097, 8192, 40_000})
    void takesAHeadOfTheBoundAndNoneOfOneMore(int bound) {
        String empty = "GET / HTTP/1.1\r\nX: \r\n\r\n";
        String full = empty.replace("X: ", "X: " + "a".repeat(bound - empty.length()));
        assertThat(fault(full, bound, 100, 10)).isNull();
        assertThat(fault(full.replace("X: ", "X: a"), bound, 100, 10)).isEqualTo(FaultKind.HEAD_TOO_LARGE);
        assertThat(fault(full + "x".repeat(5000), bound, 100, 10)).isNull();
    }

    @Test
    void refusesAHeadBeforeItsEndWhereItCannotFitAnyMore() {
        assertThat(fault("GET / HTTP/1.1\r\nX: " + "a".repeat(100), 100, 100, 10))
                .isEqualTo(FaultKind.HEAD_TOO_LARGE);
        assertThat(fault("GET /" + "a".repeat(100), 1000, 100, 10)).isEqualTo(FaultKind.URI_TOO_LONG);
        assertThat(fault("G".repeat(33), 1000, 100, 10)).isEqualTo(FaultKind.MALFORMED_REQUEST);
    }

    @Test
    void takesTargetMethodAndFieldsOfTheBoundAndNoneOfOneMore() {
        String end = " HTTP/1.1\r\n\r\n";
        assertThat(fault("GET /" + "a".repeat(99) + end, 1000, 100, 10)).isNull();
        assertThat(fault("GET /" + "a".repeat(100) + end, 1000, 100, 10)).isEqualTo(FaultKind.URI_TOO_LONG);
        assertThat(fault("M".repeat(32) + " /" + end, 1000, 100, 10)).isNull();
        assertThat(fault("M".repeat(33) + " /" + end, 1000, 100, 10)).isEqualTo(FaultKind.MALFORMED_REQUEST);
        String line = "GET / HTTP/1.1\r\n";
        assertThat(fault(line + "A: b\r\n".repeat(10) + "\r\n", 1000, 100, 10)).isNull();
        assertThat(fault(line + "A: b\r\n".repeat(11) + "\r\n", 1000, 100, 10)).isEqualTo(FaultKind.HEAD_TOO_LARGE);
        assertThat(fault(line + "A: b\r\n".repeat(200) + "\r\n", 4000, 100, 200))
                .isNull();
        assertThat(fault("\r\n".repeat(8) + line + "\r\n", 1000, 100, 10)).isNull();
        assertThat(fault("\r\n".repeat(9) + line + "\r\n", 1000, 100, 10)).isEqualTo(FaultKind.MALFORMED_REQUEST);
    }

    @Test
    void boundsAnswersAlike() {
        String empty = "HTTP/1.1 200 OK\r\nX: \r\n\r\n";
        String full = empty.replace("X: ", "X: " + "a".repeat(3000 - empty.length()));
        for (String text : List.of(full, full.replace("X: ", "X: a"))) {
            ResponseReader reader = new ResponseReader(3000, 2, storages);
            ByteBuf in = Unpooled.wrappedBuffer(octets(text));
            assertThat(reader.read(in)).isEqualTo(text.length() > 3000 ? HeadProgress.REFUSED : HeadProgress.DONE);
            reader.release();
            in.release();
        }
        ResponseReader reader = new ResponseReader(3000, 2, storages);
        ByteBuf in = Unpooled.wrappedBuffer(octets("HTTP/1.1 200 OK\r\nA: b\r\nA: b\r\nA: b\r\n\r\n"));
        assertThat(reader.read(in)).isEqualTo(HeadProgress.REFUSED);
        reader.release();
        in.release();
    }

    @ParameterizedTest
    @EnumSource(Cuts.Kind.class)
    void readsTheSameHoweverItIsCutAndLeavesWhatIsBehind(Cuts.Kind kind) {
        for (int at = 0; at <= HEAD.length() + 4; at++) {
            request(Cuts.two(octets(HEAD + "body"), at, kind));
            answer(Cuts.two(octets(ANSWER + "body"), Math.min(at, ANSWER.length() + 4), kind));
        }
        request(Cuts.single(octets(HEAD + "body"), kind));
        answer(Cuts.single(octets(ANSWER + "body"), kind));
        Random random = new Random(5);
        for (int i = 0; i < 500; i++) {
            request(Cuts.random(octets(HEAD + "body"), random));
            answer(Cuts.random(octets(ANSWER + "body"), random));
        }
    }

    private void request(List<ByteBuf> pieces) {
        RequestReader reader = new RequestReader(1000, 100, 10, storages);
        StringBuilder behind = new StringBuilder();
        WireRequest head = null;
        for (ByteBuf piece : pieces) {
            if (head == null && piece.isReadable() && reader.read(piece) == HeadProgress.DONE) {
                head = reader.head();
            }
            behind.append(piece.toString(StandardCharsets.ISO_8859_1));
            assertThat(piece.refCnt()).isEqualTo(1);
            piece.release();
        }
        assertThat(behind.toString()).isEqualTo("body");
        if (head == null) {
            throw new AssertionError("the head is not whole");
        }
        assertThat(head.method() + head.target()).isEqualTo("POST/a?b");
        assertThat(OwnReading.lines(head)).containsExactly("Host: x", "X-A: b c", "Content-Length: 4");
        head.release(storages);
    }

    private void answer(List<ByteBuf> pieces) {
        ResponseReader reader = new ResponseReader(1000, 10, storages);
        StringBuilder behind = new StringBuilder();
        boolean done = false;
        for (ByteBuf piece : pieces) {
            done = done || (piece.isReadable() && reader.read(piece) == HeadProgress.DONE);
            behind.append(piece.toString(StandardCharsets.ISO_8859_1));
            piece.release();
        }
        assertThat(behind.toString()).isEqualTo("body");
        WireResponse head = reader.head();
        assertThat(head.status()).isEqualTo(404);
        assertThat(OwnReading.lines(head)).containsExactly("Server: x", "X-A: b c", "Content-Length: 4");
        ByteBuf written = Unpooled.buffer();
        head.writeTo(written);
        assertThat(written.toString(StandardCharsets.ISO_8859_1)).isEqualTo(ANSWER.replace(":\tb c ", ": b c"));
        written.release();
        reader.release();
    }

    @Test
    void tellsWhetherAHeadHasBegunAndReadsTheNextOne() {
        RequestReader reader = new RequestReader(1000, 100, 10, storages);
        ByteBuf in = Unpooled.wrappedBuffer(octets(HEAD + "GET / HTTP/1.0\r\n\r\nG"));
        assertThat(reader.begun()).isFalse();
        assertThatThrownBy(reader::head).isInstanceOf(IllegalStateException.class);
        assertThat(reader.read(in)).isEqualTo(HeadProgress.DONE);
        WireRequest first = reader.head();
        assertThat(reader.begun()).isFalse();
        assertThat(reader.read(in)).isEqualTo(HeadProgress.DONE);
        WireRequest second = reader.head();
        assertThat(reader.read(in)).isEqualTo(HeadProgress.MORE);
        assertThat(reader.begun()).isTrue();
        assertThat(first.target() + second.target()).isEqualTo("/a?b/");
        first.release(storages);
        second.release(storages);
        assertThatThrownBy(() -> first.first("host")).isInstanceOf(IllegalStateException.class);
        reader.close();
        in.release();
    }

    @Test
    void readsAnswersOneBehindTheOther() {
        ResponseReader reader = new ResponseReader(1000, 10, storages);
        ByteBuf in = Unpooled.wrappedBuffer(octets(ANSWER + "HTTP/1.0 201 a\r\nB: c\r\n\r\nHTTP/1.1 200 \r\n\r\n"));
        for (int status : new int[] {404, 201, 200}) {
            assertThat(reader.read(in)).isEqualTo(HeadProgress.DONE);
            assertThat(reader.head().status()).isEqualTo(status);
            assertThat(reader.head().http10()).isEqualTo(status == 201);
            assertThat(reader.head().contains("server")).isEqualTo(status == 404);
            reader.release();
        }
        in.release();
    }
}
