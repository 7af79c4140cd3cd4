package io.sessiongate.app.handover;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.DomainSocketReadMode;
import io.netty.channel.unix.FileDescriptor;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The successor's side of {@link HandOver}: gets the listening sockets of a gateway that runs, and tells it when it is no longer
 * needed. Used by the one thread that starts, which it blocks, for at most {@value #LONGEST_SECONDS} s an answer.
 */
final class TakeOver {

    private static final Logger LOG = LoggerFactory.getLogger(TakeOver.class);
    private static final long LONGEST_SECONDS = 10;

    /** Sockets: one a listener and traffic loop, and the admin port's. */
    private static final int MOST_SOCKETS = 16 * 1024;

    private static final String ENDED = "";

    private final EpollDomainSocketChannel channel;
    private final BlockingQueue<Object> answers;

    private TakeOver(EpollDomainSocketChannel channel, BlockingQueue<Object> answers) {
        this.channel = channel;
        this.answers = answers;
    }

    /**
     * Meets the gateway that runs; null where none does.
     *
     * @throws IllegalStateException where it cannot be spoken with
     */
    static @Nullable TakeOver of(Path socket, EventLoopGroup loop) {
        BlockingQueue<Object> answers = new ArrayBlockingQueue<>(MOST_SOCKETS + 2);
        var connected = new Bootstrap()
                .group(loop)
                .channel(EpollDomainSocketChannel.class)
                .handler(new ChannelInitializer<EpollDomainSocketChannel>() {
                    @Override
                    protected void initChannel(EpollDomainSocketChannel channel) {
                        channel.pipeline()
                                .addLast(
                                        new LineBasedFrameDecoder(HandOver.LONGEST_LINE, true, true),
                                        new StringDecoder(StandardCharsets.US_ASCII),
                                        new Answers(answers));
                    }
                })
                .connect(new DomainSocketAddress(socket.toString()))
                .awaitUninterruptibly();
        Throwable cause = connected.cause();
        if (cause instanceof FileNotFoundException || cause instanceof ConnectException) {
            return null;
        }
        if (cause != null) {
            throw new IllegalStateException("cannot take over by " + socket + ": " + cause.getMessage(), cause);
        }
        TakeOver takeOver = new TakeOver((EpollDomainSocketChannel) connected.channel(), answers);
        takeOver.requireOwnUser(socket);
        return takeOver;
    }

    private void requireOwnUser(Path socket) {
        try {
            if (channel.peerCredentials().uid() == ControlPath.ownUid()) {
                return;
            }
        } catch (IOException e) {
            LOG.debug("No credentials", e);
        }
        close();
        throw new IllegalStateException("cannot take over: who listens on " + socket + " is another user");
    }

    /** Gets the sockets, as descriptors of this process. */
    List<Integer> sockets() {
        say(HandOver.HELLO);
        int count = count(answer());
        channel.config().setReadMode(DomainSocketReadMode.FILE_DESCRIPTORS);
        say(HandOver.SEND);
        List<Integer> descriptors = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (!(answer() instanceof FileDescriptor descriptor)) {
                throw broken("fewer sockets than were offered");
            }
            descriptors.add(descriptor.intValue());
        }
        channel.config().setReadMode(DomainSocketReadMode.BYTES);
        return descriptors;
    }

    private static int count(Object answer) {
        try {
            int count = Integer.parseInt(answer.toString());
            if (count >= 0 && count <= MOST_SOCKETS) {
                return count;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw broken("no number of sockets");
    }

    /** Tells that clients are served here. Whether the other has heard that changes nothing here any more. */
    void serving() {
        try {
            say(HandOver.SERVING);
            if (!answer().equals(HandOver.DRAINING)) {
                throw broken("an unknown word");
            }
            LOG.info("Took over from the gateway that ran");
        } catch (IllegalStateException e) {
            LOG.atWarn()
                    .addKeyValue("reason", e.getMessage())
                    .log("The gateway that ran before may still serve: it did not say that it stops");
        } finally {
            close();
        }
    }

    private void say(String line) {
        channel.writeAndFlush(ByteBufUtil.writeAscii(channel.alloc(), line + "\n"))
                .awaitUninterruptibly();
    }

    private Object answer() {
        try {
            Object answer = answers.poll(LONGEST_SECONDS, TimeUnit.SECONDS);
            if (answer == null) {
                throw broken("no answer within " + LONGEST_SECONDS + "s");
            }
            if (answer.equals(ENDED)) {
                throw broken("it refused, or has ended");
            }
            return answer;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw broken("interrupted");
        }
    }

    private static IllegalStateException broken(String reason) {
        return new IllegalStateException("cannot take over from the gateway that runs: " + reason);
    }

    /** Closes the conversation; before {@link #serving} the other goes on as if nothing had been. */
    void close() {
        channel.close().awaitUninterruptibly(1, TimeUnit.SECONDS);
    }

    /** Hands what comes to the thread that waits. */
    @SuppressWarnings("FutureReturnValueIgnored") // the end of the conversation is told by channelInactive
    private static final class Answers extends ChannelInboundHandlerAdapter {

        private final BlockingQueue<Object> answers;

        Answers(BlockingQueue<Object> answers) {
            this.answers = answers;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (!answers.offer(message)) {
                ctx.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            var unused = answers.offer(ENDED);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
