package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import io.sessiongate.http.Transport;
import io.sessiongate.testing.LeakWatch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What systemd would hear. */
@ExtendWith(LeakWatch.class)
class SupervisorTest {

    private static final long PID = 4711;

    @TempDir
    private Path folder;

    private final Map<String, String> environment = new HashMap<>();
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private Transport transport = Transport.of("EPOLL", 2);
    private Supervisor supervisor = Supervisor.of(name -> null, PID, transport);

    @AfterEach
    void end() {
        supervisor.close();
        transport.close(Duration.ofSeconds(1)).toCompletableFuture().join();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    private void listen(String name, String address) {
        environment.put("NOTIFY_SOCKET", name);
        Channel unused = new Bootstrap()
                .group(loop)
                .channel(EpollDomainDatagramChannel.class)
                .handler(new SimpleChannelInboundHandler<DomainDatagramPacket>() {
                    @Override
                    protected void channelRead0(ChannelHandlerContext ctx, DomainDatagramPacket message) {
                        heard.add(message.content().toString(StandardCharsets.US_ASCII));
                    }
                })
                .bind(new DomainSocketAddress(address))
                .syncUninterruptibly()
                .channel();
        begin();
    }

    private void listen() {
        String socket = folder.resolve("notify").toString();
        listen(socket, socket);
    }

    private void begin() {
        supervisor = Supervisor.of(environment::get, PID, transport);
    }

    private void awaitHeard(String... messages) {
        await().untilAsserted(() -> assertThat(heard).containsExactly(messages));
    }

    private static String ready() {
        return "READY=1\nMAINPID=" + ProcessHandle.current().pid() + "\n";
    }

    @Test
    void saysWhenItServesAndWhenItStops() {
        listen();
        supervisor.ready();
        supervisor.stopping();
        awaitHeard(ready(), "STOPPING=1\n");
    }

    @Test
    void knowsSocketsWithoutAFile() {
        String name = "sessiongate-test-" + UUID.randomUUID();
        listen("@" + name, "\0" + name);
        supervisor.ready();
        awaitHeard(ready());
    }

    @Test
    void saysWhenAConfigurationIsLoadedAndWhenThatIsOverHoweverItEnds() {
        listen();
        long before = System.nanoTime() / 1_000;
        assertThat(supervisor.<String>reloading(() -> "loaded")).isEqualTo("loaded");
        assertThatThrownBy(() -> supervisor.reloading(() -> {
                    throw new IllegalStateException("not loaded");
                }))
                .hasMessage("not loaded");
        await().untilAsserted(() -> assertThat(heard).hasSize(4));
        assertThat(heard.get(0)).startsWith("RELOADING=1\nMONOTONIC_USEC=");
        assertThat(Long.parseLong(heard.get(0).strip().replaceAll("(?s).*=", "")))
                .isGreaterThanOrEqualTo(before);
        assertThat(heard.get(1)).isEqualTo("READY=1\n");
        assertThat(heard.get(3)).isEqualTo("READY=1\n");
    }

    @Test
    void saysThatItIsAliveForAsLongAsEveryLoopIs() throws Exception {
        environment.put("WATCHDOG_USEC", "20000");
        environment.put("WATCHDOG_PID", Long.toString(PID));
        listen();
        supervisor.ready();
        await().untilAsserted(() -> assertThat(heard).contains("WATCHDOG=1\n"));

        CountDownLatch stands = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        transport.loops().get(1).execute(() -> {
            stands.countDown();
            try {
                go.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        stands.await();
        // What was on its way when the loop stopped has left once these are through.
        transport.acceptor().submit(() -> {}).sync();
        loop.submit(() -> {}).sync();
        int so = heard.size();
        await().during(Duration.ofMillis(200)).atMost(Duration.ofSeconds(5)).until(() -> heard.size() <= so + 1);
        go.countDown();
        await().untilAsserted(() -> assertThat(heard.size()).isGreaterThan(so + 2));
    }

    @Test
    void leavesAloneAWatchdogThatWaitsForAnotherProcess() {
        environment.put("WATCHDOG_USEC", "1000");
        environment.put("WATCHDOG_PID", "1");
        listen();
        supervisor.ready();
        await().untilAsserted(() -> assertThat(heard).isNotEmpty());
        supervisor.stopping();
        awaitHeard(ready(), "STOPPING=1\n");
    }

    @Test
    void saysNothingOnceAnotherIsTheService() {
        listen();
        supervisor.ready();
        supervisor.fallSilent();
        supervisor.stopping();
        supervisor.close();
        awaitHeard(ready());
    }

    @Test
    void goesOnWhereNobodyListens() {
        environment.put("NOTIFY_SOCKET", folder.resolve("nobody").toString());
        begin();
        supervisor.ready();
        supervisor.stopping();
        assertThat(heard).isEmpty();
    }
}
