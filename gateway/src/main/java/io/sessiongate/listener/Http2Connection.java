package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.flow.Peer;
import io.sessiongate.http.Backlog;
import io.sessiongate.http.Http2Error;
import io.sessiongate.http.Http2FrameReader;
import io.sessiongate.http.Http2FrameWriter;
import io.sessiongate.http.SecureChannel;
import io.sessiongate.metrics.ConnectionMeters;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection that speaks HTTP/2 (RFC 9113), the last handler of its pipeline: takes its streams each through
 * an {@link Exchange}, as a connection of HTTP/1.1 does with one request after the other. Owns the channel, what was read and
 * is no whole frame yet, and how the connection ends; {@link Http2Frames} owns what frames mean. Confined to the
 * connection's event loop, but for {@link #drain} and {@link #closeNow}.
 *
 * <pre>
 *   open ──drain, idle, spent──► GOAWAY (all) ──PING answered, or a second──► GOAWAY (last) ──no stream left──► closed
 *     └──error, flood──► GOAWAY (error) ──► closed
 * </pre>
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a close or write is told by events
final class Http2Connection extends ChannelInboundHandlerAdapter implements Backlog.Events, OpenConnection {

    private static final Logger LOG = LoggerFactory.getLogger(Http2Connection.class);

    /** What a client may send of a body that nobody takes: the value that holds without a word. Octets. */
    static final int STREAM_WINDOW = 65_535;

    private static final int DEFAULT_WINDOW = 65_535;

    private static final int MAX_CONCURRENT_STREAMS = 3;
    private static final int MAX_HEADER_LIST_SIZE = 6;
    private static final int ENABLE_CONNECT_PROTOCOL = 8;
    private static final int NO_PRIORITIES = 9;

    /** For which a client may take the word that its connection ends for an error. */
    private static final Duration ERROR_TAKEN = Duration.ofSeconds(2);

    static final long DRAIN_PING = 0x73657373696f6e67L;

    private final CurrentWiring current;
    private final Wiring wiring;
    private final SocketChannel channel;
    private final Peer peer;
    private final LoopParts shared;
    private final Http2FrameReader reader;
    private final Http2Frames frames;
    private final Http2Streams streams;
    private final Http2Line line;
    private final Http2Credit credit = new Http2Credit();
    private final Http2FrameWriter writer;
    private final Backlog backlog;
    private final Deadline deadline;

    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf held;
    private boolean reading;
    private boolean readPending;
    private boolean flushing;
    private boolean closing;
    private boolean blockTimed;

    /** Streams beyond are not looked at. */
    private int lastAccepted = Integer.MAX_VALUE;

    private boolean leaving;

    /** Somebody was told that nothing more is welcome. */
    private boolean refusing;

    /**
     * Speaks on a connection.
     *
     * @param peer the other end
     */
    Http2Connection(CurrentWiring current, SocketChannel channel, Peer peer) {
        this.current = current;
        this.wiring = current.now();
        this.channel = channel;
        this.peer = peer;
        this.shared = LoopParts.of(channel.eventLoop(), wiring);
        LimitsConfig limits = wiring.limits();
        // Twice as much as is kept: a head that is too large by little is answered, and the connection goes on.
        this.reader = new Http2FrameReader(2 * limits.requestHeadBytes());
        this.writer = new Http2FrameWriter(channel);
        this.backlog = new Backlog(channel, shared.books(), this);
        this.deadline = new Deadline(channel.eventLoop(), wiring.nanoTime(), this::onDeadline);
        // Who agreed on HTTP/2 just before it was switched off is served all the same.
        this.streams = new Http2Streams(Math.max(1, limits.streamsPerConnection()));
        this.line = new Http2Line(channel);
        this.frames = new Http2Frames(this, streams, line, credit, limits);
    }

    /**
     * Begins, once it is the handler of its connection.
     *
     * @param early what was read already, which is taken over
     */
    void begin(@Nullable ByteBuf early) {
        writer.settings(
                MAX_CONCURRENT_STREAMS,
                streams.most(),
                MAX_HEADER_LIST_SIZE,
                wiring.limits().requestHeadBytes(),
                ENABLE_CONNECT_PROTOCOL,
                1,
                NO_PRIORITIES,
                1);
        writer.window(0, Http2Credit.WINDOW - DEFAULT_WINDOW);
        deadline.in(wiring.timeouts().requestHead().toNanos());
        wiring.meters().http2().opened();
        flushSoon();
        if (early != null) {
            reading = true;
            add(early);
            onReadComplete();
        } else {
            readMore();
        }
    }

    // ---- for the streams

    EventLoop loop() {
        return channel.eventLoop();
    }

    @Override
    public Peer peer() {
        return peer;
    }

    LoopParts shared() {
        return shared;
    }

