package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.Http2Error;
import io.sessiongate.http.Http2FrameReader;
import io.sessiongate.http.Http2RequestReader;
import io.sessiongate.http.Http2RequestReader.Block;
import io.sessiongate.http.WireRequest;
import io.sessiongate.metrics.ConnectionMeters;

/**
 * What a client's frames mean: opens streams, gives them what comes for them, and judges what goes against the state of a
 * stream or of the connection (RFC 9113 sections 5 and 6) or is too much for nothing. Owns the reading of header blocks, the
 * client's allowance, and the number of the last stream. Confined to the connection's event loop.
 */
final class Http2Frames implements Http2FrameReader.Events {

    /** Less in a frame of data earns nothing. */
    static final int WORTHY_BYTES = 512;

    private static final int ENABLE_PUSH = 2;
    private static final int INITIAL_WINDOW_SIZE = 4;
    private static final int MAX_FRAME_SIZE = 5;

    private final Http2Connection connection;
    private final Http2Streams streams;
    private final Http2Line line;
    private final Http2Credit credit;
    private final Http2RequestReader requests;
    private final Http2Allowance allowance;
    private int lastStream;
    private int carried;

    /** An initial window that the frame of settings under way has named, or -1. */
    private int namedWindow = -1;

    Http2Frames(
            Http2Connection connection, Http2Streams streams, Http2Line line, Http2Credit credit, LimitsConfig limits) {
        this.connection = connection;
        this.streams = streams;
        this.line = line;
        this.credit = credit;
        this.requests = new Http2RequestReader(
                limits.requestHeadBytes(),
                limits.requestTargetBytes(),
                limits.headerCount(),
                connection.shared().storages());
        this.allowance = new Http2Allowance(connection.now());
    }

    /** The last stream that the client has opened. */
    int lastStream() {
        return lastStream;
    }

    /** What the client may do for nothing. */
    Http2Allowance allowance() {
        return allowance;
    }

    private ConnectionMeters meters() {
        return connection.meters();
    }

    @Override
    public void onFrame(int type) {
        allowance.frame(type);
        calm();
    }

    private void calm() {
        if (!connection.closing() && allowance.spent(connection.now())) {
            meters().http2().flooded();
            connection.fail(Http2Error.ENHANCE_YOUR_CALM, "too many frames that lead to nothing");
        }
    }

    @Override
    public void onHeaders(int id, byte[] block, int from, int to, boolean ends, int dependsOn) {
        connection.onBlockEnd();
        Http2Stream known = streams.find(id);
        if (known != null) {
            onTrailers(known, block, from, to, ends);
        } else if (id <= lastStream) {
            if (!skip(block, from, to)) {
                connection.fail(Http2Error.COMPRESSION_ERROR, "a header block cannot be read");
            } else if (!streams.wasReset(id) && id <= connection.lastAccepted()) {
                connection.fail(Http2Error.STREAM_CLOSED, "HEADERS came for a stream that is closed");
            } else {
                allowance.lostStream();
            }
        } else {
            onRequest(id, block, from, to, ends, dependsOn == id);
        }
        calm();
    }

    /** Goes over a block that nobody wants. */
    private boolean skip(byte[] block, int from, int to) {
        boolean read = requests.skip(block, from, to);
        allowance.headerList(requests.bytes());
        return read;
    }

    private void onRequest(int id, byte[] block, int from, int to, boolean ends, boolean onItself) {
        lastStream = id;
        boolean late = id > connection.lastAccepted();
        boolean many = streams.full();
        if (late || many || onItself) {
            if (!skip(block, from, to)) {
                connection.fail(Http2Error.COMPRESSION_ERROR, "a header block cannot be read");
            } else if (onItself) {
                lose(id, Http2Error.PROTOCOL_ERROR);
            } else if (late) {
                // The client has been told that nobody looks at it.
                allowance.lostStream();
            } else {
                meters().http2().refused();
                lose(id, Http2Error.REFUSED_STREAM);
            }
            return;
        }
        Block read = requests.request(block, from, to, ends);
        allowance.headerList(requests.bytes());
        WireRequest head = requests.head();
        if (read == Block.UNREADABLE) {
            head.release(connection.shared().storages());
            connection.fail(Http2Error.COMPRESSION_ERROR, "a header block cannot be read");
        } else if (read == Block.MALFORMED || (ends && head.number(FieldName.CONTENT_LENGTH) > 0)) {
            head.release(connection.shared().storages());
            meters().malformed();
            lose(id, Http2Error.PROTOCOL_ERROR);
        } else {
            open(id, head, ends, read == Block.TOO_LARGE);
        }
    }

    private void open(int id, WireRequest head, boolean ends, boolean tooLarge) {
        Wiring now = connection.opens();
        Http2Stream kept = streams.free();
        Http2Stream stream = kept == null ? new Http2Stream(connection, now) : kept;
        streams.add(id, stream);
        stream.begin(id, now, head, ends);
        streams.touch(stream);
        if (++carried >= now.limits().requestsPerConnection() && !connection.leaving()) {
            meters().spent();
            connection.leave();
        }
        if (tooLarge) {
            allowance.lostStream();
            stream.refuse(head, requests.fault(), connection.now());
        } else {
            stream.start(head, connection.now());
        }
    }

    /** A stream that came to nothing by the client's doing. */
    private void lose(int id, Http2Error why) {
        connection.resetStream(id, why);
        allowance.lostStream();
        calm();
    }

    private void lose(Http2Stream stream, Http2Error why) {
        stream.onClientGone();
        connection.reset(stream, why);
        allowance.lostStream();
        calm();
    }

