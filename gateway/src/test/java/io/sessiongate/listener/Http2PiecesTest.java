package io.sessiongate.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.sessiongate.testing.LeakWatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakWatch.class)
class Http2PiecesTest {

    private final ByteBuf read = PooledByteBufAllocator.DEFAULT.directBuffer(64 * 1024);
    private final Http2Pieces pieces = new Http2Pieces(PooledByteBufAllocator.DEFAULT);

    @AfterEach
    void release() {
        drain();
        read.release();
    }

    private void add(int bytes) {
        for (int i = 0; i < bytes; i++) {
            read.writeByte(read.writerIndex());
        }
        pieces.add(read.readRetainedSlice(bytes));
    }

    /** Lets go of all, and says of how many octets each was; in order, or this fails. */
    private List<Integer> drain() {
        List<Integer> lengths = new ArrayList<>();
        int octet = 0;
        for (ByteBuf piece = pieces.poll(); piece != null; piece = pieces.poll()) {
            lengths.add(piece.readableBytes());
            while (piece.isReadable()) {
                assertThat(piece.readByte()).isEqualTo((byte) octet++);
            }
            piece.release();
        }
        return lengths;
    }

    @Test
    void keepsNothingOfWhatWasReadForOctetsThatComeOneByOne() {
        for (int i = 0; i < 20_000; i++) {
            add(1);
        }
        assertThat(read.refCnt()).isEqualTo(1);
        assertThat(pieces.bytes()).isEqualTo(20_000);
        assertThat(drain()).containsExactly(16 * 1024, 20_000 - 16 * 1024);
        assertThat(pieces.bytes()).isZero();
        assertThat(pieces.isEmpty()).isTrue();
    }

    @Test
    void doesNotCopyWhatIsLarge() {
        add(10);
        add(16_000);
        add(3);
        add(4);
        assertThat(read.refCnt()).isEqualTo(2);
        assertThat(drain()).containsExactly(10, 16_000, 7);
    }

    @Test
    void putsNothingBehindAPieceThatWasTaken() {
        add(5);
        ByteBuf first = Objects.requireNonNull(pieces.poll());
        add(6);
        assertThat(first.readableBytes()).isEqualTo(5);
        first.release();
        assertThat(pieces.bytes()).isEqualTo(6);
        ByteBuf second = Objects.requireNonNull(pieces.poll());
        assertThat(second.readableBytes()).isEqualTo(6);
        second.release();
    }
}
