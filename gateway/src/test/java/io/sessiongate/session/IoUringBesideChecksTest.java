package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.channel.uring.IoUring;
import io.sessiongate.http.Transport;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class IoUringBesideChecksTest {

    /** Vert.x looks for io_uring as it starts, which is when Netty decides how it reads. */
    @Test
    void whatTalksToTheDatabaseMayStartBeforeTheTransport() {
        VertxCheckLoop checks = VertxCheckLoop.start();
        try {
            assertThat(System.getProperty("io.netty.iouring.recvMultiShotEnabled"))
                    .isEqualTo("false");
            assumeTrue(IoUring.isAvailable(), "this kernel lets nobody use io_uring");
            Transport transport = Transport.of("IO_URING", 1);
            assertThat(transport.close(Duration.ofSeconds(5))).succeedsWithin(Duration.ofSeconds(10));
        } finally {
            checks.close(Duration.ofSeconds(5));
        }
    }
}
