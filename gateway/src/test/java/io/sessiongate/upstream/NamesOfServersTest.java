package io.sessiongate.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.ServersConfig;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.UpstreamMeters;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Names that are looked up again, and have other addresses then. */
class NamesOfServersTest {

    private final Transport transport = Transport.of("NIO", 1);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile List<String> answer = List.of("192.0.2.1");
    private final ServerNames names = new ServerNames(System::nanoTime, this::look);
    private final Upstream upstream = new Upstream(
            config(new ServerAddress.Tcp(InetSocketAddress.createUnresolved("app.test", 80))),
            null,
            new Surroundings(
                    transport, new Dialer(transport), names, 1024, new UpstreamMeters(registry), System::nanoTime));

    private InetAddress[] look(String name) throws UnknownHostException {
        asked.incrementAndGet();
        List<String> now = answer;
        if (now.isEmpty()) {
            throw new UnknownHostException(name);
        }
        InetAddress[] found = new InetAddress[now.size()];
        for (int i = 0; i < found.length; i++) {
            found[i] = InetAddress.getByName(now.get(i)); // literals
        }
        return found;
    }

    private static UpstreamConfig config(ServerAddress... servers) {
        ServersConfig standard = ServersConfig.STANDARD;
        return new UpstreamConfig(
                        "app",
                        List.of(servers),
                        4,
                        4,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1))
                .withSpread(new ServersConfig(
                        standard.balance(),
                        null,
                        standard.ejection(),
                        standard.retries(),
                        Duration.ofHours(1),
                        Duration.ofMillis(10),
                        0,
                        null));
    }

    @AfterEach
    void close() throws Exception {
        upstream.stop();
        names.close();
        transport.close(Duration.ofSeconds(5)).toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private List<String> servers() {
        return Arrays.stream(upstream.settings().servers).map(Server::name).toList();
    }

    private void becomes(String... servers) {
        await().until(() -> servers().equals(List.of(servers)));
    }

    @Test
    void makesEachAddressAServerAndLetsThoseGoThatVanish() {
        assertThat(servers()).containsExactly("app.test:80");
        Server first = upstream.settings().servers[0];
        upstream.start();
        becomes("app.test:80 (192.0.2.1)");
        assertThat(upstream.settings().servers).containsExactly(first);
        assertThat(first.gone()).isFalse();
        assertThat(first.health().share(System.nanoTime(), TimeUnit.HOURS.toNanos(1)))
                .isEqualTo(1);
        answer = List.of("192.0.2.2", "192.0.2.1");
        becomes("app.test:80 (192.0.2.2)", "app.test:80 (192.0.2.1)");
        assertThat(upstream.settings().servers[1]).isSameAs(first);
        Server second = upstream.settings().servers[0];
        assertThat(second.health().share(System.nanoTime(), TimeUnit.HOURS.toNanos(1)))
                .isLessThan(1);
        answer = List.of("192.0.2.2");
        becomes("app.test:80 (192.0.2.2)");
        assertThat(first.gone()).isTrue();
        assertThat(second.gone()).isFalse();
        // However many addresses a name has, there is one series of it.
        assertThat(registry.find("sessiongate.upstream.server.requests").gauges())
                .extracting(gauge -> gauge.getId().getTag("server"))
                .containsExactly("app.test:80");
    }

    @Test
    void keepsTheLastGoodAnswerWhereANameIsNotKnownAnyMore() {
        upstream.start();
        becomes("app.test:80 (192.0.2.1)");
        answer = List.of();
        int seen = asked.get();
        await().until(() -> asked.get() > seen + 2);
        assertThat(servers()).containsExactly("app.test:80 (192.0.2.1)");
        assertThat(registry.get("sessiongate.upstream.name.failures").counter().count())
                .isGreaterThanOrEqualTo(1);
    }

    @Test
    void takesAddressesOfTheOtherFamilyForSecondWaysToTheSameServer() throws UnknownHostException {
        answer = List.of("192.0.2.1", "192.0.2.2", "2001:db8::1");
        upstream.start();
        becomes("app.test:80 (192.0.2.1)", "app.test:80 (192.0.2.2)");
        assertThat(upstream.settings().servers[1].addresses())
                .containsExactly(InetAddress.getByName("192.0.2.2"), InetAddress.getByName("2001:db8::1"));
    }

    @Test
    void looksNothingUpForLiteralAddresses() {
        upstream.change(
                config(
                        new ServerAddress.Tcp(InetSocketAddress.createUnresolved("127.0.0.1", 80)),
                        new ServerAddress.Tcp(InetSocketAddress.createUnresolved("::1", 80))),
                null);
        upstream.start();
        assertThat(servers()).containsExactly("127.0.0.1:80", "::1:80");
        assertThat(asked).hasValue(0);
    }

    /** Which has the same name in the metrics. */
    @Test
    void keepsTheSeriesOfAServerThatSpeaksTlsFromNowOn() {
        InetSocketAddress address = InetSocketAddress.createUnresolved("app.test", 80);
        UpstreamConfig secure = config(new ServerAddress.Tcp(address, true));
        upstream.change(secure, UpstreamSecurity.of(secure));
        assertThat(registry.find("sessiongate.upstream.servers")
                        .tag("state", "in")
                        .gauges())
                .singleElement()
                .satisfies(gauge -> assertThat(gauge.value()).isEqualTo(1));
    }
}