    private void onTrailers(Http2Stream stream, byte[] block, int from, int to, boolean ends) {
        Block read = requests.trailers(block, from, to);
        allowance.headerList(requests.bytes());
        if (read == Block.UNREADABLE) {
            requests.dropTrailers();
            connection.fail(Http2Error.COMPRESSION_ERROR, "a header block cannot be read");
        } else if (stream.allHere()) {
            requests.dropTrailers();
            lose(stream, Http2Error.STREAM_CLOSED);
        } else if (!ends || requests.trailersFlawed() || !stream.fits(0, true)) {
            requests.dropTrailers();
            meters().malformed();
            lose(stream, Http2Error.PROTOCOL_ERROR);
        } else {
            streams.touch(stream);
            stream.onEnd(requests.takeTrailers());
        }
    }

    @Override
    public boolean onData(int id, int bytes, int overhead) {
        int total = bytes + overhead;
        if (!credit.takes(total)) {
            connection.fail(Http2Error.FLOW_CONTROL_ERROR, "more data than the connection may carry");
            return false;
        }
        if (bytes == 0) {
            allowance.emptyData();
        } else if (bytes >= WORTHY_BYTES) {
            allowance.data();
        }
        Http2Stream stream = streams.find(id);
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
            connection.consumed(total);
            lose(stream, wrong);
            return false;
        }
        stream.passed(overhead);
        streams.touch(stream);
        return true;
    }

    private void onDataOfNone(int id, int bytes) {
        if (id > lastStream) {
            connection.fail(Http2Error.PROTOCOL_ERROR, "DATA came for a stream that was not opened");
            return;
        }
        connection.consumed(bytes);
        if (!streams.wasReset(id) && id <= connection.lastAccepted()) {
            lose(id, Http2Error.STREAM_CLOSED);
        }
    }

    @Override
    public void onDataPiece(int id, ByteBuf piece) {
        Http2Stream stream = streams.find(id);
        if (stream == null) {
            connection.consumed(piece.readableBytes());
            piece.release();
        } else {
            streams.touch(stream);
            stream.onPiece(piece);
        }
    }

    @Override
    public void onDataEnd(int id) {
        Http2Stream stream = streams.find(id);
        if (stream == null) {
            return;
        }
        if (stream.fits(0, true)) {
            streams.touch(stream);
            stream.onEnd(null);
        } else {
            meters().malformed();
            lose(stream, Http2Error.PROTOCOL_ERROR);
        }
    }

    @Override
    public void onPriority(int id, int dependsOn) {
        if (dependsOn != id) {
            return;
        }
        Http2Stream stream = streams.find(id);
        if (stream != null) {
            lose(stream, Http2Error.PROTOCOL_ERROR);
        } else if (id > lastStream) {
            // One that was not opened cannot be reset (section 6.4).
            connection.fail(Http2Error.PROTOCOL_ERROR, "a stream depends on itself");
        }
    }

    @Override
    public void onReset(int id, int code) {
        if (id > lastStream) {
            connection.fail(Http2Error.PROTOCOL_ERROR, "RST_STREAM came for a stream that was not opened");
            return;
        }
        Http2Stream stream = streams.find(id);
        if (stream != null) {
            stream.onClientGone();
            connection.over(stream);
        }
        allowance.lostStream();
        calm();
    }

    @Override
    public void onSetting(int id, long value) {
        switch (id) {
            case ENABLE_PUSH -> {
                if (value > 1) {
                    connection.fail(Http2Error.PROTOCOL_ERROR, "ENABLE_PUSH is neither 0 nor 1");
                }
            }
            case INITIAL_WINDOW_SIZE -> {
                if (value > Integer.MAX_VALUE) {
                    connection.fail(Http2Error.FLOW_CONTROL_ERROR, "INITIAL_WINDOW_SIZE is too large");
                }
                namedWindow = (int) value;
            }
            case MAX_FRAME_SIZE -> {
                if (value < Http2FrameReader.MOST_PAYLOAD || value > 0xffffff) {
                    connection.fail(Http2Error.PROTOCOL_ERROR, "MAX_FRAME_SIZE is not between 16,384 and 16,777,215");
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
        int more = line.become(namedWindow);
        namedWindow = -1;
        for (Http2Stream stream : streams.all()) {
            if (!stream.out().widen(more)) {
                connection.fail(Http2Error.FLOW_CONTROL_ERROR, "a window has become too large");
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
        if (!connection.closing()) {
            connection.writer().settingsAck();
        }
    }

    @Override
    public void onSettingsAck() {}

    @Override
    public void onPing(long payload) {
        connection.writer().ping(payload, true);
    }

    @Override
    public void onPingAck(long payload) {
        if (payload == Http2Connection.DRAIN_PING && connection.leaving()) {
            connection.lastWord();
        }
    }

    /** The client opens no more streams; those under way go on. */
    @Override
    public void onGoAway(int lastStream) {
        connection.onClientLeaves();
    }

    @Override
    public void onWindow(int id, int bytes) {
        if (id == 0) {
            if (bytes == 0 || !line.widen(bytes)) {
                Http2Error why = bytes == 0 ? Http2Error.PROTOCOL_ERROR : Http2Error.FLOW_CONTROL_ERROR;
                connection.fail(why, "the connection's window is not changed so");
            } else {
                line.goRound();
            }
            return;
        }
        if (id > lastStream) {
            connection.fail(Http2Error.PROTOCOL_ERROR, "WINDOW_UPDATE came for a stream that was not opened");
            return;
        }
        Http2Stream stream = streams.find(id);
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
}
