package io.sessiongate.listener;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.sessiongate.http.Backlog;
import io.sessiongate.http.FaultKind;
import java.io.IOException;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection, the last handler of its pipeline: takes its requests one after the other, each through an
 * {@link Exchange}. Confined to the connection's event loop, but for {@link #drain} and {@link #closeNow}.
 *
 * <pre>
 *            ┌──────────────── next request, or idle ◄──────────────┐
 *            ▼                                                      │
 *   HEAD ──request──► EXCHANGE ──answered──► (body unread) ──► DRAINING ──all read──┘
 *    │                   │  └──────101─────► TUNNEL             │
 *    │ idle, slow        │ close wished, broken                 │ too much, too slow
 *    ▼                   ▼                                      ▼
 *   CLOSING ◄────────────┴──────────────────────────────────────┘
 * </pre>
 *
 * While an exchange runs, one read is kept under way even where no body is wanted, so that a client that leaves is
 * noticed; one that closes only its sending half counts as having left. What a pipelining client sends meanwhile is read
 * ahead up to {@value #READ_AHEAD_BYTES} bytes and one read.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a close or write is told by events
final class ClientConnection extends ChannelInboundHandlerAdapter implements Backlog.Events {

    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);
    private static final int READ_AHEAD_BYTES = 16 * 1024;

    /** Longest rest of an unread body that is read and dropped to keep a connection. */
    static final long DRAINED_BYTES = 64 * 1024;

    private enum State {
        HEAD,
        EXCHANGE,
        DRAINING,
        TUNNEL,
        CLOSING
    }

    private final Wiring wiring;
    private final SocketChannel channel;
    private final RequestDecoder decoder;
    private final ResponseEncoder encoder;
    private final Deadline deadline;
    private final Backlog backlog;
    private final LoopStreams streams;
    private final InetAddress peer;

    private State state = State.HEAD;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Exchange exchange;
    private boolean reading;
    private boolean headTimed = true;
    private long drainedBytes;
    private int requests;

    ClientConnection(Wiring wiring, SocketChannel channel, RequestDecoder decoder, ResponseEncoder encoder) {
        this.wiring = wiring;
        this.channel = channel;
        this.decoder = decoder;
        this.encoder = encoder;
        this.deadline = new Deadline(channel.eventLoop(), wiring.nanoTime(), this::onDeadline);
        this.backlog = new Backlog(channel, wiring.buffered().of(channel.eventLoop()), this);
        this.streams = wiring.streams().of(channel.eventLoop());
        this.peer = channel.remoteAddress() == null
                ? InetAddress.getLoopbackAddress()
                : channel.remoteAddress().getAddress();
    }

    // ---- what the exchange asks of its connection

    SocketChannel channel() {
        return channel;
    }

    EventLoop loop() {
        return channel.eventLoop();
    }

    InetAddress peer() {
        return peer;
    }

    Deadline deadline() {
        return deadline;
    }

    /** Of its event loop. */
    LoopStreams streams() {
        return streams;
    }

    /** Whether a turn of reading is under way, at whose end everything is flushed. */
    boolean reading() {
        return reading;
    }

    /** Whether answers must end the connection: the gateway stops, or it has carried as many requests as it may. */
    boolean ends() {
        return draining() || requests >= wiring.limits().requestsPerConnection();
    }

    private boolean draining() {
        return wiring.connections().draining();
    }

    /** Bytes read that are not understood yet. */
    int leftover() {
        return decoder.leftover();
    }

    /** What waits for this client. */
    Backlog backlog() {
        return backlog;
    }

    void answersHead(boolean headRequest) {
        encoder.answers(headRequest);
    }

    void write(Object message) {
        context().write(message, context().voidPromise());
    }

    void writeLast(Object message, ChannelFutureListener onWritten) {
        context().writeAndFlush(message).addListener(onWritten);
        backlog.settle();
    }

    void flush() {
        context().flush();
        backlog.settle();
    }

    /** Whether more of an answer is welcome: the client takes it, and there is memory for it. */
    boolean isWritable() {
        return channel.isWritable() && backlog.takesMore();
    }

    /** The exchange takes the request's body. */
    void resumeBody() {
        decoder.resume(context());
        readMore();
    }

    /** The exchange takes no more of the body for now. */
    void pauseBody() {
        decoder.pause();
    }

    /**
     * The answer is written to its last byte.
     *
     * @param keep whether another request may follow
     * @param bodyLeft whether the request's body was not read to its end
     */
    void answered(boolean keep, boolean bodyLeft) {
        exchange = null;
        if (!keep) {
            closeBehindAnswer(bodyLeft);
        } else if (bodyLeft) {
            state = State.DRAINING;
            drainedBytes = 0;
            // For all of it: the rest is little, and nobody waits for it.
            deadline.in(wiring.timeouts().requestBody().toNanos());
            resumeBody();
        } else {
            next();
        }
    }

    /** Cuts the connection where an answer cannot be completed, so that it does not look complete. */
    void abort(boolean withReset) {
        exchange = null;
        state = State.CLOSING;
        if (withReset) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        channel.close();
    }

    /** From here on bytes are relayed: ours go to {@code relay}, those already read first, once {@link #unleash}ed. */
    void tunnel(ByteRelay relay) {
        state = State.TUNNEL;
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        channel.pipeline().addAfter(channel.pipeline().context(decoder).name(), "relay", relay);
        channel.pipeline().remove(encoder);
    }

    void unleash() {
        channel.pipeline().remove(decoder);
        channel.read();
    }

    // ---- the connection's own

    private ChannelHandlerContext context() {
        if (context == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        return context;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        deadline.in(wiring.timeouts().requestHead().toNanos());
        ctx.read();
    }

    private void next() {
        state = State.HEAD;
        if (draining() && decoder.leftover() == 0) {
            close();
            return;
        }
        headTimed = false;
        deadline.in(wiring.timeouts().idle().toNanos());
        decoder.resume(context());
        readMore();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reading = true;
        if (!channel.isActive()) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpRequest request && state == State.HEAD) {
            begin(request, decoder.begunNanos()).start();
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpContent content && state == State.EXCHANGE && exchange != null) {
            exchange.onRequestBody(content);
        } else if (message instanceof HttpContent content && state == State.DRAINING) {
            onDrained(content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private Exchange begin(HttpRequest request, long startNanos) {
        state = State.EXCHANGE;
        if (++requests == wiring.limits().requestsPerConnection()) {
            wiring.meters().spent();
        }
        deadline.clear();
        Exchange begun = new Exchange(this, wiring, request, startNanos);
        exchange = begun;
        return begun;
    }

    private void onDrained(HttpContent content) {
        boolean last = content instanceof LastHttpContent;
        boolean bad = content.decoderResult().isFailure();
        drainedBytes += content.content().readableBytes();
        content.release();
        if (bad || drainedBytes > DRAINED_BYTES) {
            closeBehindAnswer(true);
        } else if (last) {
            next();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        reading = false;
        if (exchange != null) {
            exchange.onReadComplete();
        }
        if (state == State.HEAD && !headTimed && decoder.headBegun()) {
            headTimed = true;
            deadline.at(decoder.begunNanos() + wiring.timeouts().requestHead().toNanos());
        }
        backlog.ahead(decoder.leftover());
        if (state == State.HEAD
                && decoder.leftover() > 0
                && wiring.buffered().of(loop()).full()) {
            // A head that came in part is memory as well, and its request would be refused all the same.
            begin(unread(), decoder.begunNanos()).overloaded();
        }
        readMore();
    }

    /** In place of a head that did not come to its end. */
    private static HttpRequest unread() {
        return new DefaultHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.valueOf("UNKNOWN"), "/");
    }

    private void readMore() {
        boolean wanted = switch (state) {
            case HEAD, DRAINING -> true;
            case EXCHANGE -> (exchange != null && exchange.takesBody()) || decoder.leftover() < READ_AHEAD_BYTES;
            case TUNNEL, CLOSING -> false;
        };
        if (wanted) {
            context().read();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        onTaken();
    }

    @Override
    public void onTaken() {
        if (exchange != null && isWritable()) {
            exchange.onClientWritable();
        }
    }

    @Override
    public void onLeftLying() {
        wiring.meters().cut();
        if (exchange != null) {
            exchange.onClientSlow();
        } else {
            abort(true);
        }
    }

    private void onDeadline() {
        switch (state) {
            case HEAD -> {
                if (decoder.headBegun()) {
                    begin(unread(), decoder.begunNanos()).refuse(FaultKind.REQUEST_TIMEOUT);
                } else {
                    close();
                }
            }
            case EXCHANGE, TUNNEL -> {
                if (exchange != null) {
                    exchange.onDeadline();
                }
            }
            case DRAINING -> closeBehindAnswer(true);
            case CLOSING -> channel.close();
        }
    }

    private void closeBehindAnswer(boolean bodyLeft) {
        boolean unread = bodyLeft || decoder.leftover() > 0;
        state = State.CLOSING;
        deadline.clear();
        if (unread && channel.isActive()) {
            LingeringClose.begin(channel);
        } else {
            channel.close();
        }
    }

    private void close() {
        state = State.CLOSING;
        channel.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        deadline.cancel();
        backlog.close();
        state = State.CLOSING;
        Exchange cut = exchange;
        exchange = null;
        if (cut != null) {
            cut.onClientGone();
        }
        wiring.meters().closed();
        wiring.connections().leave(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException)) {
            LOG.atError().setCause(cause).log("A connection failed and is closed");
        }
        channel.close();
    }

    /** From any thread: closes if no request is under way; else the next answer is the last. */
    void drain() {
        loop().execute(() -> {
            if (state == State.HEAD && !decoder.headBegun() && decoder.leftover() == 0) {
                close();
            }
        });
    }

    /** From any thread. */
    void closeNow() {
        loop().execute(channel::close);
    }
}
