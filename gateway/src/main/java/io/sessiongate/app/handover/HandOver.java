package io.sessiongate.app.handover;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a successor have the listening sockets of this gateway, and stops it once the successor serves. Speaks with one successor at a
 * time, of the same user only, for at most {@value #LONGEST_SECONDS} s; until it says that it serves nothing changes here. On the
 * accepting loop.
 *
 * <pre>
 *   successor: sessiongate 1      this: the number of sockets
 *   successor: send               this: so many descriptors
 *   successor: serving            this: draining
 * </pre>
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a close or a write the successor sees
final class HandOver {

    static final String HELLO = "sessiongate 1";
    static final String SEND = "send";
    static final String SERVING = "serving";
    static final String DRAINING = "draining";
    static final int LONGEST_LINE = 64;

    private static final Logger LOG = LoggerFactory.getLogger(HandOver.class);
    private static final long LONGEST_SECONDS = 120;

    private final Path socket;
    private final Supplier<List<FileDescriptor>> sockets;
    private final Runnable yielding;
    private final Runnable stop;
    private final int uid = ControlPath.ownUid();

    /** Confined to the accepting loop. */
    private @Nullable Channel successor;

    private @Nullable Channel listening;
    private @Nullable Object inode;

    private HandOver(Path socket, Supplier<List<FileDescriptor>> sockets, Runnable yielding, Runnable stop) {
        this.socket = socket;
        this.sockets = sockets;
        this.yielding = yielding;
        this.stop = stop;
    }

    /**
     * Begins to listen, in the place of whoever did; blocks.
     *
     * @param loop one thread, with epoll
     * @param sockets what listens now, asked on the loop
     * @param yielding is run once, on a thread of its own, before the successor is told that it is alone
     * @param stop is run behind it
     * @throws IllegalStateException with a sentence for the user
     */
    static HandOver listen(
            Path socket,
            EventLoopGroup loop,
            Supplier<List<FileDescriptor>> sockets,
            Runnable yielding,
            Runnable stop) {
        HandOver handOver = new HandOver(socket, sockets, yielding, stop);
        handOver.bind(loop);
        return handOver;
    }

    private void bind(EventLoopGroup loop) {
        Path unpublished = socket.resolveSibling(
                socket.getFileName() + "." + ProcessHandle.current().pid());
        // In a container every gateway has the same number. What one left there that died before the move is taken away
        // by Netty.
        var bound = new ServerBootstrap()
                .group(loop)
                .channel(EpollServerDomainSocketChannel.class)
                .childHandler(new ChannelInitializer<EpollDomainSocketChannel>() {
                    @Override
                    protected void initChannel(EpollDomainSocketChannel channel) throws IOException {
                        begin(channel);
                    }
                })
                .bind(new DomainSocketAddress(unpublished.toString()))
                .awaitUninterruptibly();
        listening = bound.channel();
        try {
            if (!bound.isSuccess()) {
                throw new IOException(bound.cause());
            }
            inode = ControlPath.publish(unpublished, socket);
        } catch (IOException e) {
            listening.close().awaitUninterruptibly();
            throw new IllegalStateException("cannot listen on hand-over.socket " + socket + ": " + e.getMessage(), e);
        }
    }

    private void begin(EpollDomainSocketChannel channel) throws IOException {
        if (successor != null || channel.peerCredentials().uid() != uid) {
            LOG.atWarn().addKeyValue("peer", channel.peerCredentials()).log("Refused to hand over");
            channel.close();
            return;
        }
        successor = channel;
        channel.closeFuture().addListener(closed -> successor = null);
        channel.eventLoop().schedule(() -> channel.close(), LONGEST_SECONDS, TimeUnit.SECONDS);
        channel.pipeline()
                .addLast(
                        new LineBasedFrameDecoder(LONGEST_LINE, true, true),
                        new StringDecoder(StandardCharsets.US_ASCII),
                        new Successor());
    }

    /** Does what it is told, in that order. */
    private final class Successor extends SimpleChannelInboundHandler<String> {

        private String expected = HELLO;
        private List<FileDescriptor> offered = List.of();

        @Override
        protected void channelRead0(ChannelHandlerContext ctx, String line) {
            if (!line.equals(expected)) {
                ctx.close();
                return;
            }
            switch (line) {
                case HELLO -> {
                    offered = sockets.get();
                    expected = SEND;
                    say(ctx, Integer.toString(offered.size()));
                }
                case SEND -> {
                    expected = SERVING;
                    offered.forEach(ctx::write);
                    ctx.flush();
                }
                default -> {
                    expected = "";
                    LOG.info("Another gateway serves in this one's place");
                    new Thread(() -> leave(ctx), "sessiongate-hand-over").start();
                }
            }
        }

        private void leave(ChannelHandlerContext ctx) {
            try {
                yielding.run();
            } catch (RuntimeException e) {
                LOG.warn("Not everything was left to the other gateway", e);
            }
            say(ctx, DRAINING);
            stop.run();
        }

        private void say(ChannelHandlerContext ctx, String line) {
            ctx.writeAndFlush(ByteBufUtil.writeAscii(ctx.alloc(), line + "\n"))
                    .addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            LOG.atWarn().addKeyValue("reason", cause.getMessage()).log("A hand-over was broken off");
            ctx.close();
        }
    }

    /** Stops listening; a successor's file stays. */
    void close() {
        if (inode != null) {
            ControlPath.remove(socket, inode);
        }
        if (listening != null) {
            listening.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
        }
    }
}
