package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.Http2Error;
import io.sessiongate.http.Http2Frame;
import io.sessiongate.http.Http2FrameReader;
import io.sessiongate.http.Http2FrameWriter;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireTrailers;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/2 to a server, one stream after the other. Whatever is not as RFC 9113 has it ends the connection. Confined to the
 * connection's event loop.
 */
final class Http2Wire implements UpstreamWire, Http2FrameReader.Events {

    private static final int LAST_STREAM = Integer.MAX_VALUE - 2;

    // Settings.
    private static final int ENABLE_PUSH = 2;
    private static final int MOST_STREAMS = 3;
    private static final int INITIAL_WINDOW = 4;
    private static final int MAX_FRAME = 5;
    private static final int MAX_HEADER_LIST = 6;

    private final UpstreamConnection connection;
    private final Channel channel;
    private final boolean secure;
    private final Http2Input input;
    private final Http2FrameWriter out;
    private final Http2Answer answer;
    private final Http2Sending sending;
    private final Http2Grant grant;
    private final Http2Calm calm;

    /** The one under way, or the last one. */
    private int stream = -1;

    Http2Wire(UpstreamConnection connection, Channel channel, boolean secure, int headBytes, HeadStorages storages) {
        this.connection = connection;
        this.channel = channel;
        this.secure = secure;
        this.input = new Http2Input(channel, 2 * headBytes);
        this.out = new Http2FrameWriter(channel);
        this.answer = new Http2Answer(connection, headBytes, storages);
        this.sending = new Http2Sending(out);
        this.grant = new Http2Grant(out);
        this.calm = new Http2Calm(channel);
        out.preface();
        out.settings(ENABLE_PUSH, 0, INITIAL_WINDOW, Http2Grant.WINDOW, MAX_HEADER_LIST, headBytes);
        grant.open();
    }

    // ---- the request

    @Override
    public void begin(WireRequest head, boolean chunked, boolean upgrade) {
        UpstreamEvents asking = connection.receiver();
        calm.begin();
        if (upgrade) {
            sending.begin(0, true);
            // Later: who asks is not ready to hear of it.
            channel.eventLoop().execute(() -> connection.cannot(asking, "WebSockets are not passed on over HTTP/2"));
            return;
        }
        answer.begin(head, asking);
        stream += 2;
        if (stream >= LAST_STREAM) {
            connection.last();
        }
        boolean ends = !chunked && head.number(FieldName.CONTENT_LENGTH) <= 0;
        sending.begin(stream, ends);
        grant.begin(stream);
        out.headers(stream, head, secure, ends, Http2FrameReader.MOST_PAYLOAD);
    }

    @Override
    public void body(ByteBuf piece) {
        sending.body(piece);
        forward();
        if (listens()) {
            channel.read();
        }
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
        calm.moved(2 * sending.takeFrames());
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
        flushWritten();
        if (connection.receiver() == null && connection.usable()) {
            channel.read(); // so that a GOAWAY and the end are noticed
        }
    }

    @Override
    public void more() {
        grant.give();
        flushWritten();
    }

    /** For the windows without which the request does not go on; what comes of the answer meanwhile is what the server has of its own. */
    @Override
    public boolean listens() {
        return !sending.empty();
    }

    @Override
    public void rest() {
        grant.rest();
        flushWritten();
    }

    private void flushWritten() {
        if (out.unflushed() && connection.usable()) {
            out.flush();
        }
    }

    private void fail(String flaw) {
        if (connection.usable()) {
            connection.refuse(flaw);
        }
    }

    private boolean isCurrent(int of) {
        return of == stream && answer.awaited();
    }

    @Override
    public void onFrame(int type) {
        if (type != Http2Frame.DATA) {
            count();
        }
    }

    private void count() {
        require(calm.allows(connection.nowNanos()), "the server sends too many frames that bring nothing forward");
    }

    /** What was answered is only bounded by what the server reads. */
    private void answered() {
        require(calm.allowsAnswer(), "the server does not read what it asks for");
    }

    // ---- the answer

    @Override
    public void onHeaders(int of, byte[] block, int from, int to, boolean ends, int dependsOn) {
        String flaw = of == stream ? answer.block(block, from, to, ends) : "an answer came that nobody waits for";
        if (flaw != null) {
            fail(flaw);
        }
    }

    @Override
    public boolean onData(int of, int bytes, int overhead) {
        String flaw = of == stream ? answer.data(bytes) : "data came that belongs to no answer";
        if (flaw == null && !grant.take(bytes + overhead)) {
            flaw = "the server sends more than it was allowed to";
        }
        if (flaw != null) {
            fail(flaw);
            return false;
        }
        if (bytes == 0) {
            count();
        } else {
            calm.moved(1);
        }
        return true;
    }

    @Override
    public void onDataPiece(int of, ByteBuf piece) {
        answer.piece(piece);
    }

    @Override
    public void onDataEnd(int of) {
        String flaw = answer.end();
        if (flaw != null) {
            fail(flaw);
        }
    }

    @Override
    public void onReset(int of, int code) {
        if (of > stream) {
            fail("a stream was reset that was not opened");
        } else if (isCurrent(of)) {
            if (code == Http2Error.REFUSED_STREAM.code() && !answer.begun()) {
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
        answered();
        moreMayGo();
    }

    @Override
    public void onSettingsAck() {
        // Ours are not waited for: what they allow more than the standard, a server uses when it knows them.
    }

    @Override
    public void onPing(long payload) {
        out.ping(payload, true);
        answered();
    }

    @Override
    public void onPingAck(long payload) {
        // None was sent.
    }

    @Override
    public void onGoAway(int lastStream) {
        leave();
        if (isCurrent(stream) && stream > lastStream) {
            if (answer.begun()) {
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
        UpstreamEvents asking = connection.receiver();
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
        answer.stop();
        input.stop();
    }

    @Override
    public void close() {
        input.close();
        answer.close();
        sending.close();
        out.close();
    }
}
