package io.sessiongate.listener;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.sessiongate.http.Transport;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the connections that one listening socket accepts and gives each a loop. Confined to the loop of its socket. Where
 * accepting fails, which is where no descriptors are left, nothing is accepted for a second: the failure would come back
 * at once and keep the loop busy.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a pause that never ends is the end of its loop
final class Acceptor extends ChannelInboundHandlerAdapter {

    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    private static final long PAUSE_MILLIS = 1_000;

    /** Small: what waits here is memory a slow client can claim. Bytes. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    private final Transport transport;
    private final LoopLoads loads;
    private final ChannelHandler child;

    /**
     * Accepts.
     *
     * @param child prepares a connection on its loop, and may be shared
     */
    Acceptor(Transport transport, LoopLoads loads, ChannelHandler child) {
        this.transport = transport;
        this.loads = loads;
        this.child = child;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        Channel connection = transport.prepared((Channel) message);
        connection.config().setOption(ChannelOption.TCP_NODELAY, true);
        connection.config().setOption(ChannelOption.SO_KEEPALIVE, true);
        connection.config().setOption(ChannelOption.AUTO_READ, false);
        connection.config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
        connection.pipeline().addLast(child);
        try {
            loads.place(connection, ctx.channel().eventLoop())
                    .register(connection)
                    .addListener((ChannelFuture registered) -> {
                        if (!registered.isSuccess()) {
                            connection.unsafe().closeForcibly();
                        }
                    });
        } catch (RejectedExecutionException e) {
            // The loop has ended: so has the gateway.
            connection.unsafe().closeForcibly();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Channel listening = ctx.channel();
        if (listening.config().isAutoRead()) {
            LOG.atWarn().addKeyValue("reason", cause.getMessage()).log("Cannot accept connections");
            listening.config().setAutoRead(false);
            listening
                    .eventLoop()
                    .schedule(() -> listening.config().setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
    }
}
