package io.sessiongate.upstream;

import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.EventLoop;
import io.sessiongate.config.HealthCheckConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.UpstreamMeters;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawUpstream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Questions that are asked while the configuration changes. */
@ExtendWith(LeakWatch.class)
class HealthProbeTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final Transport transport = Transport.of("NIO", 1);
    private final EventLoop loop = transport.loops().get(0);
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ServerNames names = new ServerNames(System::nanoTime);
    private final RawUpstream app = RawUpstream.answering(r -> ok("x"));

    @AfterEach
    void close() throws Exception {
        app.close();
        names.close();
        transport.close(Duration.ofSeconds(5)).toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    private static UpstreamConfig config(ServerAddress server) {
        return new UpstreamConfig("app", List.of(server), 4, 4, LONG, LONG, LONG);
    }

    /** The server is still one of TLS, the upstream has none any more. */
    @Test
    void endsAtOnceWhereTlsIsNoLongerConfigured() throws Exception {
        UpstreamConfig secure = config(new ServerAddress.Tcp(app.address(), true));
        Surroundings around = new Surroundings(
                transport, new Dialer(transport), names, 64 * 1024, new UpstreamMeters(registry), System::nanoTime);
        Upstream upstream = new Upstream(secure, UpstreamSecurity.of(secure), around);
        Server before = upstream.settings().servers[0];
        upstream.change(config(new ServerAddress.Tcp(app.address())), null);
        CompletableFuture<@Nullable String> told = new CompletableFuture<>();
        HealthProbe probe = new HealthProbe(
                around,
                around.dialer().on(loop),
                loop,
                upstream.settings(),
                before,
                new HealthCheckConfig("/", null, LONG, LONG, 1, 1, 200, 399),
                told::complete);
        loop.execute(probe::start);
        assertThat(told.get(10, TimeUnit.SECONDS)).contains("TLS");
        upstream.stop();
    }
}
