package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.Http2Error;
import io.sessiongate.http.Http2Frame;
import io.sessiongate.http.Http2FrameReader;
import io.sessiongate.http.Http2FrameWriter;
import io.sessiongate.http.Http2ResponseReader;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireResponse;
import io.sessiongate.http.WireTrailers;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 to a server, one stream after the other. Whatever is not as RFC 9113 has it ends the connection. Confined to the
 * connection's event loop.
 */
final class Http2Wire implements UpstreamWire, Http2FrameReader.Events {

    /** What the server may send before it is told to go on, of a stream and of the connection. Octets. */
    private static final int WINDOW = 1 << 20;

    private static final int STANDARD_WINDOW = 65_535;
    private static final int LAST_STREAM = Integer.MAX_VALUE - 2;

    // Settings.
    private static final int ENABLE_PUSH = 2;
    private static final int MOST_STREAMS = 3;
    private static final int INITIAL_WINDOW = 4;
    private static final int MAX_FRAME = 5;
    private static final int MAX_HEADER_LIST = 6;

    /** Frames that bring nothing forward, in {@link #CALM_NANOS} and since something last moved. */
    private static final int MOST_IDLE_FRAMES = 1000;

    private static final long CALM_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final UpstreamConnection connection;
    private final Channel channel;
    private final boolean secure;
    private final Http2Input input;
    private final Http2FrameWriter out;
    private final Http2ResponseReader answers;
    private final Http2Sending sending;

    private int stream = -1;
    private @Nullable UpstreamEvents receiver;
    private boolean headRequest;
    private boolean headRead;

    /** No answer is waited for. */
    private boolean over = true;

    /** What is missing of the answer's body; negative where that is not known. */
    private long left;

    private int streamTaken;
    private int connectionTaken;
    private int idleFrames;
    private long calmSinceNanos;

    Http2Wire(UpstreamConnection connection, Channel channel, boolean secure, int headBytes, HeadStorages storages) {
        this.connection = connection;
        this.channel = channel;
        this.secure = secure;
        this.input = new Http2Input(channel, 2 * headBytes);
        this.out = new Http2FrameWriter(channel);
        this.answers = new Http2ResponseReader(headBytes, UpstreamConnection.MOST_FIELDS, storages);
        this.sending = new Http2Sending(out);
        out.preface();
        out.settings(ENABLE_PUSH, 0, INITIAL_WINDOW, WINDOW, MAX_HEADER_LIST, headBytes);
        out.window(0, WINDOW - STANDARD_WINDOW);
    }

    // ---- the request

    @Override
    public void begin(WireRequest head, boolean chunked, boolean upgrade) {
        UpstreamEvents asking = connection.receiver();
        receiver = asking;
        headRequest = head.method().equals("HEAD");
        headRead = false;
        over = upgrade;
        streamTaken = 0;
        idleFrames = 0;
        if (upgrade) {
            sending.begin(0, true);
            // Later: who asks is not ready to hear of it.
            channel.eventLoop().execute(() -> connection.cannot(asking, "WebSockets are not passed on over HTTP/2"));
            return;
        }
        stream += 2;
        if (stream >= LAST_STREAM) {
            connection.last();
        }
        boolean ends = !chunked && head.number(FieldName.CONTENT_LENGTH) <= 0;
        sending.begin(stream, ends);
        out.headers(stream, head, secure, ends, Http2FrameReader.MOST_PAYLOAD);
    }

    @Override
    public void body(ByteBuf piece) {
        sending.body(piece);
        forward();
    }

    @Override
    public void end(@Nullable WireTrailers trailers) {
        sending.end(trailers);
    }

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public int held() {
        return sending.held();
    }

    @Override
    public boolean isWritable() {
        return sending.empty() && channel.isWritable();
    }

    @Override
    public boolean settled() {
        return sending.closed();
    }

    /** Each frame of data allows for two windows to be widened. */
    private void forward() {
        idleFrames = Math.max(0, idleFrames - 2 * sending.takeFrames());
    }

