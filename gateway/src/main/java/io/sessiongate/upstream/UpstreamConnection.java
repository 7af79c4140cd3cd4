package io.sessiongate.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.UpstreamMeters;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a server of an upstream, the last handler of its pipeline. Lives on the event loop of the client
 * connections it serves and is confined to it. Carries one request at a time:
 *
 * <pre>
 *   idle ──begin──► busy ──release (all sent, all answered, kept alive)──► idle
 *                    │├──abort, broken, release otherwise──► closed
 *                    └──tunnel──► bytes, until either side closes
 * </pre>
 *
 * A request's failure is told once, by {@link UpstreamEvents#onBroken}, and closes the connection.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a close or write is told by events
public final class UpstreamConnection extends ChannelInboundHandlerAdapter {

    private static final Logger LOG = LoggerFactory.getLogger(UpstreamConnection.class);

    private final UpstreamPool pool;
    private final UpstreamServer server;
    private final Channel channel;
    private final ResponseDecoder decoder;
    private final HttpRequestEncoder encoder = new HttpRequestEncoder();
    private final ChannelFutureListener onWrite = future -> {
        if (!future.isSuccess()) {
            onWriteFailed(future.cause());
        }
    };

    private @Nullable UpstreamEvents events;
    private boolean headRequest;
    private boolean upgradeAsked;
    private boolean requestSent;
    private boolean answered;
    private boolean skipLast;
    private boolean keepAlive;
    private int served;
    private boolean gone;
    private long idleSinceNanos;

    UpstreamConnection(UpstreamPool pool, UpstreamServer server, Channel channel, int headBytes) {
        this.pool = pool;
        this.server = server;
        this.channel = channel;
        this.decoder = new ResponseDecoder(headBytes);
        channel.pipeline().addLast(decoder, encoder, this);
    }

    UpstreamServer server() {
        return server;
    }

    long idleSinceNanos() {
        return idleSinceNanos;
    }

    void idleSince(long nowNanos) {
        idleSinceNanos = nowNanos;
        // Keeps one read under way, so that a server that closes an unused connection is noticed.
        channel.read();
    }

    boolean usable() {
        return !gone && channel.isActive();
    }

    /** The server's name, {@code host:port} or {@code unix:/path}, as configured. */
    public String address() {
        return server.name();
    }

    /** The server in a form fit for {@code Host}. */
    public String authority() {
        return server.address().authority();
    }

    public Channel channel() {
        return channel;
    }

    public UpstreamMeters.Upstream meters() {
        return pool.meters();
    }

    /** Writes the head of a request; framing and upgrade fields are in it already. Flushes nothing. */
    public void begin(HttpRequest head, boolean upgrade, UpstreamEvents receiver) {
        events = receiver;
        headRequest = HttpMethod.HEAD.equals(head.method());
        upgradeAsked = upgrade;
        requestSent = false;
        answered = false;
        skipLast = false;
        keepAlive = true;
        served++;
        decoder.expect(headRequest);
        channel.write(head).addListener(onWrite);
        channel.read();
    }

    /** Writes a piece of the request's body, which it takes over; the last one ends the request. */
    public void write(HttpContent content) {
        requestSent |= content instanceof LastHttpContent;
        channel.write(content).addListener(onWrite);
    }

    public void flush() {
        channel.flush();
    }

    public boolean isWritable() {
        return channel.isWritable();
    }

    /** Asks for more of the answer; what comes is shown to the events. */
    public void read() {
        channel.read();
    }

    /** Ends the request: back to the pool where another may follow, closed otherwise. */
    public void release() {
        events = null;
        if (answered && requestSent && keepAlive && decoder.leftover() == 0 && usable()) {
            pool.released(this);
        } else {
            close();
        }
    }

    /** Ends the request by closing the connection at once; no event follows. */
    public void abort() {
        events = null;
        close();
    }

    /** Closes it and gives its place free, once. */
    void close() {
        if (!gone) {
            gone = true;
            channel.close();
            pool.closed(this);
        }
    }

    /**
     * Stops speaking HTTP after a 101: {@code relay} will get every byte, those already read first. Events end; the
     * connection keeps its place in the pool's count until it closes. {@link #unleash} follows once both sides of the
     * relay are in place.
     */
    public void tunnel(ChannelHandler relay) {
        events = null;
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        channel.pipeline().addAfter(channel.pipeline().context(decoder).name(), "relay", relay);
        channel.pipeline().remove(encoder);
    }

    /** Lets the bytes flow to the relay. */
    public void unleash() {
        channel.pipeline().remove(decoder);
        channel.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        UpstreamEvents receiver = events;
        if (receiver == null || gone) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (message instanceof HttpResponse head) {
            onHead(head, receiver);
        } else if (message instanceof HttpContent content) {
            onContent(content, receiver);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void onHead(HttpResponse head, UpstreamEvents receiver) {
        String flaw = ResponseFraming.flaw(head);
        int status = head.status().code();
        if (flaw == null && status == 101 && !upgradeAsked) {
            flaw = "the answer switches protocols unasked";
        }
        if (flaw != null) {
            ReferenceCountUtil.release(head);
            LOG.atDebug()
                    .addKeyValue("server", server.name())
                    .addKeyValue("flaw", flaw)
                    .log("Answer refused");
            broke(Fault.of(FaultKind.UPSTREAM_BROKE), false);
        } else if (status < 200 && status != 101) {
            skipLast = true;
            receiver.onInterim(head);
        } else {
            boolean bodiless = headRequest || status == 204 || status == 304;
            keepAlive = status != 101 && ResponseFraming.keepsConnection(head, bodiless);
            receiver.onHead(head);
        }
    }

    private void onContent(HttpContent content, UpstreamEvents receiver) {
        if (content.decoderResult().isFailure()) {
            content.release();
            broke(Fault.of(FaultKind.UPSTREAM_BROKE), false);
            return;
        }
        boolean last = content instanceof LastHttpContent;
        if (last && skipLast) {
            skipLast = false;
            content.release();
            return;
        }
        answered |= last;
        receiver.onBody(content);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (events != null) {
            events.onPause();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (events != null && channel.isWritable()) {
            events.onWritable();
        }
    }

    /**
     * A server may answer and close without reading the whole body: then our writes fail while its answer still waits
     * to be read. Reading goes on; the end of the connection, or the deadline for the answer, ends the exchange.
     */
    private void onWriteFailed(Throwable cause) {
        if (!(cause instanceof IOException) && events != null) {
            broke(Fault.of(FaultKind.INTERNAL_ERROR), false);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        broke(Fault.of(FaultKind.UPSTREAM_BROKE), served > 1 && !decoder.byteSeen());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        broke(
                Fault.of(cause instanceof IOException ? FaultKind.UPSTREAM_BROKE : FaultKind.INTERNAL_ERROR),
                served > 1 && !decoder.byteSeen() && cause instanceof IOException);
    }

    private void broke(Fault fault, boolean stale) {
        UpstreamEvents receiver = events;
        events = null;
        close();
        if (receiver != null) {
            receiver.onBroken(fault, stale);
        }
    }
}
