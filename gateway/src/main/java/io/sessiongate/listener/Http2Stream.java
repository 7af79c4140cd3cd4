package io.sessiongate.listener;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.sessiongate.flow.Peer;
import io.sessiongate.flow.Protocol;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.Http2Error;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireTrailers;
import io.sessiongate.upstream.UpstreamConnection;
import org.jspecify.annotations.Nullable;

/**
 * A stream of a connection of HTTP/2: a request, and what came of its body and was not taken yet, which is at most the
 * stream's window. Used for one stream after the other, as a connection of HTTP/1.1 is for its requests. Confined to the
 * connection's event loop.
 *
 * <pre>
 *   open ──END_STREAM──► all here ──answered──► closed
 *     ├──answered──► RST_STREAM (NO_ERROR) ──► closed
 *     └──reset, cut, malformed──► closed
 * </pre>
 */
final class Http2Stream implements ClientSide {

    private static final int UNKNOWN = -1;

    private final Http2Connection connection;
    private final Http2Outbound out;
    private final Deadline deadline;
    private final Http2Pieces pieces;

    private Wiring wiring;
    private Workplace workplace;
    private int id;
    private @Nullable Exchange exchange;

    // ---- what the client sends

    /** What may still come before the client is told that more may. */
    private int window;

    /** Passed on since the client was told. */
    private int credit;

    /** Of a large head, which is memory as well. */
    private int headBytes;

    private long length;
    private long received;
    private boolean allHere;
    private boolean endPassed;
    private @Nullable WireTrailers trailers;
    private boolean paused;
    private boolean passing;
    private boolean passingSoon;
    private @Nullable Http2Tunnel tunnel;

    /** Is in the connection's list of those that something happened to in this turn of reading. */
    boolean touched;

    Http2Stream(Http2Connection connection, Wiring wiring) {
        this.connection = connection;
        this.wiring = wiring;
        this.pieces = new Http2Pieces(connection.alloc());
        this.out = new Http2Outbound(connection, this);
        this.deadline = new Deadline(connection.loop(), wiring.nanoTime(), this::onDeadline);
        this.workplace = new Workplace(this, wiring);
    }

    // ---- its life, by the connection

    /** Becomes the stream of that number; which is answered next. */
    @SuppressWarnings("ReferenceEquality") // another one is another one, though it says the same
    void begin(int number, Wiring current, WireRequest head, boolean ends) {
        id = number;
        if (current != wiring) {
            wiring = current;
            workplace = new Workplace(this, current);
        }
        window = Http2Connection.STREAM_WINDOW;
        credit = 0;
        length = head.contains(FieldName.CONTENT_LENGTH) ? head.number(FieldName.CONTENT_LENGTH) : UNKNOWN;
        received = 0;
        headBytes = head.heldBytes() > ClientConnection.LARGE_HEAD_BYTES ? head.heldBytes() : 0;
        connection.ahead(headBytes);
        allHere = ends;
        endPassed = false;
        paused = true;
        tunnel = null;
        out.begin(number);
    }

    void start(WireRequest head, long nowNanos) {
        Exchange begun = new Exchange(this, wiring, head, nowNanos);
        exchange = begun;
        begun.start();
    }

    void refuse(WireRequest head, Fault fault, long nowNanos) {
        Exchange begun = new Exchange(this, wiring, head, nowNanos);
        exchange = begun;
        begun.refuse(fault);
    }

    int id() {
        return id;
    }

    boolean allHere() {
        return allHere;
    }

    /** Takes so much off the window; false where the client sends more than it may. */
    boolean takes(int bytes) {
        window -= bytes;
        return window >= 0;
    }

    /** Whether that much more fits the length that was given, or all of it, where the body is over. */
    boolean fits(int bytes, boolean ends) {
        received += bytes;
        return length == UNKNOWN || (ends ? received == length : received <= length);
    }

    /** A piece of the body, which is taken over. */
    void onPiece(ByteBuf piece) {
        if (exchange == null) {
            connection.consumed(piece.readableBytes());
            piece.release();
        } else if (paused || !pieces.isEmpty() || passing) {
            connection.ahead(piece.readableBytes());
            pieces.add(piece);
        } else {
            pass(piece);
        }
    }

    /** The body is over. */
    void onEnd(@Nullable WireTrailers behind) {
        allHere = true;
        trailers = behind;
        if (!paused && pieces.isEmpty() && !passing) {
            passEnd();
        }
    }

    /** The client takes more, or may have more. */
    void onTaken() {
        Exchange running = exchange;
        if (running != null && out.welcomesAgain()) {
            running.onClientWritable();
        }
    }

    /** A turn of reading is over in which something came for it. */
    void onReadComplete() {
        Exchange running = exchange;
        if (tunnel != null) {
            tunnel.flush();
        } else if (running != null) {
            running.onReadComplete();
        }
    }

