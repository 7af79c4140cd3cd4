package io.sessiongate.listener;

import io.sessiongate.http.Http2Frame;

/**
 * What a client may have done for nothing on a connection of HTTP/2. Frames that make work and bring no request forward,
 * and streams that come to nothing (those it resets, and those that it has us reset), cost; time and requests that are answered
 * earn. Whose allowance is spent floods, in whatever way: rapid reset, made-you-reset, bombs of HPACK, and floods of SETTINGS,
 * PING, PRIORITY, empty frames. A pure function of what is told it and the time; confined to the connection's event loop.
 *
 * <p>Frames and streams have a book each. Data earns as well, but for frames alone: a stream costs an application its work, and a
 * client can have as many frames of data as it likes for a few octets, by windows of one.
 *
 * <p>The numbers: a browser that leaves a page resets some hundred streams at once; of steady resets ten a second may come.
 * A client that takes a large answer sends up to two WINDOW_UPDATE for each frame of it, and those that measure the line a
 * PING as well.
 */
final class Http2Allowance {

    private static final long MOST = 4_000;
    private static final long EARNED_A_SECOND = 200;
    private static final long NANOS_EACH = 1_000_000_000L / EARNED_A_SECOND;

    private static final int STREAM = 20;
    private static final int SETTINGS = 40;
    private static final int PING = 10;
    private static final int OTHER = 2;

    private static final int FOR_DATA = 8;

    /** What costs 1 of a header list. Less than that is free, so nearly every browser's. */
    private static final int LIST_BYTES = 16 * 1024;

    private long frames = MOST;
    private long streams = MOST;
    private long sinceNanos;

    Http2Allowance(long nowNanos) {
        this.sinceNanos = nowNanos;
    }

    /** A frame came, of whatever type. */
    void frame(int type) {
        frames -= switch (type) {
            case Http2Frame.DATA, Http2Frame.HEADERS, Http2Frame.RST_STREAM -> 0;
            case Http2Frame.SETTINGS -> SETTINGS;
            case Http2Frame.PING -> PING;
            default -> OTHER;
        };
    }

    /** DATA came with nothing in it. */
    void emptyData() {
        frames -= PING;
    }

    /** A header block stood for so many octets of fields, whoever wanted them (a bomb of HPACK: far more than came). */
    void headerList(long bytes) {
        streams -= bytes / LIST_BYTES;
    }

    /** A stream came to nothing by the client's doing. */
    void lostStream() {
        streams -= STREAM;
    }

    /** A request was answered to its end. */
    void answered() {
        earn(STREAM);
    }

    /** A frame with data came or went. */
    void data() {
        frames = Math.min(MOST, frames + FOR_DATA);
    }

    private void earn(long much) {
        frames = Math.min(MOST, frames + much);
        streams = Math.min(MOST, streams + much);
    }

    /** Whether one of the books is spent. */
    boolean spent(long nowNanos) {
        long earned = (nowNanos - sinceNanos) / NANOS_EACH;
        if (earned > 0) {
            sinceNanos += earned * NANOS_EACH;
            earn(earned);
        }
        return frames < 0 || streams < 0;
    }
}
