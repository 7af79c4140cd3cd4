package io.sessiongate.upstream;

import io.netty.channel.Channel;
import java.util.concurrent.TimeUnit;

/**
 * What a server of HTTP/2 may do that brings nothing forward: {@value #MOST_FRAMES} frames in ten seconds and since something
 * moved, and as many that have to be answered as it reads answers, but for {@value #MOST_UNREAD} octets. Confined to the
 * connection's event loop.
 */
final class Http2Calm {

    private static final int MOST_FRAMES = 1000;
    private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** Far more than waits of a request's body at once. */
    private static final int MOST_UNREAD = 1 << 20;

    private final Channel channel;
    private int frames;
    private long sinceNanos;

    Http2Calm(Channel channel) {
        this.channel = channel;
    }

    /** Another request begins. */
    void begin() {
        frames = 0;
    }

    /** A frame came that brings nothing forward; false where that are too many. */
    boolean allows(long nowNanos) {
        if (nowNanos - sinceNanos > ROUND_NANOS) {
            sinceNanos = nowNanos;
            frames = 0;
        }
        return ++frames <= MOST_FRAMES;
    }

    /** Something moved, for which so many frames are in order. */
    void moved(int more) {
        frames = Math.max(0, frames - more);
    }

    /** A frame was answered; false where the server does not read what it has asked for. */
    boolean allowsAnswer() {
        return channel.bytesBeforeWritable() <= MOST_UNREAD;
    }
}
