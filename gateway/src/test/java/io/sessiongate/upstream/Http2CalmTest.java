package io.sessiongate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import io.sessiongate.http.Http2FrameWriter;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a server may ask for that leads to nothing. */
class Http2CalmTest {

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Http2Calm calm = new Http2Calm(channel);

    @AfterEach
    void close() {
        channel.finishAndReleaseAll();
    }

    @Test
    void allowsAThousandFramesInTenSeconds() {
        long now = 1;
        for (int i = 0; i < 1000; i++) {
            assertThat(calm.allows(now)).isTrue();
        }
        assertThat(calm.allows(now)).isFalse();
        assertThat(calm.allows(now + TimeUnit.SECONDS.toNanos(11))).isTrue();
    }

    @Test
    void allowsMoreWhereSomethingMoves() {
        for (int i = 0; i < 5000; i++) {
            assertThat(calm.allows(1)).isTrue();
            calm.moved(1);
        }
    }

    @Test
    void allowsAnswersUntilAMibibyteOfThemIsNotRead() {
        Http2FrameWriter out = new Http2FrameWriter(channel);
        int answers = 0;
        while (calm.allowsAnswer() && answers < 1_000_000) {
            out.ping(answers++, true);
        }
        assertThat(answers).isBetween((1 << 20) / 17, (1 << 20) / 10);
        out.flush();
        assertThat(calm.allowsAnswer()).isTrue();
    }
}
