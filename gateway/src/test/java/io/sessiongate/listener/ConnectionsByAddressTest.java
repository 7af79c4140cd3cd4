package io.sessiongate.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.CidrBlock;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConnectionsByAddressTest {

    private final ConnectionsByAddress counts = new ConnectionsByAddress(2, List.of(CidrBlock.parse("10.0.0.0/8")));

    @Test
    void letsAClientHaveAsManyAsTheLimitSays() {
        assertThat(enter("192.0.2.1")).isTrue();
        assertThat(enter("192.0.2.1")).isTrue();
        assertThat(enter("192.0.2.1")).isFalse();
        assertThat(enter("192.0.2.2")).isTrue();
    }

    @Test
    void givesAPlaceBack() {
        enter("2001:db8::1");
        enter("2001:db8::2");
        leave("2001:db8::1");
        assertThat(enter("2001:db8::3")).isTrue();
        assertThat(enter("2001:db8::4")).isFalse();
    }

    @Test
    void countsNoTrustedProxy() {
        for (int i = 0; i < 10; i++) {
            assertThat(enter("10.1.2.3")).isTrue();
        }
        leave("10.1.2.3");
        assertThat(counts.clients()).isZero();
    }

    @Test
    void forgetsWhoHasLeft() {
        enter("192.0.2.1");
        enter("192.0.2.1");
        enter("192.0.2.1");
        enter("192.0.2.2");
        assertThat(counts.clients()).isEqualTo(2);
        assertThat(counts.most()).isEqualTo(2);
        leave("192.0.2.1");
        leave("192.0.2.1");
        leave("192.0.2.2");
        assertThat(counts.clients()).isZero();
        assertThat(counts.most()).isZero();
    }

    @Test
    void neverLetsInMoreWhereManyComeAtOnce() {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        try {
            IntStream.range(0, 4)
                    .mapToObj(i -> CompletableFuture.runAsync(
                            () -> {
                                for (int n = 0; n < 20_000; n++) {
                                    if (enter("192.0.2.1")) {
                                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                                        inside.decrementAndGet();
                                        leave("192.0.2.1");
                                    }
                                }
                            },
                            threads))
                    .toList()
                    .forEach(CompletableFuture::join);
        } finally {
            threads.shutdownNow();
        }
        assertThat(most.get()).isBetween(1, 2);
        assertThat(counts.clients()).isZero();
    }

    private boolean enter(String address) {
        return counts.enter(counts.countsAs(address(address)));
    }

    private void leave(String address) {
        counts.leave(counts.countsAs(address(address)));
    }

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }
}