    ByteBufAllocator alloc() {
        return channel.alloc();
    }

    Http2FrameWriter writer() {
        return writer;
    }

    /** Whether a turn of reading is under way, at whose end everything is flushed. */
    boolean reading() {
        return reading;
    }

    /** What may be sent, and who waits for it. */
    Http2Line line() {
        return line;
    }

    ConnectionMeters meters() {
        return wiring.meters();
    }

    long now() {
        return wiring.nanoTime().getAsLong();
    }

    boolean takesMore() {
        boolean takes = channel.isWritable() && backlog.takesMore();
        refusing |= !takes;
        return takes;
    }

    long bytesBeforeWritable() {
        return channel.bytesBeforeWritable();
    }

    /**
     * A frame of data was written.
     *
     * @param cut to these few bytes by the client's window, as clients do that want many frames out of one answer
     */
    void sent(int bytes, boolean cut) {
        line.sent(bytes);
        if (!cut || bytes >= Http2Frames.WORTHY_BYTES) {
            frames.allowance().data();
        }
    }

    /** So much of the client's waits to be passed on now, or no more. */
    void ahead(long bytes) {
        credit.ahead(bytes);
        if (!reading) {
            noteAhead(); // or else at the end of the turn
        }
    }

    private void noteAhead() {
        backlog.ahead(credit.aheadBytes() + reader.heldBytes() + (held == null ? 0 : held.readableBytes()));
    }

    /** So much of what came is out of the way. */
    void consumed(int bytes) {
        int more = credit.consumed(bytes);
        if (more > 0 && !closing) {
            writer.window(0, more);
            flushSoon();
        }
    }

    /** A stream has its answer; what the client still sends of its request is of no use (RFC 9113 section 8.1). */
    void answered(Http2Stream stream) {
        frames.allowance().answered();
        if (stream.allHere()) {
            over(stream);
        } else {
            reset(stream, Http2Error.NO_ERROR);
        }
    }

    /** Ends a stream by a word to the client. */
    void reset(Http2Stream stream, Http2Error why) {
        resetStream(stream.id(), why);
        over(stream);
    }

    /** The same of one that did not even begin. */
    void resetStream(int id, Http2Error why) {
        if (!closing) {
            streams.remember(id);
            writer.reset(id, why);
            flushSoon();
        }
    }

    /** A stream begins; what holds for it. */
    Wiring opens() {
        wiring.meters().http2().streamOpened();
        deadline.clear();
        return current.now();
    }

    /** Nothing of a stream is left. */
    void over(Http2Stream stream) {
        if (!streams.remove(stream)) {
            return;
        }
        wiring.meters().http2().streamClosed();
        if (streams.isEmpty() && !closing) {
            if (leaving && lastAccepted != Integer.MAX_VALUE) {
                closeBehindFrames(wiring.timeouts().stream());
            } else {
                idle();
            }
        }
    }

    /** A header block is whole; one that begins behind it has a time of its own. */
    void onBlockEnd() {
        if (blockTimed) {
            blockTimed = false;
            deadline.clear();
        }
    }

    private void idle() {
        if (!blockTimed && reader.begun()) {
            deadline.in(wiring.timeouts().idle().toNanos());
        }
    }

    /** Flushes at the end of this turn of the loop, together with what others write in it. */
    void flushSoon() {
        if (!flushing && !reading && !closing) {
            flushing = true;
            loop().execute(() -> {
                flushing = false;
                flush();
            });
        }
    }

    private void flush() {
        if (!closing) {
            writer.flush();
            backlog.held(line.heldBytes());
            backlog.settle();
            welcomeAgain();
        }
    }

    /** What was held back leaves without an event of the channel's: whoever was refused for it is told here. */
    private void welcomeAgain() {
        if (refusing) {
            refusing = false;
            if (takesMore()) {
                onTaken();
            }
        }
    }

