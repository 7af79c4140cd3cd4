package io.sessiongate.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * What one connection has in the books of its loop: bytes that its peer has not taken yet, and bytes of its peer that are not
 * understood yet. Told after every {@linkplain #settle flush}; where something is left, an empty write behind it tells when
 * that is gone, so that nothing is asked of a connection whose peer keeps up. Confined to the connection's loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a failed write closes its channel, and that is told by events
public final class Backlog {

    /** Less is not worth a note: the event behind it, a few fields. What Netty counts for an entry itself is less. */
    private static final long LEAST_BYTES = 1024;

    /**
     * Where a flush only orders what is written, less may just be on its way, and is looked at again a moment later. Of
     * uploads, of which there are few at once, it is not noted at all.
     */
    private static final long MOST_ON_ITS_WAY_BYTES = 32 * 1024;

    /** What happens to a connection for which something waits. Called on its loop. */
    public interface Events {

        /** Everything was taken; {@link Backlog#takesMore} says so as well. */
        void onTaken();

        /** Something has waited for too long while too much waits for all: the connection has to be cut. */
        void onLeftLying();
    }

    private final Channel channel;
    private final LoopBytes books;
    private final Events events;
    private final ChannelFutureListener onWritten = this::onWritten;
    private long waiting;
    private long ahead;
    private long held;
    private boolean marked;
    private boolean closed;
    private boolean unsettled;

    /** Somebody was told that there is no memory for more. */
    private boolean refused;

    private long sinceNanos;

    public Backlog(Channel channel, LoopBytes books, Events events) {
        this.channel = channel;
        this.books = books;
        this.events = events;
    }

    /** Whether anything worth a note is left of what was written to a channel and flushed. */
    public static boolean waits(Channel channel, LoopBytes books) {
        return left(channel) > (books.writesLater() ? MOST_ON_ITS_WAY_BYTES : LEAST_BYTES);
    }

    private static long left(Channel channel) {
        ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
        return out == null ? 0 : out.totalPendingWriteBytes();
    }

    /** Everything written has been flushed. */
    public void settle() {
        long left = left(channel) + held;
        if (waiting == 0 && left > LEAST_BYTES && left <= MOST_ON_ITS_WAY_BYTES && books.writesLater()) {
            if (!unsettled) {
                unsettled = true;
                books.lookSoon(this);
            }
        } else if (left > LEAST_BYTES || waiting > 0) {
            note(left);
        }
    }

    /** What was on its way should have left by now. */
    void look() {
        unsettled = false;
        long left = left(channel) + held;
        if (left > LEAST_BYTES) {
            note(left);
        }
    }

    private void note(long left) {
        if (closed || left <= LEAST_BYTES) {
            clear();
            return;
        }
        boolean first = waiting == 0;
        books.add(left - waiting);
        waiting = left;
        if (first) {
            books.begun(this);
        }
        // What is held back leaves by another way, which tells by itself.
        if (!marked && left - held > LEAST_BYTES) {
            marked = true;
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(onWritten);
        }
    }

    private void onWritten(ChannelFuture written) {
        marked = false;
        settle();
        if (waiting == 0 && !closed && written.isSuccess()) {
            events.onTaken();
        }
    }

    private void clear() {
        if (waiting > 0) {
            books.add(-waiting);
            waiting = 0;
            books.over(this);
        }
    }

    /** Bytes for the peer that were not even written to the channel, as the peer does not take them yet. */
    public void held(long bytes) {
        if (bytes != held) {
            held = bytes;
            settle();
        }
    }

    /** Bytes of the peer's that were read and are not understood yet. */
    public void ahead(long bytes) {
        if (bytes != ahead && !closed) {
            books.add(bytes - ahead);
            ahead = bytes;
        }
    }

    /** Whether more may be written: there is memory for it, or nothing waits. Where not, {@link Events#onTaken} will tell. */
    public boolean takesMore() {
        refused = waiting > 0 && books.tight();
        return !refused;
    }

    /** There is memory again, though what waits here may go on waiting: of several answers one may be held back. */
    void lookAgain() {
        if (refused && takesMore()) {
            events.onTaken();
        }
    }

    /** The connection is over; nothing is counted any more. */
    public void close() {
        closed = true;
        clear();
        books.add(-ahead);
        ahead = 0;
    }

    long sinceNanos() {
        return sinceNanos;
    }

    void sinceNanos(long nanos) {
        sinceNanos = nanos;
    }

    void cut() {
        events.onLeftLying();
    }
}