    /** The client gave it up, or is gone. */
    void onClientGone() {
        Exchange cut = exchange;
        exchange = null;
        if (cut != null) {
            cut.onClientGone();
        }
    }

    /** Nothing of it is left: gives back what it holds; another stream may begin here. */
    void end() {
        exchange = null;
        tunnel = null;
        connection.ahead(-pieces.bytes() - headBytes);
        headBytes = 0;
        for (ByteBuf piece = pieces.poll(); piece != null; piece = pieces.poll()) {
            connection.consumed(piece.readableBytes());
            piece.release();
        }
        WireTrailers unseen = trailers;
        trailers = null;
        if (unseen != null) {
            unseen.release(shared().storages());
        }
        out.end();
        deadline.clear();
    }

    /** The connection is over. */
    void close() {
        end();
        deadline.cancel();
    }

    // ---- the body's way to the exchange

    private void pass(ByteBuf piece) {
        int bytes = piece.readableBytes();
        Http2Tunnel open = tunnel;
        Exchange running = exchange;
        if (open != null) {
            open.fromClient(piece);
        } else if (running != null) {
            running.onRequestBody(piece);
        } else {
            piece.release();
        }
        passed(bytes);
    }

    /** So much of what came is out of the way, and as much may come. */
    void passed(int bytes) {
        connection.consumed(bytes);
        credit += bytes;
        if (exchange != null && !allHere && credit >= Http2Connection.STREAM_WINDOW / 2) {
            connection.writer().window(id, credit);
            connection.flushSoon();
            window += credit;
            credit = 0;
        }
    }

    private void passEnd() {
        if (endPassed) {
            return;
        }
        endPassed = true;
        Http2Tunnel open = tunnel;
        Exchange running = exchange;
        if (open != null) {
            open.clientEnded();
            return;
        }
        WireTrailers behind = trailers;
        trailers = null;
        if (running != null) {
            running.onRequestEnd(behind);
        }
        if (behind != null) {
            behind.release(shared().storages());
        }
    }

    private void passSoon() {
        if (!passingSoon && !passing && (!pieces.isEmpty() || (allHere && !endPassed))) {
            passingSoon = true;
            loop().execute(() -> {
                passingSoon = false;
                if (exchange != null) {
                    passAll();
                    onReadComplete();
                }
            });
        }
    }

    private void passAll() {
        passing = true;
        try {
            while (!paused && exchange != null) {
                ByteBuf piece = pieces.poll();
                if (piece == null) {
                    break;
                }
                connection.ahead(-piece.readableBytes());
                pass(piece);
            }
        } finally {
            passing = false;
        }
        if (!paused && pieces.isEmpty() && allHere && exchange != null) {
            passEnd();
        }
    }

    private void onDeadline() {
        Exchange running = exchange;
        if (running != null) {
            running.onDeadline();
        }
    }

    // ---- what the exchange asks of its side

    @Override
    public EventLoop loop() {
        return connection.loop();
    }

    @Override
    public Peer peer() {
        return connection.peer();
    }

    @Override
    public Protocol protocol() {
        return Protocol.HTTP_2;
    }

    @Override
    public LoopParts shared() {
        return connection.shared();
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
    public Http2Outbound out() {
        return out;
    }

    @Override
    public boolean reading() {
        return connection.reading();
    }

    /** Answers end their stream anyhow; the connection ends by itself. */
    @Override
    public boolean ends() {
        return false;
    }

    @Override
    public void expectBody(long bytes) {
        paused = true;
    }

    @Override
    public void resumeBody() {
        paused = false;
        passSoon();
    }

    @Override
    public void pauseBody() {
        paused = true;
    }

    @Override
    public boolean bodyHere(long bytesLeft, boolean lengthKnown) {
        return allHere || (lengthKnown && pieces.bytes() >= bytesLeft);
    }

    @Override
    public void answered(boolean keep, boolean bodyLeft) {
        exchange = null;
        connection.answered(this);
    }

    @Override
    public void abort(boolean withReset) {
        exchange = null;
        connection.reset(this, Http2Error.INTERNAL_ERROR);
    }

    @Override
    public void refuse() {
        exchange = null;
        connection.reset(this, Http2Error.REFUSED_STREAM);
    }

    @Override
    public Tunnel tunnel(UpstreamConnection to, Runnable onActivity) {
        Http2Tunnel opened = new Http2Tunnel(this, to, onActivity);
        tunnel = opened;
        opened.begin();
        resumeBody();
        return opened;
    }

    /** Both sides of a tunnel have ended, or one has broken. */
    void tunnelEnded(boolean orderly) {
        Exchange over = exchange;
        exchange = null;
        if (over != null) {
            over.onClientGone();
            if (orderly) {
                connection.answered(this);
            } else {
                connection.reset(this, Http2Error.CANCEL);
            }
        }
    }
}