    // ---- reading

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        reading = true;
        readPending = false;
        if (!(message instanceof ByteBuf in) || closing) {
            ReferenceCountUtil.release(message);
            return;
        }
        add(in);
    }

    private void add(ByteBuf in) {
        ByteBuf before = held;
        ByteBuf all = before == null ? in : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channel.alloc(), before, in);
        held = all;
        reader.read(all, frames);
        if (!all.isReadable()) {
            held = null;
            all.release();
        }
        Http2Error error = reader.error();
        if (error != null) {
            fail(error, reader.detail());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        readPending = false;
        onReadComplete();
    }

    private void onReadComplete() {
        streams.onReadComplete();
        reading = false;
        flush();
        time();
        noteAhead();
        readMore();
    }

    /** Whoever begins something has to end it soon. */
    private void time() {
        if (closing || !reader.begun()) {
            return;
        }
        if (reader.unfinishedBlock()) {
            if (!blockTimed) {
                blockTimed = true;
                deadline.in(wiring.timeouts().requestHead().toNanos());
            }
        } else if (streams.isEmpty()) {
            idle();
        }
    }

    /** A client that does not take what it made us write is not asked for more. */
    private void readMore() {
        ChannelHandlerContext ctx = context;
        if (ctx != null && !closing && !readPending && channel.isWritable()) {
            readPending = true;
            ctx.read();
        }
    }

    // ---- writing

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        onTaken();
    }

    @Override
    public void onTaken() {
        if (closing || !channel.isWritable()) {
            return;
        }
        line.goRound();
        if (takesMore()) {
            for (Http2Stream stream : streams.all()) {
                stream.onTaken();
            }
        }
        flushSoon();
        readMore();
    }

    @Override
    public void onLeftLying() {
        wiring.meters().cut();
        end();
        SecureChannel.cut(channel);
    }

    // ---- the end

    private void onDeadline() {
        if (!reader.begun() || blockTimed) {
            fail(Http2Error.PROTOCOL_ERROR, "a frame took too long to arrive");
        } else if (streams.isEmpty()) {
            if (leaving) {
                lastWord();
            } else {
                leave();
            }
        } else if (leaving) {
            lastWord();
        }
    }

    /** Ends the connection, as soon as this turn of reading is over. */
    void fail(Http2Error why, String detail) {
        if (closing) {
            return;
        }
        LOG.atDebug()
                .addKeyValue("error", why)
                .addKeyValue("detail", detail)
                .log("A connection of HTTP/2 is ended for what the client sent");
        wiring.meters().http2().failed(why);
        reader.stop();
        writer.goAway(Math.min(frames.lastStream(), lastAccepted), why, detail);
        closeBehindFrames(ERROR_TAKEN);
    }

    /** Whether no more streams are wanted. */
    boolean leaving() {
        return leaving;
    }

    /** Whether all is over but the closing. */
    boolean closing() {
        return closing;
    }

    /** Streams beyond are not looked at. */
    int lastAccepted() {
        return lastAccepted;
    }

    /** The client opens no more streams; those under way go on. */
    void onClientLeaves() {
        leaving = true;
        lastWord();
    }

    /** Says that no more streams are wanted; those that are on their way already are taken. */
    void leave() {
        if (leaving || closing) {
            return;
        }
        leaving = true;
        writer.goAway(Integer.MAX_VALUE, Http2Error.NO_ERROR, "");
        writer.ping(DRAIN_PING, false);
        flushSoon();
        loop().schedule(this::lastWord, 1, TimeUnit.SECONDS);
    }

    /** Says which stream is the last, and closes once none is left. */
    void lastWord() {
        if (closing || lastAccepted != Integer.MAX_VALUE) {
            return;
        }
        lastAccepted = frames.lastStream();
        writer.goAway(lastAccepted, Http2Error.NO_ERROR, "");
        flushSoon();
        if (streams.isEmpty()) {
            closeBehindFrames(wiring.timeouts().stream());
        }
    }

    /**
     * Closes once the client has taken all there is, as the end of an answer may be there; what it still sends is thrown
     * away, as a reset for that would destroy what it has not read.
     *
     * @param longest for which the client may take
     */
    private void closeBehindFrames(Duration longest) {
        if (closing) {
            return;
        }
        writer.flush();
        end();
        Future<?> cut = loop().schedule(() -> SecureChannel.cut(channel), longest.toNanos(), TimeUnit.NANOSECONDS);
        channel.closeFuture().addListener(closed -> cut.cancel(false));
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (written.isSuccess() && channel.isActive()) {
                LingeringClose.begin(channel);
            } else {
                channel.close();
            }
        });
    }

    /** Everything ends: no exchange goes on, nothing is kept. */
    private void end() {
        if (closing) {
            return;
        }
        closing = true;
        reader.stop();
        for (int cut = streams.close(); cut > 0; cut--) {
            wiring.meters().http2().streamClosed();
        }
        line.clear();
        deadline.cancel();
        backlog.close();
        writer.close();
        wiring.meters().http2().closed();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end();
        ByteBuf unread = held;
        held = null;
        if (unread != null && !reading) {
            unread.release();
        }
        wiring.meters().closed();
        wiring.connections().leave(this);
    }

    /** One that says over TLS that it sends no more counts as having left. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (SecureChannel.saysEnd(event)) {
            channel.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (!(cause instanceof IOException) && !SecureChannel.isFailure(cause)) {
            LOG.atError().setCause(cause).log("A connection failed and is closed");
        }
        channel.close();
    }

    @Override
    public void drain() {
        loop().execute(this::leave);
    }

    @Override
    public void closeNow() {
        loop().execute(() -> SecureChannel.cut(channel));
    }
}
