package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.util.ReferenceCountUtil;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.SecureChannel;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireTrailers;
import io.sessiongate.metrics.OneUpstream;
import io.sessiongate.metrics.ServerFailure;
import io.sessiongate.upstream.UploadPlaces.Place;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to a server of an upstream, the last handler of its pipeline. Lives on the event loop of the client
 * connections it serves and is confined to it. Carries one request at a time, whatever its {@link UpstreamWire} is:
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

    /** Of an answer; its octets are bounded by the configuration. */
    static final int MOST_FIELDS = 1000;

    private final UpstreamPool pool;
    private final LoopServer server;
    private final Channel channel;
    private final UpstreamWire wire;
    private final boolean http2;

    private @Nullable UpstreamEvents events;
    private boolean requestSent;
    private boolean answered;
    private boolean byteSeen;
    private boolean keepAlive;

    /** A request on it counts as under way at its server. */
    private boolean begun = true;

    private int served;

    /** The server has said over TLS that it sends no more. */
    private boolean endSaid;

    private boolean gone;
    private @Nullable Place uploading;
    private long idleSinceNanos;

    /** A new one, for the request that counts as under way already. */
    UpstreamConnection(UpstreamPool pool, LoopServer server, Channel channel, int headBytes, HeadStorages storages) {
        this.pool = pool;
        this.server = server;
        this.channel = channel;
        boolean secure = server.server().address().secure();
        this.http2 = pool.settings().speaksHttp2(channel);
        this.wire = http2
                ? new Http2Wire(this, channel, secure, headBytes, storages)
                : new Http1Wire(this, channel, headBytes, storages);
        Unheard.giveWay(channel, this);
    }

    LoopServer server() {
        return server;
    }

    /** A request gets it and counts as under way; false where the server has as many as it may. */
    boolean tryBegin(int maxInFlight) {
        begun = server.server().inFlight().tryBegin(maxInFlight);
        return begun;
    }

    /** No request has it any more. */
    void over() {
        if (begun) {
            begun = false;
            pool.upstream().over(server.server());
        }
    }

    /** Whether HTTP/2 is spoken on it. */
    public boolean http2() {
        return http2;
    }

    /** How long the head of an answer may take from the end of its request. */
    public long answerNanos() {
        return pool.settings().answerNanos;
    }

    /** Those that a request was sent to in vain, this one's server among them. */
    public Tried tried(@Nullable Tried before) {
        return Tried.with(before, server.server());
    }

    /**
     * Whether a request that this server left without an answer may be sent to another one: there is one, and not too many
     * are already. If so, {@link #retryOver} must be called once, when that is over.
     *
     * @param before how often it was sent again already
     */
    public boolean tryRetry(int before, Tried tried) {
        Settings settings = pool.settings();
        if (before >= settings.retries.attempts() || !pool.hasOther(tried)) {
            return false;
        }
        if (!pool.upstream().retries().tryTake(settings.retries, settings.inFlight())) {
            meters().retryRefused();
            return false;
        }
        return true;
    }

    /** What was sent again is over. */
    public void retryOver() {
        pool.upstream().retries().giveBack();
    }

    /** The request failed for that reason, which is counted, and held against the server where it is to blame. */
    public void blame(FaultKind kind) {
        meters().error(kind);
        if (kind == FaultKind.UPSTREAM_TIMEOUT) {
            pool.upstream().failed(server.server(), ServerFailure.TIMEOUT);
        }
    }

    long idleSinceNanos() {
        return idleSinceNanos;
    }

    void idleSince(long nowNanos) {
        idleSinceNanos = nowNanos;
        wire.rest();
        // Keeps one read under way, so that a server that closes an unused connection is noticed.
        channel.read();
    }

    boolean usable() {
        return !gone && channel.isActive();
    }

    /** The server's name, {@code host:port} or {@code unix:/path}, as configured. */
    public String address() {
        return server.server().name();
    }

    /** The server in a form fit for {@code Host}. */
    public String authority() {
        return server.server().address().authority();
    }

    public Channel channel() {
        return channel;
    }

    public OneUpstream meters() {
        return pool.meters();
    }

    /** What the next request holds of the {@link UploadPlaces}, if it does: until its body is through, or it is over. */
    void uploading(@Nullable Place place) {
        uploading = place;
    }

    private void uploaded() {
        pool.uploads().over(uploading);
        uploading = null;
    }

    /**
     * Writes the head of a request; framing and upgrade fields are in it already. Flushes nothing.
     *
     * @param chunked whether its body goes in chunks
     */
    public void begin(WireRequest head, boolean chunked, boolean upgrade, UpstreamEvents receiver) {
        events = receiver;
        requestSent = false;
        answered = false;
        byteSeen = false;
        keepAlive = true;
        served++;
        wire.begin(head, chunked, upgrade);
        channel.read();
    }

    /** Writes a piece of the request's body, which it takes over. */
    public void write(ByteBuf piece) {
        wire.body(piece);
    }

    /** Ends the request. */
    public void end(@Nullable WireTrailers trailers) {
        requestSent = true;
        uploaded();
        wire.end(trailers);
    }

    public void flush() {
        wire.flush();
    }

    /** Octets of the request that wait beside the channel, as the server does not take them yet. */
    public int held() {
        return wire.held();
    }

    public boolean isWritable() {
        return wire.isWritable();
    }

    /** Asks for more of the answer; what comes is shown to the events. */
    public void read() {
        wire.more();
        channel.read();
    }

    /** Ends the request: back to the pool where another may follow, closed otherwise. */
    public void release() {
        events = null;
        uploaded();
        if (answered && requestSent && keepAlive && wire.settled() && usable()) {
            pool.released(this);
        } else {
            close();
        }
    }

    /** Ends the request by closing the connection at once; no event follows. */
    public void abort() {
        events = null;
        if (!gone) {
            SecureChannel.cut(channel);
        }
        close();
    }

    /** Closes it and gives its place free, once. */
    void close() {
        if (!gone) {
            gone = true;
            wire.stop();
            uploaded();
            over();
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
        SecureChannel.addFirst(channel, "relay", relay);
    }

    /** Lets the bytes flow to the relay. */
    public void unleash() {
        ByteBuf read = wire.takeEarly();
        if (read != null) {
            SecureChannel.fireRead(channel, read);
        }
        channel.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof ByteBuf in)) {
            ReferenceCountUtil.release(message);
            return;
        }
        try {
            if (gone) {
                return;
            }
            if (events == null) {
                wire.readUnasked(in);
            } else {
                wire.read(in);
            }
        } finally {
            in.release();
        }
    }

    // ---- for the wire

    /** Whose request is under way. */
    @Nullable UpstreamEvents receiver() {
        return events;
    }

    /** Whether the request under way is that one's, and its answer not over. */
    boolean awaits(UpstreamEvents receiver) {
        return events == receiver && !answered;
    }

    /** Something of the answer has come. */
    void seen() {
        byteSeen = true;
    }

    /** No request may follow the one under way. */
    void last() {
        keepAlive = false;
    }

    long nowNanos() {
        return pool.nowNanos();
    }

    /** The answer is over. */
    void ended(UpstreamEvents receiver, @Nullable WireTrailers trailers) {
        if (awaits(receiver)) {
            answered = true;
            receiver.onEnd(trailers);
        }
    }

    /** The server has said that it did not look at the request. */
    void unprocessed() {
        broke(Fault.of(FaultKind.UPSTREAM_BROKE), Loss.UNPROCESSED);
    }

    /** The wire has no way to say what is asked for, which is nobody's failure but that of who configured it. */
    void cannot(@Nullable UpstreamEvents receiver, String what) {
        if (receiver != null && events == receiver) {
            log(what, "A request cannot be passed on by the protocol of its upstream");
            events = null;
            close();
            receiver.onBroken(Fault.of(FaultKind.UPSTREAM_BROKE), Loss.ANSWER);
        }
    }

    /** What the answer says of the server. */
    void judge(int status) {
        if (status >= 500 && pool.settings().errorsFail) {
            pool.upstream().failed(server.server(), ServerFailure.STATUS);
        } else {
            server.server().health().answered(pool.nowNanos());
        }
    }

    /** What the server sends is not valid. */
    void refuse(String flaw) {
        log(flaw, "An answer of the application is not valid and was refused");
        broke(Fault.of(FaultKind.UPSTREAM_BROKE), Loss.ANSWER);
    }

    /** Whoever runs the application has to learn why it is a 502, but not a thousand times a second. */
    private void log(String flaw, String message) {
        (server.tellsFlaw(pool.nowNanos()) ? LOG.atWarn() : LOG.atDebug())
                .addKeyValue("server", server.server().name())
                .addKeyValue("flaw", flaw)
                .log(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        wire.readComplete();
        if (events != null) {
            events.onPause();
        }
        if (events != null && wire.listens()) {
            channel.read();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (events != null && wire.isWritable()) {
            events.onWritable();
        }
    }

    /**
     * A server may answer and close without reading the whole body: then our writes fail while its answer still waits
     * to be read. Reading goes on; the end of the connection, or the deadline for the answer, ends the exchange.
     */
    void onWriteFailed(Throwable cause) {
        if (!(cause instanceof IOException) && events != null) {
            broke(Fault.of(FaultKind.INTERNAL_ERROR), Loss.ANSWER);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        UpstreamEvents receiver = events;
        if (receiver != null && !answered && endIsMeant() && wire.endOfInput()) {
            answered = true;
            receiver.onEnd(null);
        }
        broke(Fault.of(FaultKind.UPSTREAM_BROKE), loss());
        wire.close();
    }

    /** Over TLS anybody on the way can end a connection, but only the server can say that it is the end. */
    private boolean endIsMeant() {
        return endSaid || !server.server().address().secure();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (SecureChannel.saysEnd(event)) {
            endSaid = true;
            channel.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (SecureChannel.isFailure(cause)) {
            // With TLS 1.3 a server says only now that it wanted a certificate.
            refuse("TLS failed: " + UpstreamSecurity.reason(cause));
            return;
        }
        if (!(cause instanceof IOException)) {
            broke(Fault.of(FaultKind.INTERNAL_ERROR), Loss.ANSWER);
        } else if (!http2 || events == null || !channel.isActive()) {
            broke(Fault.of(FaultKind.UPSTREAM_BROKE), loss());
        }
        // Else it is a write over HTTP/2 that failed (see onWriteFailed), or a read, behind which the channel closes.
    }

    private Loss loss() {
        return byteSeen ? Loss.ANSWER : served > 1 ? Loss.STALE : Loss.UNANSWERED;
    }

    private void broke(Fault fault, Loss loss) {
        UpstreamEvents receiver = events;
        events = null;
        close();
        if (receiver != null) {
            if (loss != Loss.STALE && loss != Loss.UNPROCESSED && fault.kind() == FaultKind.UPSTREAM_BROKE) {
                pool.upstream().failed(server.server(), ServerFailure.BROKE);
            }
            receiver.onBroken(fault, loss);
        }
    }
}
