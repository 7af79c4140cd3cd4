package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.sessiongate.http.BodyReader;
import io.sessiongate.http.Fault;
import io.sessiongate.http.HeadProgress;
import io.sessiongate.http.HeadStorages;
import io.sessiongate.http.ResponseReader;
import io.sessiongate.http.WireRequest;
import io.sessiongate.http.WireResponse;
import io.sessiongate.http.WireTrailers;
import io.sessiongate.http.WireWriter;
import org.jspecify.annotations.Nullable;

/** HTTP/1.1 to a server. Confined to the connection's event loop. */
final class Http1Wire implements UpstreamWire {

    private final UpstreamConnection connection;
    private final Channel channel;
    private final ResponseReader reader;
    private final BodyReader body;
    private final WireWriter out;

    private boolean headRequest;
    private boolean upgradeAsked;
    private boolean headRead;

    /** What came behind a 101. */
    private @Nullable ByteBuf early;

    Http1Wire(UpstreamConnection connection, Channel channel, int headBytes, HeadStorages storages) {
        this.connection = connection;
        this.channel = channel;
        this.reader = new ResponseReader(headBytes, UpstreamConnection.MOST_FIELDS, storages);
        this.body = new BodyReader(headBytes, UpstreamConnection.MOST_FIELDS, storages);
        ChannelFutureListener onWrite = future -> {
            if (!future.isSuccess()) {
                connection.onWriteFailed(future.cause());
            }
        };
        this.out = new WireWriter(channel, onWrite);
    }

    @Override
    public void begin(WireRequest head, boolean chunked, boolean upgrade) {
        headRequest = head.method().equals("HEAD");
        upgradeAsked = upgrade;
        headRead = false;
        out.head(head, chunked);
    }

    @Override
    public void body(ByteBuf piece) {
        out.body(piece);
    }

    @Override
    public void end(@Nullable WireTrailers trailers) {
        out.end(trailers);
    }

    @Override
    public void flush() {
        out.flush();
    }

    @Override
    public int held() {
        return 0;
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void read(ByteBuf in) {
        connection.seen();
        UpstreamEvents receiver = connection.receiver();
        while (receiver != null && connection.awaits(receiver) && in.isReadable()) {
            if (headRead) {
                readBody(in, receiver);
            } else {
                readHead(in, receiver);
            }
        }
    }

    /** What this connection says from now on cannot be matched to a request. */
    @Override
    public void readUnasked(ByteBuf in) {
        connection.close();
    }

    @Override
    public void readComplete() {
        // Nothing is written for what was read.
    }

    @Override
    public void more() {
        // Nothing has to be said: what is not read is not sent.
    }

    @Override
    public boolean listens() {
        return false;
    }

    @Override
    public void rest() {
        // All was flushed.
    }

    private void readHead(ByteBuf in, UpstreamEvents receiver) {
        HeadProgress progress = reader.read(in);
        if (progress == HeadProgress.MORE) {
            return;
        }
        try {
            String flaw = progress == HeadProgress.REFUSED ? reader.fault().detail() : flaw(reader.head());
            if (flaw == null) {
                onHead(reader.head(), in, receiver);
            } else {
                connection.refuse(flaw);
            }
        } finally {
            reader.release();
        }
    }

    private @Nullable String flaw(WireResponse head) {
        return head.status() == 101 && !upgradeAsked
                ? "the answer switches protocols unasked"
                : ResponseFraming.flaw(head);
    }

    private void onHead(WireResponse head, ByteBuf in, UpstreamEvents receiver) {
        int status = head.status();
        if (status == 101) {
            headRead = true;
            connection.last();
            early = in.isReadable() ? in.readRetainedSlice(in.readableBytes()) : null;
            receiver.onHead(head);
        } else if (status < 200) {
            receiver.onInterim(head);
        } else {
            headRead = true;
            connection.judge(status);
            long length = ResponseFraming.length(head, headRequest);
            if (!ResponseFraming.keepsConnection(head, length)) {
                connection.last();
            }
            body.begin(length);
            receiver.onHead(head);
            if (body.done()) {
                ended(in, receiver);
            }
        }
    }

    private void readBody(ByteBuf in, UpstreamEvents receiver) {
        ByteBuf piece = body.next(in);
        Fault fault = body.fault();
        if (fault != null) {
            connection.refuse(fault.detail());
            return;
        }
        if (piece != null) {
            receiver.onBody(piece);
        }
        if (body.done()) {
            ended(in, receiver);
        }
    }

    private void ended(ByteBuf in, UpstreamEvents receiver) {
        if (!connection.awaits(receiver)) {
            return;
        }
        if (in.isReadable()) {
            connection.last(); // bytes that belong to no answer
        }
        // Behind this the connection may already carry another request.
        try {
            connection.ended(receiver, body.trailers());
        } finally {
            body.release();
        }
    }

    @Override
    public boolean settled() {
        return true;
    }

    @Override
    public boolean endOfInput() {
        return headRead && body.endOfInput();
    }

    @Override
    public @Nullable ByteBuf takeEarly() {
        ByteBuf read = early;
        early = null;
        return read;
    }

    @Override
    public void stop() {
        // Who is shown something is asked for every piece.
    }

    @Override
    public void close() {
        ByteBuf unread = takeEarly();
        if (unread != null) {
            unread.release();
        }
        reader.release();
        body.release();
        out.close();
    }
}
