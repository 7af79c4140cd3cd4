package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.sessiongate.config.HealthCheckConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.http.HeadProgress;
import io.sessiongate.http.ResponseReader;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One question to one server whether it is well, on a connection of its own: {@code GET}, and the head of the answer within the
 * timeout, of which only the status counts. Tells once what is wrong, or null, and closes the connection. Confined to its loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a close or write is told by events
final class HealthProbe extends ChannelInboundHandlerAdapter {

    private static final int MOST_FIELDS = 1000;

    private final Surroundings around;
    private final Dialer dialer;
    private final EventLoop loop;
    private final Settings settings;
    private final Server server;
    private final HealthCheckConfig rule;
    private final Consumer<@Nullable String> told;
    private final ResponseReader reader;
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
        this.reader = new ResponseReader(
                around.headBytes(), MOST_FIELDS, around.transport().storages(loop));
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
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - around.nowNanos());
        settings.secure(opened, to, leftMillis).addListener(agreed -> {
            if (!agreed.isSuccess()) {
                end("TLS was not agreed on: " + UpstreamSecurity.reason(agreed.cause()));
            } else if (!over) {
                ask(opened);
            }
        });
    }

    private void ask(Channel opened) {
        Unheard.giveWay(opened, this);
        opened.writeAndFlush(ByteBufUtil.writeAscii(opened.alloc(), request()));
        opened.read();
    }

    private String request() {
        return "GET " + rule.path() + " HTTP/1.1\r\nHost: " + server.address().authority()
                + "\r\nUser-Agent: sessiongate-health-check\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof ByteBuf in) {
                HeadProgress progress = HeadProgress.DONE;
                while (!over && in.isReadable() && progress == HeadProgress.DONE) {
                    progress = reader.read(in);
                    if (progress != HeadProgress.MORE) {
                        onHead(progress == HeadProgress.DONE ? reader.head().status() : -1);
                        reader.release();
                    }
                }
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void onHead(int status) {
        if (status < 0 || status == 101) {
            end("its answer is not valid");
        } else if (status >= 200) {
            boolean good = status >= rule.lowestStatus() && status <= rule.highestStatus();
            end(good ? null : "it answers " + status);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (!over) {
            ctx.read();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end("the connection ended");
        reader.release();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        end("the connection broke");
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
