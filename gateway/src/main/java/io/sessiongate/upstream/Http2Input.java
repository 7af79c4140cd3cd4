package io.sessiongate.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.sessiongate.http.Http2FrameReader;
import org.jspecify.annotations.Nullable;

/**
 * What a server sends over HTTP/2, taken apart into frames. Holds the begin of a frame whose rest has not come, which is
 * shorter than the largest frame, unless it is stopped. Confined to the connection's event loop.
 */
final class Http2Input {

    private final Channel channel;
    private final Http2FrameReader reader;
    private @Nullable ByteBuf rest;
    private boolean stopped;

    /**
     * An input of which nothing was read.
     *
     * @param maxBlock longest header block, in octets
     */
    Http2Input(Channel channel, int maxBlock) {
        this.channel = channel;
        this.reader = Http2FrameReader.ofServer(maxBlock);
    }

    /** Shows the frames in what was read; says what is wrong with it, or null. */
    @Nullable String read(ByteBuf in, Http2FrameReader.Events events) {
        ByteBuf before = rest;
        rest = null;
        if (before == null) {
            reader.read(in, events);
            keep(in);
        } else {
            readBehind(before, in, events);
        }
        if (reader.error() == null) {
            return null;
        }
        return reader.begun() ? reader.detail() : "the server does not speak HTTP/2";
    }

    private void readBehind(ByteBuf before, ByteBuf in, Http2FrameReader.Events events) {
        ByteBuf all = channel.alloc().buffer(before.readableBytes() + in.readableBytes());
        try {
            all.writeBytes(before).writeBytes(in);
            reader.read(all, events);
            keep(all);
        } finally {
            before.release();
            all.release();
        }
    }

    private void keep(ByteBuf in) {
        if (in.isReadable() && !stopped) {
            rest = channel.alloc().buffer(in.readableBytes()).writeBytes(in);
        }
    }

    /** Shows nothing more, and keeps nothing. */
    void stop() {
        stopped = true;
        reader.stop();
    }

    /** Gives back what is held. */
    void close() {
        stop();
        ByteBuf unread = rest;
        rest = null;
        if (unread != null) {
            unread.release();
        }
    }
}
