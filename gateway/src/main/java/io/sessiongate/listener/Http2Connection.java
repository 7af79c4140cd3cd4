package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.concurrent.Future;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.flow.Peer;
import io.sessiongate.http.Backlog;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.Http2Error;
import io.sessiongate.http.Http2FrameReader;
import io.sessiongate.http.Http2FrameWriter;
import io.sessiongate.http.Http2RequestReader;
import io.sessiongate.http.Http2RequestReader.Block;
import io.sessiongate.http.SecureChannel;
import io.sessiongate.http.WireRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection that speaks HTTP/2 (RFC 9113), the last handler of its pipeline: takes its streams each through
 * an {@link Exchange}, as a connection of HTTP/1.1 does with one request after the other. Owns the streams, at most {@code
 * limits.streams-per-connection}, the windows of the connection, and the line of those who would write. Confined to the
 * connection's event loop, but for {@link #drain} and {@link #closeNow}.
 *
 * <pre>
 *   open ──drain, idle, spent──► GOAWAY (all) ──PING answered, or a second──► GOAWAY (last) ──no stream left──► closed
 *     └──error, flood──► GOAWAY (error) ──► closed
 * </pre>
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a close or write is told by events
final class Http2Connection extends ChannelInboundHandlerAdapter
        implements Http2FrameReader.Events, Backlog.Events, OpenConnection {

    private static final Logger LOG = LoggerFactory.getLogger(Http2Connection.class);

    /** What a client may send of a body that nobody takes: the value that holds without a word. Octets. */
    static final int STREAM_WINDOW = 65_535;

    /** The same of all bodies together, so that a few slow ones do not stop the others. */
    private static final int WINDOW = 1024 * 1024;

    private static final int DEFAULT_WINDOW = 65_535;

    /** Of streams that we reset something may still be on its way: twice as many as there may be are known, or so many. */
    private static final int LEAST_REMEMBERED = 32;

    private static final int[] NONE = {};

    /** Places for streams that are kept for the next ones. */
    private static final int KEPT = 16;

    /** Less in a frame of data earns nothing. */
    private static final int WORTHY_BYTES = 512;

    private static final int ENABLE_PUSH = 2;
    private static final int MAX_CONCURRENT_STREAMS = 3;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int MAX_FRAME_SIZE = 5;
    private static final int MAX_HEADER_LIST_SIZE = 6;
    private static final int ENABLE_CONNECT_PROTOCOL = 8;
    private static final int NO_PRIORITIES = 9;

    /** For which a client may take the word that its connection ends for an error. */
    private static final Duration ERROR_TAKEN = Duration.ofSeconds(2);

    private static final long DRAIN_PING = 0x73657373696f6e67L;

    private final CurrentWiring current;
    private final Wiring wiring;
    private final SocketChannel channel;
    private final Peer peer;
    private final LoopParts shared;
    private final Http2FrameReader frames;
    private final Http2RequestReader requests;
    private final Http2FrameWriter writer;
    private final Backlog backlog;
    private final Deadline deadline;
    private final Http2Allowance allowance;
    private final int maxStreams;

    private final IntObjectHashMap<Http2Stream> streams = new IntObjectHashMap<>();
    private final ArrayDeque<Http2Stream> free = new ArrayDeque<>();
    private final ArrayDeque<Http2Outbound> line = new ArrayDeque<>();
    private final List<Http2Stream> touched = new ArrayList<>();
    private int[] reset = NONE;
    private int resets;

    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf held;
    private boolean reading;
    private boolean readPending;
    private boolean flushing;
    private boolean closing;
    private boolean blockTimed;

    private int lastStream;
    private int carried;

    /** Streams beyond are not looked at. */
    private int lastAccepted = Integer.MAX_VALUE;

    private boolean leaving;

    // ---- what the client may send

    private int receiveWindow = DEFAULT_WINDOW;
    private int credit;
    private long aheadBytes;

    // ---- what may be sent to it

    private long sendWindow = DEFAULT_WINDOW;
    private int initialWindow = DEFAULT_WINDOW;
    private int maxPayload = Http2FrameReader.MOST_PAYLOAD;
    private long heldBytes;

    /** An initial window that the frame of settings under way has named, or -1. */
    private int namedWindow = -1;

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
        this.frames = new Http2FrameReader(2 * limits.requestHeadBytes());
        this.requests = new Http2RequestReader(
                limits.requestHeadBytes(), limits.requestTargetBytes(), limits.headerCount(), shared.storages());
        this.writer = new Http2FrameWriter(channel);
        this.backlog = new Backlog(channel, shared.books(), this);
        this.deadline = new Deadline(channel.eventLoop(), wiring.nanoTime(), this::onDeadline);
        this.allowance = new Http2Allowance(now());
        this.maxStreams = limits.streamsPerConnection();
    }

    /**
     * Begins, once it is the handler of its connection.
     *
     * @param early what was read already, which is taken over
     */
    void begin(@Nullable ByteBuf early) {
        writer.settings(
                MAX_CONCURRENT_STREAMS,
                maxStreams,
                MAX_HEADER_LIST_SIZE,
                wiring.limits().requestHeadBytes(),
                ENABLE_CONNECT_PROTOCOL,
                1,
                NO_PRIORITIES,
                1);
        writer.window(0, WINDOW - DEFAULT_WINDOW);
        receiveWindow = WINDOW;
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

    Http2FrameWriter writer() {
        return writer;
    }

    /** Whether a turn of reading is under way, at whose end everything is flushed. */
    boolean reading() {
        return reading;
    }

    int initialWindow() {
        return initialWindow;
    }

    int maxPayload() {
        return maxPayload;
    }

    /** Octets of data that the connection takes now. */
    long room() {
        return channel.isWritable() ? sendWindow : 0;
    }

    boolean takesMore() {
        boolean takes = channel.isWritable() && backlog.takesMore();
        refusing |= !takes;
        return takes;
    }

    long bytesBeforeWritable() {
        return channel.bytesBeforeWritable();
    }

    /** So much of an answer waits now, or no more. */
    void held(long bytes) {
        heldBytes += bytes;
    }

    /** So much data was written. */
    void sent(int bytes) {
        sendWindow -= bytes;
        heldBytes -= bytes;
        allowance.data();
    }

    /** So much of the client's waits to be passed on now, or no more. */
    void ahead(long bytes) {
        aheadBytes += bytes;
    }

    /** So much of what came is out of the way. */
    void consumed(int bytes) {
        credit += bytes;
        // Or sooner, where bodies that nobody takes hold so much that the others could not go on by what is left.
        boolean worth = credit >= WINDOW / 2 || (credit > 0 && credit >= receiveWindow);
        if (worth && !closing) {
            writer.window(0, credit);
            receiveWindow += credit;
            credit = 0;
            flushSoon();
        }
    }

    void standInLine(Http2Outbound out) {
        if (!out.inLine) {
            out.inLine = true;
            line.addLast(out);
        }
    }

    void leaveLine(Http2Outbound out) {
        if (out.inLine) {
            out.inLine = false;
            line.remove(out);
        }
    }

    /** A stream has its answer; what the client still sends of its request is of no use (RFC 9113 section 8.1). */
    void answered(Http2Stream stream) {
        allowance.answered();
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

    private void resetStream(int id, Http2Error why) {
        if (!closing) {
            if (reset.length == 0) {
                reset = new int[Math.max(LEAST_REMEMBERED, 2 * maxStreams)];
            }
            reset[resets] = id;
            resets = (resets + 1) % reset.length;
            writer.reset(id, why);
            flushSoon();
        }
    }

    private boolean wasReset(int id) {
        for (int known : reset) {
            if (known == id) {
                return true;
            }
        }
        return false;
    }

    private void over(Http2Stream stream) {
        if (streams.remove(stream.id()) == null) {
            return;
        }
        wiring.meters().http2().streamClosed();
        stream.end();
        if (free.size() < KEPT) {
            free.addLast(stream);
        } else {
            stream.close();
        }
        if (streams.isEmpty() && !closing) {
            if (leaving && lastAccepted != Integer.MAX_VALUE) {
                closeBehindFrames(wiring.timeouts().stream());
            } else {
                idle();
            }
        }
    }

    private void idle() {
        if (!blockTimed && frames.begun()) {
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
            backlog.held(heldBytes);
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
        frames.read(all, this);
        if (!all.isReadable()) {
            held = null;
            all.release();
        }
        Http2Error error = frames.error();
        if (error != null) {
            fail(error, frames.detail());
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        readPending = false;
        onReadComplete();
    }

    private void onReadComplete() {
        for (int i = 0; i < touched.size(); i++) {
            Http2Stream stream = touched.get(i);
            stream.touched = false;
            stream.onReadComplete();
        }
        touched.clear();
        reading = false;
        flush();
        time();
        backlog.ahead(aheadBytes + frames.heldBytes() + (held == null ? 0 : held.readableBytes()));
        readMore();
    }

    /** Whoever begins something has to end it soon. */
    private void time() {
        if (closing || !frames.begun()) {
            return;
        }
        if (frames.unfinishedBlock()) {
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

    private void touch(Http2Stream stream) {
        if (!stream.touched) {
            stream.touched = true;
            touched.add(stream);
        }
    }

    private long now() {
        return wiring.nanoTime().getAsLong();
    }

    // ---- frames

    @Override
    public void onFrame(int type) {
        allowance.frame(type);
        calm();
    }

    private void calm() {
        if (allowance.spent(now())) {
            wiring.meters().http2().flooded();
            fail(Http2Error.ENHANCE_YOUR_CALM, "too many frames that lead to nothing");
        }
    }

    @Override
    public void onHeaders(int id, byte[] block, int from, int to, boolean ends, int dependsOn) {
        if (blockTimed) {
            // Of this block; one that begins behind it has a time of its own.
            blockTimed = false;
            deadline.clear();
        }
        Http2Stream known = streams.get(id);
        if (known != null) {
            onTrailers(known, block, from, to, ends);
        } else if (id <= lastStream) {
            if (!requests.skip(block, from, to)) {
                fail(Http2Error.COMPRESSION_ERROR, "a header block cannot be read");
            } else if (!wasReset(id) && id <= lastAccepted) {
                fail(Http2Error.STREAM_CLOSED, "HEADERS came for a stream that is closed");
            }
        } else {
            onRequest(id, block, from, to, ends, dependsOn == id);
        }
    }

    private void onRequest(int id, byte[] block, int from, int to, boolean ends, boolean onItself) {
        lastStream = id;
        boolean late = id > lastAccepted;
        boolean many = streams.size() >= maxStreams;
        if (late || many || onItself) {
            if (!requests.skip(block, from, to)) {
                fail(Http2Error.COMPRESSION_ERROR, "a header block cannot be read");
            } else if (onItself) {
                lose(id, Http2Error.PROTOCOL_ERROR);
            } else if (late) {
                // The client has been told that nobody looks at it.
                allowance.lostStream();
                calm();
            } else {
                wiring.meters().http2().refused();
                lose(id, Http2Error.REFUSED_STREAM);
            }
            return;
        }
        Block read = requests.request(block, from, to, ends);
        WireRequest head = requests.head();
        if (read == Block.UNREADABLE) {
            head.release(shared.storages());
            fail(Http2Error.COMPRESSION_ERROR, "a header block cannot be read");
        } else if (read == Block.MALFORMED || (ends && head.number(FieldName.CONTENT_LENGTH) > 0)) {
            head.release(shared.storages());
            wiring.meters().malformed();
            lose(id, Http2Error.PROTOCOL_ERROR);
        } else {
            open(id, head, ends, read == Block.TOO_LARGE);
        }
    }

    private void open(int id, WireRequest head, boolean ends, boolean tooLarge) {
        Http2Stream kept = free.pollLast();
        Wiring now = current.now();
        Http2Stream stream = kept == null ? new Http2Stream(this, now) : kept;
        streams.put(id, stream);
        wiring.meters().http2().streamOpened();
        deadline.clear();
        stream.begin(id, now, head, ends);
        touch(stream);
        if (++carried >= now.limits().requestsPerConnection() && !leaving) {
            wiring.meters().spent();
            leave();
        }
        if (tooLarge) {
            stream.refuse(head, requests.fault(), now());
        } else {
            stream.start(head, now());
        }
    }

    /** A stream that came to nothing by the client's doing. */
    private void lose(int id, Http2Error why) {
        resetStream(id, why);
        allowance.lostStream();
        calm();
    }

    private void lose(Http2Stream stream, Http2Error why) {
        stream.onClientGone();
        reset(stream, why);
        allowance.lostStream();
        calm();
    }

    private void onTrailers(Http2Stream stream, byte[] block, int from, int to, boolean ends) {
        if (requests.trailers(block, from, to) == Block.UNREADABLE) {
            requests.dropTrailers();
            fail(Http2Error.COMPRESSION_ERROR, "a header block cannot be read");
        } else if (stream.allHere()) {
            requests.dropTrailers();
            lose(stream, Http2Error.STREAM_CLOSED);
        } else if (!ends || requests.trailersFlawed() || !stream.fits(0, true)) {
            requests.dropTrailers();
            wiring.meters().malformed();
            lose(stream, Http2Error.PROTOCOL_ERROR);
        } else {
            touch(stream);
            stream.onEnd(requests.takeTrailers());
        }
    }

    @Override
    public boolean onData(int id, int bytes, int overhead) {
        int total = bytes + overhead;
        receiveWindow -= total;
        if (receiveWindow < 0) {
            fail(Http2Error.FLOW_CONTROL_ERROR, "more data than the connection may carry");
            return false;
        }
        if (bytes == 0) {
            allowance.emptyData();
        } else if (bytes >= WORTHY_BYTES) {
            allowance.data();
        }
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            onDataOfNone(id, total);
            return false;
        }
        Http2Error wrong = stream.allHere()
                ? Http2Error.STREAM_CLOSED
                : !stream.takes(total)
                        ? Http2Error.FLOW_CONTROL_ERROR
                        : stream.fits(bytes, false) ? null : Http2Error.PROTOCOL_ERROR;
        if (wrong != null) {
            consumed(total);
            lose(stream, wrong);
            return false;
        }
        stream.passed(overhead);
        touch(stream);
        return true;
    }

    private void onDataOfNone(int id, int bytes) {
        if (id > lastStream) {
            fail(Http2Error.PROTOCOL_ERROR, "DATA came for a stream that was not opened");
            return;
        }
        consumed(bytes);
        if (!wasReset(id) && id <= lastAccepted) {
            lose(id, Http2Error.STREAM_CLOSED);
        }
    }

    @Override
    public void onDataPiece(int id, ByteBuf piece) {
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            consumed(piece.readableBytes());
            piece.release();
        } else {
            touch(stream);
            stream.onPiece(piece);
        }
    }

    @Override
    public void onDataEnd(int id) {
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            return;
        }
        if (stream.fits(0, true)) {
            touch(stream);
            stream.onEnd(null);
        } else {
            wiring.meters().malformed();
            lose(stream, Http2Error.PROTOCOL_ERROR);
        }
    }

    @Override
    public void onPriority(int id, int dependsOn) {
        if (dependsOn != id) {
            return;
        }
        Http2Stream stream = streams.get(id);
        if (stream != null) {
            lose(stream, Http2Error.PROTOCOL_ERROR);
        } else if (id > lastStream) {
            // One that was not opened cannot be reset (section 6.4).
            fail(Http2Error.PROTOCOL_ERROR, "a stream depends on itself");
        }
    }

    @Override
    public void onReset(int id) {
        if (id > lastStream) {
            fail(Http2Error.PROTOCOL_ERROR, "RST_STREAM came for a stream that was not opened");
            return;
        }
        Http2Stream stream = streams.get(id);
        if (stream != null) {
            stream.onClientGone();
            over(stream);
        }
        allowance.lostStream();
        calm();
    }

    @Override
    public void onSetting(int id, long value) {
        switch (id) {
            case ENABLE_PUSH -> {
                if (value > 1) {
                    fail(Http2Error.PROTOCOL_ERROR, "ENABLE_PUSH is neither 0 nor 1");
                }
            }
            case INITIAL_WINDOW_SIZE -> {
                if (value > Integer.MAX_VALUE) {
                    fail(Http2Error.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE is too large");
                }
                namedWindow = (int) value;
            }
            case MAX_FRAME_SIZE -> {
                if (value < Http2FrameReader.MOST_PAYLOAD || value > 0xffffff) {
                    fail(Http2Error.PROTOCOL_ERROR, "MAX_FRAME_SIZE is not between 16,384 and 16,777,215");
                }
                // Larger ones would let one answer stand in the way of the others.
            }
            default -> {
                // HEADER_TABLE_SIZE is of no use, as nothing is put into a table; others are not for us, or unknown.
            }
        }
    }

    /** Once a frame, however often that names it: nothing is sent meanwhile, and open streams are gone over once. */
    private void onInitialWindow() {
        int more = namedWindow - initialWindow;
        initialWindow = namedWindow;
        namedWindow = -1;
        for (Http2Stream stream : new ArrayList<>(streams.values())) {
            if (!stream.out().widen(more)) {
                fail(Http2Error.FLOW_CONTROL_ERROR, "a window has become too large");
                return;
            }
            stream.out().goOn();
        }
    }

    @Override
    public void onSettings() {
        if (namedWindow >= 0) {
            onInitialWindow();
        }
        if (!closing) {
            writer.settingsAck();
        }
    }

    @Override
    public void onSettingsAck() {}

    @Override
    public void onPing(long payload) {
        writer.ping(payload, true);
    }

    @Override
    public void onPingAck(long payload) {
        if (payload == DRAIN_PING && leaving) {
            lastWord();
        }
    }

    /** The client opens no more streams; those under way go on. */
    @Override
    public void onGoAway() {
        leaving = true;
        lastWord();
    }

    @Override
    public void onWindow(int id, int bytes) {
        if (id == 0) {
            sendWindow += bytes;
            if (bytes == 0 || sendWindow > Integer.MAX_VALUE) {
                Http2Error why = bytes == 0 ? Http2Error.PROTOCOL_ERROR : Http2Error.FLOW_CONTROL_ERROR;
                fail(why, "the connection's window is not changed so");
            } else {
                goRound();
            }
            return;
        }
        if (id > lastStream) {
            fail(Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE came for a stream that was not opened");
            return;
        }
        Http2Stream stream = streams.get(id);
        if (stream == null) {
            return; // it was sent before the end of the stream was seen
        }
        if (bytes == 0) {
            lose(stream, Http2Error.PROTOCOL_ERROR);
        } else if (!stream.out().widen(bytes)) {
            lose(stream, Http2Error.FLOW_CONTROL_ERROR);
        } else {
            stream.out().goOn();
        }
    }

    // ---- writing

    /** Lets those in line write, a frame each, one after the other. */
    private void goRound() {
        for (Http2Outbound next = line.peekFirst(); next != null && room() > 0; next = line.peekFirst()) {
            line.pollFirst();
            if (next.turn()) {
                line.addLast(next);
            }
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        onTaken();
    }

    @Override
    public void onTaken() {
        if (closing || !channel.isWritable()) {
            return;
        }
        goRound();
        if (takesMore()) {
            for (Http2Stream stream : new ArrayList<>(streams.values())) {
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
        if (!frames.begun() || blockTimed) {
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
    private void fail(Http2Error why, String detail) {
        if (closing) {
            return;
        }
        LOG.atDebug()
                .addKeyValue("error", why)
                .addKeyValue("detail", detail)
                .log("A connection of HTTP/2 is ended for what the client sent");
        wiring.meters().http2().failed(why);
        frames.stop();
        writer.goAway(Math.min(lastStream, lastAccepted), why, detail);
        closeBehindFrames(ERROR_TAKEN);
    }

    /** Says that no more streams are wanted; those that are on their way already are taken. */
    private void leave() {
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
    private void lastWord() {
        if (closing || lastAccepted != Integer.MAX_VALUE) {
            return;
        }
        lastAccepted = lastStream;
        writer.goAway(lastStream, Http2Error.NO_ERROR, "");
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
        frames.stop();
        for (Http2Stream stream : new ArrayList<>(streams.values())) {
            stream.onClientGone();
            stream.close();
            wiring.meters().http2().streamClosed();
        }
        streams.clear();
        free.forEach(Http2Stream::close);
        free.clear();
        line.clear();
        touched.clear();
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
