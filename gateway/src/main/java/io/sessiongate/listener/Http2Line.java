package io.sessiongate.listener;

import io.netty.channel.Channel;
import io.sessiongate.http.Http2FrameReader;
import java.util.ArrayDeque;

/**
 * What may be sent on a connection of HTTP/2, and who waits for it: the connection's window, and the line of the answers
 * that would write more than that, or the socket, takes. They write a frame each, one after the other. As many stand in it
 * as there are streams. Confined to the connection's event loop.
 */
final class Http2Line {

    private static final int DEFAULT_WINDOW = 65_535;

    private final Channel channel;
    private final ArrayDeque<Http2Outbound> line = new ArrayDeque<>();
    private long window = DEFAULT_WINDOW;
    private int initialWindow = DEFAULT_WINDOW;
    private long heldBytes;

    Http2Line(Channel channel) {
        this.channel = channel;
    }

    /** What a stream may send from its beginning. */
    int initialWindow() {
        return initialWindow;
    }

    /** Changes that; returns by how much more open streams may send. */
    int become(int nextInitialWindow) {
        int more = nextInitialWindow - initialWindow;
        initialWindow = nextInitialWindow;
        return more;
    }

    /** Largest payload of a frame: a larger one would let one answer stand in the way of the others. */
    int maxPayload() {
        return Http2FrameReader.MOST_PAYLOAD;
    }

    /** Octets of data that the connection takes now. */
    long room() {
        return channel.isWritable() ? window : 0;
    }

    /** The client takes more; false where that is more than there can be. */
    boolean widen(int bytes) {
        window += bytes;
        return window <= Integer.MAX_VALUE;
    }

    /** So much of an answer waits now, or no more. */
    void held(long bytes) {
        heldBytes += bytes;
    }

    /** What waits of all answers. */
    long heldBytes() {
        return heldBytes;
    }

    /** So much of what waited was written. */
    void sent(int bytes) {
        window -= bytes;
        heldBytes -= bytes;
    }

    void stand(Http2Outbound out) {
        if (!out.inLine) {
            out.inLine = true;
            line.addLast(out);
        }
    }

    void leave(Http2Outbound out) {
        if (out.inLine) {
            out.inLine = false;
            line.remove(out);
        }
    }

    /** Lets those in line write, a frame each, one after the other. */
    void goRound() {
        for (Http2Outbound next = line.peekFirst(); next != null && room() > 0; next = line.peekFirst()) {
            line.pollFirst();
            if (next.turn()) {
                line.addLast(next);
            }
        }
    }

    void clear() {
        line.clear();
    }
}
