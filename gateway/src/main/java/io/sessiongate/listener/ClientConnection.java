package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.sessiongate.flow.Peer;
import io.sessiongate.flow.Protocol;
import io.sessiongate.http.Backlog;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.HeadProgress;
import io.sessiongate.http.Http2FrameReader;
import io.sessiongate.http.SecureChannel;
import io.sessiongate.http.Transport;
import io.sessiongate.http.WireRequest;
import io.sessiongate.upstream.UpstreamConnection;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
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
final class ClientConnection extends ChannelInboundHandlerAdapter
        implements ClientSide, OpenConnection, Backlog.Events {

    private static final Logger LOG = LoggerFactory.getLogger(ClientConnection.class);
    private static final int READ_AHEAD_BYTES = 16 * 1024;

    private static final long WATCHED_EVERY_MILLIS = 500;

    /** For a connection nobody asks on, when the gateway stops; as long as HTTP/2 waits before its last GOAWAY. */
    private static final long LAST_REQUEST_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** A head that holds less is one of those whose memory is used again and again. */
    static final int LARGE_HEAD_BYTES = 4 * 1024;

    private enum State {
        HEAD,
        EXCHANGE,
        DRAINING,
        TUNNEL,
        CLOSING
    }

    private final CurrentWiring current;
    private final SocketChannel channel;
    private final LoopParts shared;
    private final Intake intake;
    private final ConnectionOutbound out;
    private final Deadline deadline;
    /** Of the request under way, or of the last one. */
    private Wiring wiring;

    private Peer peer;
    private Workplace workplace;

    private State state = State.HEAD;
    private @Nullable ChannelHandlerContext context;
    private @Nullable Exchange exchange;
    private Protocol protocol = Protocol.HTTP_1_1;

    /** The loop over what was read is at work. */
    private boolean processing;

    private boolean processingSoon;

    /** Nothing was read yet that HTTP/2 does not begin with. */
    private boolean mayBeHttp2;

    private boolean watched;
    private boolean reading;
    private boolean headTimed = true;
    private long begunNanos;
    private int requests;
    private int headBytes;

    ClientConnection(CurrentWiring current, SocketChannel channel, Peer peer) {
        this.current = current;
        this.wiring = current.now();
        this.channel = channel;
        this.peer = peer;
        this.shared = LoopParts.of(channel.eventLoop(), wiring);
        this.intake = new Intake(wiring.limits(), shared.storages());
        this.out = new ConnectionOutbound(channel, writesLater(), shared.books(), this);
        this.deadline = new Deadline(channel.eventLoop(), wiring.nanoTime(), this::onDeadline);
        this.workplace = new Workplace(this, wiring);
        // Over TLS it was agreed on before.
        this.mayBeHttp2 =
                wiring.limits().streamsPerConnection() > 0 && !peer.entrance().secure();
    }

    /** Over TLS as well, whose handler may hold back what was written and flushed. */
    private boolean writesLater() {
        return wiring.transport().writesLater() || peer.entrance().secure();
    }

    // ---- what the exchange asks of its side

    SocketChannel channel() {
        return channel;
    }

    @Override
    public EventLoop loop() {
        return channel.eventLoop();
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public Protocol protocol() {
        return protocol;
    }

    @Override
    public Deadline deadline() {
        return deadline;
    }

    @Override
    public Workplace workplace() {
        return workplace;
    }

    @Override
    public LoopParts shared() {
        return shared;
    }

    @Override
    public ConnectionOutbound out() {
        return out;
    }

    @Override
    public boolean reading() {
        return reading;
    }

    /** The gateway stops, or the connection has carried as many requests as it may. */
    @Override
    public boolean ends() {
        return draining() || requests >= wiring.limits().requestsPerConnection();
    }

    private boolean draining() {
        return wiring.connections().draining();
    }

    @Override
    public void expectBody(long length) {
        intake.expectBody(length);
    }

    @Override
    public void resumeBody() {
        intake.resumeBody();
        processSoon();
        readMore();
    }

    @Override
    public void pauseBody() {
        intake.pauseBody();
    }

    private int leftover() {
        return intake.leftover();
    }

    /** What the length says; the end of chunks is not looked for in what was not looked at. */
    @Override
    public boolean bodyHere(long bytesLeft, boolean lengthKnown) {
        return lengthKnown && leftover() >= bytesLeft;
    }

    @Override
    public void answered(boolean keep, boolean bodyLeft) {
        exchange = null;
        noteAhead();
        if (!keep) {
            closeBehindAnswer(bodyLeft);
        } else if (bodyLeft && !intake.bodyDone()) {
            state = State.DRAINING;
            intake.beginToDrop();
            // For all of it: the rest is little, and nobody waits for it.
            deadline.in(wiring.timeouts().requestBody().toNanos());
            resumeBody();
        } else {
            next();
        }
    }

    @Override
    public void refuse() {
        abort(false);
    }

    @Override
    public void abort(boolean withReset) {
        exchange = null;
        state = State.CLOSING;
        if (withReset) {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        SecureChannel.cut(channel);
    }

    @Override
    public Tunnel tunnel(UpstreamConnection to, Runnable onActivity) {
        return new ConnectionTunnel(this, to, shared.books(), onActivity);
    }

    /** From here on bytes are relayed: ours go to {@code relay}, those already read first, once {@link #unleash}ed. */
    void relay(ByteRelay relay) {
        state = State.TUNNEL;
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        SecureChannel.addFirst(channel, "relay", relay);
    }

    void unleash() {
        ByteBuf early = intake.handOver();
        if (early != null) {
            SecureChannel.fireRead(channel, early);
        }
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
        begin();
    }

    /** Waits for the first request; by itself where the connection begins with this handler. */
    void begin() {
        deadline.in(wiring.timeouts().requestHead().toNanos());
        context().read();
    }

    /** One that says over TLS that it sends no more counts as having left, as one that says so by TCP. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (SecureChannel.saysEnd(event) && state != State.CLOSING) {
            close();
        }
    }

    private void next() {
        state = State.HEAD;
        headTimed = false;
        deadline.in(Math.min(wiring.timeouts().idle().toNanos(), draining() ? LAST_REQUEST_NANOS : Long.MAX_VALUE));
        processSoon();
        readMore();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reading = true;
        if (!(message instanceof ByteBuf in) || state == State.CLOSING) {
            ReferenceCountUtil.release(message);
            return;
        }
        intake.add(ctx.alloc(), in);
        if (!mayBeHttp2 || !beginsHttp2()) {
            process();
        }
    }

    /** Whether what came first is the preface of HTTP/2 (RFC 9113 section 3.4), or may become it. */
    private boolean beginsHttp2() {
        ByteBuf first = intake.held();
        int octets = first == null ? -1 : Http2FrameReader.preface(first);
        if (Http2FrameReader.isPreface(octets)) {
            speakHttp2();
        }
        mayBeHttp2 = octets >= 0;
        return mayBeHttp2;
    }

    private void speakHttp2() {
        ByteBuf early = intake.handOver();
        state = State.CLOSING;
        deadline.cancel();
        out.backlog().close();
        Http2Connection next = new Http2Connection(current, channel, peer);
        wiring.connections().replace(this, next);
        channel.pipeline().replace(this, "http2", next);
        next.begin(early);
    }

    /**
     * Goes on with the bytes that are at hand. Within the loop over them nothing is to be done; outside, a task does it,
     * because calling into it would nest a stack frame for every pipelined request.
     */
    private void processSoon() {
        if (!processing && !processingSoon && intake.held() != null) {
            processingSoon = true;
            loop().execute(() -> {
                processingSoon = false;
                reading = true;
                process();
                onReadComplete();
            });
        }
    }

    private void process() {
        if (processing) {
            return;
        }
        processing = true;
        try {
            ByteBuf in = intake.held();
            while (in != null && in.isReadable() && step(in)) {
                in = intake.held();
            }
        } finally {
            processing = false;
            intake.settle();
        }
    }

    /** Takes the next thing out of what was read; false where there is nothing to take for now. */
    private boolean step(ByteBuf in) {
        return switch (state) {
            case HEAD -> readHead(in);
            case EXCHANGE -> exchange != null && intake.passBody(in, exchange);
            case DRAINING -> dropBody(in);
            case TUNNEL -> false;
            case CLOSING -> {
                in.skipBytes(in.readableBytes());
                yield false;
            }
        };
    }

    private boolean readHead(ByteBuf in) {
        if (!intake.begun()) {
            begunNanos = wiring.nanoTime().getAsLong();
            renew();
        }
        HeadProgress progress = intake.readHead(in);
        if (progress == HeadProgress.MORE) {
            return false;
        }
        if (progress == HeadProgress.DONE) {
            begin(intake.head()).start();
        } else {
            Fault fault = intake.fault();
            begin(intake.head()).refuse(fault);
        }
        return true;
    }

    /** Between two requests: the next one is dealt with by what is current now. */
    @SuppressWarnings("ReferenceEquality") // another one is another one, though it says the same
    private void renew() {
        Wiring next = current.now();
        if (next != wiring) {
            intake.limit(next.limits());
            wiring = next;
            peer = peer.as(next.connections().countsAs(peer.address()));
            workplace = new Workplace(this, next);
        }
    }

    private Exchange begin(WireRequest request) {
        state = State.EXCHANGE;
        renew();
        if (++requests >= wiring.limits().requestsPerConnection()) {
            wiring.meters().spent();
        }
        headBytes = request.heldBytes() > LARGE_HEAD_BYTES ? request.heldBytes() : 0;
        protocol = request.http10() ? Protocol.HTTP_1_0 : Protocol.HTTP_1_1;
        Exchange begun = new Exchange(this, wiring, request, begunNanos);
        exchange = begun;
        return begun;
    }

    private boolean dropBody(ByteBuf in) {
        return switch (intake.drop(in)) {
            case GOES_ON -> true;
            case NEEDS_MORE -> false;
            case ENDED -> {
                next();
                yield true;
            }
            case TOO_MUCH -> {
                closeBehindAnswer(true);
                yield false;
            }
        };
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        onReadComplete();
    }

    private void onReadComplete() {
        reading = false;
        if (exchange != null) {
            exchange.onReadComplete();
        }
        if (state == State.HEAD && !headTimed && intake.begun()) {
            headTimed = true;
            deadline.at(begunNanos + wiring.timeouts().requestHead().toNanos());
        }
        noteAhead();
        if (state == State.HEAD && intake.begun() && shared.books().full()) {
            // A head that came in part is memory as well, and its request would be refused all the same.
            begin(intake.unreadHead()).overloaded();
            noteAhead();
        }
        readMore();
    }

    /** What was sent and is not understood, or not done with, for whatever reason, is memory that waits. */
    private void noteAhead() {
        out.backlog().ahead(intake.unfinished() + (exchange == null ? 0 : headBytes));
    }

    private void readMore() {
        boolean wanted = switch (state) {
            case HEAD, DRAINING -> true;
            case EXCHANGE -> (exchange != null && exchange.takesBody()) || leftover() < READ_AHEAD_BYTES;
            case TUNNEL, CLOSING -> false;
        };
        if (wanted) {
            context().read();
        } else if (state == State.EXCHANGE && wiring.transport().writesLater() && !watched) {
            watched = true;
            loop().schedule(this::watch, WATCHED_EVERY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** While nothing is read, not even that the client leaves: it is looked whether it has, where nobody tells. */
    private void watch() {
        watched = false;
        if (state == State.EXCHANGE && Transport.hasLeft(channel)) {
            close();
        } else if (state == State.EXCHANGE && leftover() >= READ_AHEAD_BYTES) {
            readMore();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        onTaken();
    }

    @Override
    public void onTaken() {
        if (exchange != null && out.isWritable()) {
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
                if (intake.begun()) {
                    begin(intake.unreadHead()).refuse(Fault.of(FaultKind.REQUEST_TIMEOUT));
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
        boolean unread = bodyLeft || leftover() > 0;
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
        out.backlog().close();
        state = State.CLOSING;
        Exchange cut = exchange;
        exchange = null;
        if (cut != null) {
            cut.onClientGone();
        }
        intake.close(processing);
        out.close();
        wiring.meters().closed();
        wiring.connections().leave(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException) && !SecureChannel.isFailure(cause)) {
            LOG.atError().setCause(cause).log("A connection failed and is closed");
        }
        channel.close();
    }

    /** A request may be on its way: where the client has not heard that this ends, closing at once would lose it. */
    @Override
    public void drain() {
        loop().execute(() -> {
            if (state == State.HEAD && !intake.begun() && leftover() == 0) {
                headTimed = false;
                deadline.in(LAST_REQUEST_NANOS);
            }
        });
    }

    @Override
    public void closeNow() {
        loop().execute(() -> SecureChannel.cut(channel));
    }
}
