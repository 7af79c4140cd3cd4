package io.sessiongate.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.EventLoop;
import io.sessiongate.config.HealthCheckConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.http.HeadStorages;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One {@link HealthQuestion} to one server, on a connection of its own, which has to be answered within the timeout. Tells once
 * what is wrong, or null, and closes the connection. Confined to its loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a close is told by events
final class HealthProbe {

    private final Surroundings around;
    private final Dialer dialer;
    private final EventLoop loop;
    private final Settings settings;
    private final Server server;
    private final HealthCheckConfig rule;
    private final Consumer<@Nullable String> told;
    private final long deadlineNanos;
    private @Nullable ScheduledFuture<?> timer;
    private @Nullable Channel channel;
    private boolean over;

    /**
     * A question that is not asked yet.
     *
     * @param told hears what is wrong, or null; inline or later, on the loop
     */
    HealthProbe(
            Surroundings around,
            Dialer dialer,
            EventLoop loop,
            Settings settings,
            Server server,
            HealthCheckConfig rule,
            Consumer<@Nullable String> told) {
        this.around = around;
        this.dialer = dialer;
        this.loop = loop;
        this.settings = settings;
        this.server = server;
        this.rule = rule;
        this.told = told;
        this.deadlineNanos = around.nowNanos() + rule.timeout().toNanos();
    }

    void start() {
        timer = loop.schedule(() -> end("no answer in time"), rule.timeout().toNanos(), TimeUnit.NANOSECONDS);
        if (!(server.address() instanceof ServerAddress.Tcp tcp)) {
            connect(null);
        } else if (server.fixed() != null) {
            connect(server.fixed());
        } else {
            around.names().resolve(tcp.address(), loop, this::onResolved);
        }
    }

    private void onResolved(List<InetAddress> found) {
        if (found.isEmpty()) {
            end("its name is not known");
        } else {
            connect(found.get(0));
        }
    }

    private void connect(@Nullable InetAddress to) {
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - around.nowNanos());
        if (over || leftMillis <= 0) {
            end("no answer in time");
            return;
        }
        dialer.dial(server.address(), to, leftMillis)
                .addListener((ChannelFuture f) -> loop.execute(() -> onConnect(f.cause(), f.channel())));
    }

    private void onConnect(@Nullable Throwable failure, Channel opened) {
        if (failure != null) {
            end("no connection");
        } else if (over) {
            opened.close();
        } else {
            channel = opened;
            if (server.address() instanceof ServerAddress.Tcp tcp && tcp.secure()) {
                secure(tcp, opened);
            } else {
                ask(opened);
            }
        }
    }

    private void secure(ServerAddress.Tcp to, Channel opened) {
        if (settings.security == null) {
            end("no server of the upstream speaks TLS any more"); // another configuration has come meanwhile
            return;
        }
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - around.nowNanos());
        settings.secure(opened, to, leftMillis).addListener(agreed -> {
            if (!agreed.isSuccess()) {
                end("TLS was not agreed on: " + UpstreamSecurity.reason(agreed.cause()));
            } else if (settings.http2() && !settings.speaksHttp2(opened)) {
                end("it did not agree on h2 (ALPN)");
            } else if (!over) {
                ask(opened);
            }
        });
    }

    private void ask(Channel opened) {
        HeadStorages storages = around.transport().storages(loop);
        String authority = server.address().authority();
        HealthQuestion question = settings.http2()
                ? new Http2HealthQuestion(
                        rule, opened, authority, server.address().secure(), around.headBytes(), storages, this::end)
                : new Http1HealthQuestion(rule, authority, around.headBytes(), storages, this::end);
        question.ask(opened);
    }

    /** Nobody wants to know any more. */
    void cancel() {
        over = true;
        close();
    }

    private void end(@Nullable String flaw) {
        if (!over) {
            over = true;
            close();
            told.accept(flaw);
        }
    }

    private void close() {
        if (timer != null) {
            timer.cancel(false);
        }
        if (channel != null) {
            channel.close();
        }
    }
}