    // ---- reading

    @Override
    public void read(ByteBuf in) {
        String flaw = input.read(in, this);
        if (flaw != null) {
            fail(flaw);
        }
    }

    @Override
    public void readUnasked(ByteBuf in) {
        read(in);
    }

    @Override
    public void readComplete() {
        rest();
        if (connection.receiver() == null && connection.usable()) {
            channel.read(); // so that a GOAWAY and the end are noticed
        }
    }

    @Override
    public void rest() {
        if (out.gathered() > 0 && connection.usable()) {
            out.flush();
        }
    }

    private void fail(String flaw) {
        if (connection.usable()) {
            connection.refuse(flaw);
        }
    }

    private boolean isCurrent(int of) {
        UpstreamEvents asking = receiver;
        return of == stream && !over && asking != null && connection.awaits(asking);
    }

    @Override
    public void onFrame(int type) {
        if (type != Http2Frame.DATA) {
            count();
        }
    }

    private void count() {
        long now = connection.nowNanos();
        if (now - calmSinceNanos > CALM_NANOS) {
            calmSinceNanos = now;
            idleFrames = 0;
        }
        if (++idleFrames > MOST_IDLE_FRAMES) {
            fail("the server sends too many frames that bring nothing forward");
        }
    }

    // ---- the answer

    @Override
    public void onHeaders(int of, byte[] block, int from, int to, boolean ends, int dependsOn) {
        UpstreamEvents asking = receiver;
        if (!isCurrent(of) || asking == null) {
            fail("an answer came that nobody waits for");
            return;
        }
        connection.seen();
        try {
            String flaw;
            if (headRead) {
                flaw = onTrailers(answers.readTrailers(block, from, to), ends, asking);
            } else {
                flaw = answers.readHead(block, from, to);
                flaw = flaw == null ? onHead(answers.head(), ends, asking) : flaw;
            }
            if (flaw != null) {
                fail(flaw);
            }
        } finally {
            answers.release();
        }
    }

    private @Nullable String onHead(WireResponse head, boolean ends, UpstreamEvents asking) {
        int status = head.status();
        String flaw = ResponseFraming.flaw(head);
        if (flaw != null) {
            return flaw;
        }
        if (status < 200) {
            if (status == 101 || ends) {
                return "an interim answer ends the stream or switches protocols";
            }
            asking.onInterim(head);
            return null;
        }
        boolean bodiless = headRequest || status == 204 || status == 304;
        left = bodiless ? 0 : head.number(FieldName.CONTENT_LENGTH);
        if (ends && left > 0) {
            return "the answer's body is not as long as its Content-Length";
        }
        if (ends && left < 0) {
            // So that whoever passes it on knows that nothing follows: gRPC takes an empty body for a broken one.
            head.add("Content-Length", "0");
        }
        headRead = true;
        connection.judge(status);
        asking.onHead(head);
        if (ends) {
            ended(asking, null);
        }
        return null;
    }

    private @Nullable String onTrailers(@Nullable String flaw, boolean ends, UpstreamEvents asking) {
        if (flaw != null) {
            return flaw;
        }
        if (!ends) {
            return "the fields behind the answer do not end it";
        }
        if (left > 0) {
            return "the answer's body is not as long as its Content-Length";
        }
        ended(asking, answers.trailers());
        return null;
    }

    private void ended(UpstreamEvents asking, @Nullable WireTrailers trailers) {
        over = true;
        // Behind this the connection may already carry another request.
        connection.ended(asking, trailers);
    }

    @Override
    public boolean onData(int of, int bytes, int overhead) {
        if (!isCurrent(of) || !headRead) {
            fail("data came that belongs to no answer");
            return false;
        }
        if (left >= 0 && bytes > left) {
            fail("the answer's body is not as long as its Content-Length");
            return false;
        }
        if (bytes == 0) {
            count();
        } else {
            idleFrames = Math.max(0, idleFrames - 1);
        }
        left -= left < 0 ? 0 : bytes;
        return taken(bytes + overhead);
    }

