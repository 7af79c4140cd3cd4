package io.sessiongate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sessiongate.http.Http2FrameWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The windows of one stream after the other and of their connection, both ways. */
class Http2WindowsTest {

    private static final int HALF = Http2Grant.WINDOW / 2;
    private static final int STANDARD = 65_535;

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Http2FrameWriter out = new Http2FrameWriter(channel);
    private final Http2Grant grant = new Http2Grant(out);
    private final Http2Sending sending = new Http2Sending(out);

    @AfterEach
    void close() {
        sending.close();
        out.flush();
        channel.finishAndReleaseAll();
    }

    @Test
    void takesNoMoreOfAStreamThanItsWindow() {
        grant.begin(1);
        assertThat(grant.take(HALF)).isTrue();
        grant.rest(); // the connection has all of its window again
        assertThat(grant.take(HALF)).isTrue();
        grant.rest();
        assertThat(grant.take(1)).isFalse();
    }

    @Test
    void takesNoMoreOfTheConnectionThanItsWindow() {
        for (int stream = 1; stream <= 7; stream += 2) {
            grant.begin(stream);
            assertThat(grant.take(Http2Grant.WINDOW / 4)).isTrue();
        }
        assertThat(grant.take(1)).isFalse();
    }

    @Test
    void givesEachStreamAWindowOfItsOwn() {
        grant.begin(1);
        assertThat(grant.take(Http2Grant.WINDOW)).isTrue();
        grant.rest();
        grant.begin(3);
        assertThat(grant.take(Http2Grant.WINDOW)).isTrue();
    }

    @Test
    void sendsNoMoreThanTheConnectionTakes() {
        for (int stream = 1; stream <= 3; stream += 2) {
            sending.begin(stream, false);
            assertThat(sending.widen(stream, STANDARD)).isTrue();
            sending.body(Unpooled.buffer(40_000).writeZero(40_000));
            assertThat(sending.held()).isEqualTo(stream == 1 ? 0 : 80_000 - STANDARD);
            sending.end(null);
        }
        assertThat(sending.widen(0, 80_000 - STANDARD)).isTrue();
        assertThat(sending.held()).isZero();
        assertThat(sending.closed()).isTrue();
    }

    @Test
    void refusesAWindowThatIsLargerThanThereCanBe() {
        sending.begin(1, false);
        assertThat(sending.widen(1, Integer.MAX_VALUE - STANDARD)).isTrue();
        assertThat(sending.widen(1, 1)).isFalse();
        sending.begin(3, true); // of what was sent whole, no window counts
        assertThat(sending.widen(3, Integer.MAX_VALUE)).isTrue();
        assertThat(sending.widen(0, Integer.MAX_VALUE)).isFalse();
    }

    @Test
    void refusesAFirstWindowThatMakesTheOneUnderWayTooLarge() {
        sending.begin(1, false);
        assertThat(sending.widen(1, 1)).isTrue();
        assertThat(sending.initial(Integer.MAX_VALUE)).isFalse();
    }
}
