package io.sessiongate.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import org.junit.jupiter.api.Test;

class LeakWatchTest {

    @Test
    void seesABufferThatWasDropped() {
        LeakWatch watch = new LeakWatch();
        watch.start();
        drop();
        assertThat(watch.stop()).anyMatch(message -> message.contains("LEAK"));
    }

    private static void drop() {
        for (int i = 0; i < 10; i++) {
            ByteBufAllocator.DEFAULT.directBuffer(64).writeByte(i);
        }
    }
}
