package io.sessiongate.listener;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.sessiongate.flow.Peer;
import io.sessiongate.metrics.ConnectionMeters.Refusal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a trusted proxy of which nothing is known yet, the handler behind Netty's decoder of the PROXY protocol (version 1
 * or 2), the only class that knows that: waits for the header that says whose connection it is, for at most as long as a request head
 * may take, and has the {@link Reception} go on. Nothing behind the header is looked at before. Confined to the connection's event
 * loop, but for {@link #drain} and {@link #closeNow}.
 *
 * <pre>
 *   waiting ──header──► the reception's
 *      └──malformed, late, left──► closed
 * </pre>
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a close is told by events
final class ProxyHeader extends ChannelInboundHandlerAdapter implements OpenConnection {

    /** Of what a proxy may say beside the addresses; it is not read. Bytes. */
    private static final int MOST_EXTENSION_BYTES = 2 * 1024;

    private final Reception reception;
    private final SocketChannel channel;
    private final Peer proxy;
    private final Duration longest;
    private @Nullable Future<?> timer;
    private boolean over;

    ProxyHeader(Reception reception, SocketChannel channel, Peer proxy, Duration longest) {
        this.reception = reception;
        this.channel = channel;
        this.proxy = proxy;
        this.longest = longest;
    }

    /** What reads the header, to stand in front of this; leaves the pipeline with it. */
    static ChannelHandler decoder() {
        return new HAProxyMessageDecoder(MOST_EXTENSION_BYTES);
    }

    @Override
    public Peer peer() {
        return proxy;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        timer = channel.eventLoop().schedule(this::refuse, longest.toMillis(), TimeUnit.MILLISECONDS);
        ctx.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (over || !(message instanceof HAProxyMessage header)) {
            ReferenceCountUtil.release(message);
            return;
        }
        @Nullable InetAddress address;
        try {
            address = address(header);
        } catch (IllegalArgumentException e) {
            refuse();
            return;
        } finally {
            header.release();
        }
        end();
        if (reception.identified(channel, address == null ? proxy : reception.peer(address), this)) {
            ctx.pipeline().remove(this);
        } else {
            channel.close();
        }
    }

    /**
     * Whose connection it is; null where it is the proxy's own, to see whether somebody is here, or it does not know.
     *
     * @throws IllegalArgumentException where it is none that could have come here
     */
    private static @Nullable InetAddress address(HAProxyMessage header) {
        if (header.command() == HAProxyCommand.LOCAL) {
            return null;
        }
        return switch (header.proxiedProtocol()) {
            case TCP4, TCP6 -> parsed(header.sourceAddress());
            case UNKNOWN, UNIX_STREAM -> null;
            case UDP4, UDP6, UNIX_DGRAM -> throw new IllegalArgumentException("no stream");
        };
    }

    private static InetAddress parsed(@Nullable String address) {
        byte[] bytes = address == null ? null : NetUtil.createByteArrayFromIpAddressString(address);
        if (bytes == null) {
            throw new IllegalArgumentException("no address");
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private void refuse() {
        if (!over) {
            end();
            reception.refused(Refusal.PROXY_HEADER);
            channel.close();
        }
    }

    private void end() {
        over = true;
        if (timer != null) {
            timer.cancel(false);
        }
    }

    /** One that leaves without a word, as checks of health do, is no mistake. */
    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
        reception.left(this);
    }

    /** What is wrong with the header; also where the connection broke. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        refuse();
    }

    /** As with other connections on which nothing was asked yet. */
    @Override
    public void drain() {
        channel.eventLoop().schedule(this::cut, 1, TimeUnit.SECONDS);
    }

    @Override
    public void closeNow() {
        channel.eventLoop().execute(this::cut);
    }

    private void cut() {
        if (!over) {
            channel.close();
        }
    }
}