    /** What was taken may be sent again. */
    private boolean taken(int bytes) {
        streamTaken += bytes;
        connectionTaken += bytes;
        if (streamTaken > WINDOW || connectionTaken > WINDOW) {
            fail("the server sends more than it was allowed to");
            return false;
        }
        if (connectionTaken >= WINDOW / 2) {
            out.window(0, connectionTaken);
            connectionTaken = 0;
        }
        if (streamTaken >= WINDOW / 2) {
            out.window(stream, streamTaken);
            streamTaken = 0;
        }
        return true;
    }

    @Override
    public void onDataPiece(int of, ByteBuf piece) {
        UpstreamEvents asking = receiver;
        if (isCurrent(of) && asking != null) {
            asking.onBody(piece);
        } else {
            piece.release();
        }
    }

    @Override
    public void onDataEnd(int of) {
        UpstreamEvents asking = receiver;
        if (!isCurrent(of) || asking == null) {
            return;
        }
        if (left > 0) {
            fail("the answer's body is not as long as its Content-Length");
        } else {
            ended(asking, null);
        }
    }

    @Override
    public void onReset(int of, int code) {
        if (of > stream) {
            fail("a stream was reset that was not opened");
        } else if (isCurrent(of)) {
            if (code == Http2Error.REFUSED_STREAM.code() && !headRead) {
                connection.unprocessed();
            } else {
                fail("the server reset the stream with error " + Integer.toUnsignedString(code));
            }
        }
    }

    // ---- the connection

    @Override
    public void onPriority(int of, int dependsOn) {
        // Streams are not ranked: there is one.
    }

    @Override
    public void onSetting(int id, long value) {
        switch (id) {
            case ENABLE_PUSH -> require(value == 0, "a server may not allow to be pushed to");
            case MOST_STREAMS -> {
                if (value == 0) {
                    leave();
                }
            }
            case INITIAL_WINDOW -> require(sending.initial(value), "a window is larger than there can be");
            case MAX_FRAME ->
                require(
                        value >= Http2FrameReader.MOST_PAYLOAD && value <= 0xffffff,
                        "a size of frames is none that there can be");
            default -> {
                // Nothing of a table is used, and what is not known is to be ignored.
            }
        }
    }

    private void require(boolean good, String flaw) {
        if (!good) {
            fail(flaw);
        }
    }

    /** No stream can be opened behind the one under way. */
    private void leave() {
        connection.last();
        if (connection.receiver() == null) {
            connection.close();
        }
    }

    @Override
    public void onSettings() {
        out.settingsAck();
        moreMayGo();
    }

    @Override
    public void onSettingsAck() {
        // Ours are not waited for: what they allow more than the standard, a server uses when it knows them.
    }

    @Override
    public void onPing(long payload) {
        out.ping(payload, true);
    }

    @Override
    public void onPingAck(long payload) {
        // None was sent.
    }

    @Override
    public void onGoAway(int lastStream) {
        leave();
        if (isCurrent(stream) && stream > lastStream) {
            if (headRead) {
                fail("the server leaves without an end of its answer");
            } else {
                connection.unprocessed();
            }
        }
    }

    @Override
    public void onWindow(int of, int bytes) {
        if (bytes == 0 || of > Math.max(stream, 0) || !sending.widen(of, bytes)) {
            fail("a window is widened by nothing, to more than there can be, or of no stream");
            return;
        }
        moreMayGo();
    }

    private void moreMayGo() {
        forward();
        UpstreamEvents asking = receiver;
        if (asking != null && connection.awaits(asking) && !sending.closed() && isWritable()) {
            asking.onWritable();
        }
    }

    @Override
    public boolean endOfInput() {
        return false;
    }

    @Override
    public @Nullable ByteBuf takeEarly() {
        return null;
    }

    @Override
    public void stop() {
        over = true;
        input.stop();
    }

    @Override
    public void close() {
        input.close();
        receiver = null;
        answers.release();
        sending.close();
        out.close();
    }
}
