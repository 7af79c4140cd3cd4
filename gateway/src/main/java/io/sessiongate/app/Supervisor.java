package io.sessiongate.app;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.unix.DomainDatagramPacket;
import io.netty.channel.unix.DomainSocketAddress;
import io.sessiongate.http.Transport;
import java.util.Iterator;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells systemd, where that has started this, how the gateway does (sd_notify(3)): in datagrams to the socket in {@code NOTIFY_SOCKET}.
 * With a watchdog it says twice in each interval that it is alive, behind a task that every traffic loop has taken in its turn: one
 * that stands still keeps that from being said, and systemd starts the service again. Says nothing where nobody listens. Any thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // who does not hear cannot be helped
final class Supervisor {

    private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

    private static final String READY = "READY=1\nMAINPID=%d\n";

    private final Transport transport;
    private final @Nullable Channel channel;
    private final @Nullable DomainSocketAddress address;
    private final long watchdogMicros;
    private volatile boolean silent;
    private volatile boolean failed;

    /** A turn of the loops has begun and not ended; confined to the accepting loop. */
    private boolean asking;

    private @Nullable ScheduledFuture<?> watchdog;

    private Supervisor(
            Transport transport,
            @Nullable Channel channel,
            @Nullable DomainSocketAddress address,
            long watchdogMicros) {
        this.transport = transport;
        this.channel = channel;
        this.address = address;
        this.watchdogMicros = watchdogMicros;
    }

    /** Who the environment names; blocks for a moment. */
    @SuppressWarnings("deprecation") // nothing else has Netty write from a socket that is neither bound nor connected
    static Supervisor of(UnaryOperator<@Nullable String> environment, long pid, Transport transport) {
        @Nullable String name = environment.apply("NOTIFY_SOCKET");
        if (name == null || name.isEmpty()) {
            return new Supervisor(transport, null, null, 0);
        }
        if (!transport.takesSockets() || "/@".indexOf(name.charAt(0)) < 0) {
            LOG.atWarn()
                    .addKeyValue("socket", name)
                    .addKeyValue("transport", transport.name())
                    .log("systemd is told nothing: that needs epoll, and a Unix-domain socket");
            return new Supervisor(transport, null, null, 0);
        }
        // One that begins with @ has no file; its name begins with a zero (unix(7)).
        var address = new DomainSocketAddress(name.charAt(0) == '@' ? '\0' + name.substring(1) : name);
        ChannelFuture registered = new Bootstrap()
                .group(transport.acceptor())
                .channel(EpollDomainDatagramChannel.class)
                .option(ChannelOption.DATAGRAM_CHANNEL_ACTIVE_ON_REGISTRATION, true)
                .option(ChannelOption.AUTO_READ, false)
                .handler(new ChannelInboundHandlerAdapter())
                .register()
                .awaitUninterruptibly();
        if (!registered.isSuccess()) {
            LOG.atWarn().addKeyValue("reason", registered.cause().getMessage()).log("systemd is told nothing");
            return new Supervisor(transport, null, null, 0);
        }
        return new Supervisor(transport, registered.channel(), address, watchdog(environment, pid));
    }

    /** The interval; 0 where nobody waits for this process. Microseconds. */
    private static long watchdog(UnaryOperator<@Nullable String> environment, long pid) {
        @Nullable String micros = environment.apply("WATCHDOG_USEC");
        @Nullable String who = environment.apply("WATCHDOG_PID");
        if (micros == null || (who != null && !who.equals(Long.toString(pid)))) {
            return 0;
        }
        try {
            return Math.max(0, Long.parseLong(micros));
        } catch (NumberFormatException e) {
            LOG.atWarn().addKeyValue("value", micros).log("WATCHDOG_USEC is no number");
            return 0;
        }
    }

    /** Clients are served. */
    void ready() {
        say(READY.formatted(ProcessHandle.current().pid()));
        if (watchdogMicros > 0 && channel != null) {
            watchdog = transport
                    .acceptor()
                    .scheduleAtFixedRate(
                            this::ask, watchdogMicros / 2, Math.max(1, watchdogMicros / 2), TimeUnit.MICROSECONDS);
        }
    }

    /** Has another configuration loaded, whatever becomes of it. */
    <T> T reloading(Supplier<T> load) {
        // System.nanoTime is CLOCK_MONOTONIC on Linux, by which systemd tells this message from an older one.
        say("RELOADING=1\nMONOTONIC_USEC=" + System.nanoTime() / 1_000 + "\n");
        try {
            return load.get();
        } finally {
            say("READY=1\n");
        }
    }

    /** The gateway finishes what is under way. */
    void stopping() {
        say("STOPPING=1\n");
    }

    /** Nothing is said any more: another process is the service now. */
    void fallSilent() {
        silent = true;
    }

    private void ask() {
        if (!asking) {
            asking = true;
            ask(transport.loops().iterator());
        }
    }

    private void ask(Iterator<EventLoop> loops) {
        if (loops.hasNext()) {
            loops.next().execute(() -> ask(loops));
        } else {
            transport.acceptor().execute(() -> {
                asking = false;
                say("WATCHDOG=1\n");
            });
        }
    }

    private void say(String message) {
        Channel to = channel;
        DomainSocketAddress whom = address;
        if (to == null || whom == null || silent) {
            return;
        }
        to.writeAndFlush(new DomainDatagramPacket(ByteBufUtil.writeAscii(to.alloc(), message), whom))
                .addListener(written -> {
                    if (!written.isSuccess() && !failed) {
                        failed = true;
                        LOG.atWarn()
                                .addKeyValue("reason", written.cause().getMessage())
                                .log("systemd did not take what it was told");
                    }
                });
    }

    /** Ends. What was said before has left. */
    void close() {
        if (watchdog != null) {
            watchdog.cancel(false);
        }
        if (channel != null) {
            channel.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        }
    }
}
