package io.sessiongate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** How many names are held, and how many may wait. */
class ServerNamesTest {

    private static final int MOST_KNOWN = 1024;
    private static final int MOST_WAITING = 256;
    private static final int RUNNING = 2;

    private final EventLoop loop = new DefaultEventLoop();
    private final CountDownLatch goesOn = new CountDownLatch(1);

    @AfterEach
    void close() throws Exception {
        goesOn.countDown();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).get(10, TimeUnit.SECONDS);
    }

    @Test
    void holdsTheNamesUsedLast() throws Exception {
        ServerNames names =
                new ServerNames(System::nanoTime, name -> new InetAddress[] {InetAddress.getLoopbackAddress()});
        for (int i = 0; i < 2 * MOST_KNOWN; i++) {
            CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
            names.lookUp("n" + i + ".test", found::complete);
            assertThat(found.get(10, TimeUnit.SECONDS)).hasSize(1);
        }
        int known = 0;
        for (int i = 0; i < 2 * MOST_KNOWN; i++) {
            // Told at once where it is known, and later, or never, where it is not.
            CompletableFuture<List<InetAddress>> found = new CompletableFuture<>();
            if (i == 0) {
                names.close();
            }
            names.resolve(InetSocketAddress.createUnresolved("n" + i + ".test", 80), loop, addresses -> {
                if (!addresses.isEmpty()) {
                    found.complete(addresses);
                }
            });
            known += found.isDone() ? 1 : 0;
        }
        assertThat(known).isBetween(1, MOST_KNOWN);
    }

    @Test
    void failsALookUpForWhichTooManyWait() {
        ServerNames names = new ServerNames(System::nanoTime, name -> {
            try {
                goesOn.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return new InetAddress[0];
        });
        CompletableFuture<List<InetAddress>> last = new CompletableFuture<>();
        for (int i = 0; i < RUNNING + MOST_WAITING; i++) {
            names.lookUp("n" + i + ".test", last::complete);
        }
        assertThat(last).isNotDone();
        names.lookUp("last.test", last::complete);
        assertThat(last).isCompletedWithValue(List.of());
        names.close();
    }
}
