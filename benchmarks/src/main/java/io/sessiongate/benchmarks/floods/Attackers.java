package io.sessiongate.benchmarks.floods;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.Closeable;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Connections that flood a server at a fixed rate, or as fast as it takes it where that is less, from an address of their own; one
 * that is cut off is opened again at once. One event loop owns them; the counters may be read by any thread.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a connection that fails is opened again
final class Attackers implements Closeable {

    private static final int BLOCK_BYTES = 16 * 1024;
    private static final long TURN_MILLIS = 10;

    /** Nobody sends more streams on one connection than half of all; a server that has cut nobody off until then never will. */
    private static final int MOST_BLOWS = 1 << 29;

    private final MultiThreadIoEventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Bootstrap bootstrap;
    private final AtomicLong cutOff = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong blows = new AtomicLong();
    private final List<Attacker> open = new ArrayList<>();
    private int opening;

    private final int connections;

    /** {@code connections} of them, each of which sends a block of 16 KiB every 10 ms. */
    Attackers(Flood flood, InetSocketAddress target, int connections) {
        this.connections = connections;
        bootstrap = new Bootstrap()
                .group(group)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.WRITE_BUFFER_WATER_MARK, new WriteBufferWaterMark(BLOCK_BYTES, 2 * BLOCK_BYTES))
                .localAddress(new InetSocketAddress("127.0.0.2", 0))
                .remoteAddress(target);
        group.scheduleAtFixedRate(() -> turn(flood), 0, TURN_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void turn(Flood flood) {
        List.copyOf(open).forEach(Attacker::strike);
        while (opening + open.size() < connections) {
            opening++;
            bootstrap.clone().handler(new Attacker(flood)).connect().addListener(done -> opening--);
        }
    }

    /** Connections that the server has ended. */
    long cutOff() {
        return cutOff.get();
    }

    /** Octets that have been given to the kernel, or wait for it. */
    long bytes() {
        return bytes.get();
    }

    long blows() {
        return blows.get();
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 10, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** One connection. Confined to the event loop. */
    private final class Attacker extends ChannelInboundHandlerAdapter {

        private final Flood flood;
        private @Nullable Channel channel;
        private int number;

        Attacker(Flood flood) {
            this.flood = flood;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            channel = ctx.channel();
            open.add(this);
            ByteBuf first = ctx.alloc().buffer(256);
            flood.preface(first);
            ctx.writeAndFlush(first);
        }

        void strike() {
            Channel peer = channel;
            if (peer != null && peer.isWritable() && number < MOST_BLOWS) {
                ByteBuf block = peer.alloc().buffer(2 * BLOCK_BYTES);
                int before = number;
                while (block.readableBytes() < BLOCK_BYTES) {
                    flood.blow(block, number++);
                }
                bytes.addAndGet(block.readableBytes());
                blows.addAndGet(number - before);
                peer.writeAndFlush(block);
            }
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ((ByteBuf) message).release();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            open.remove(this);
            cutOff.incrementAndGet();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
