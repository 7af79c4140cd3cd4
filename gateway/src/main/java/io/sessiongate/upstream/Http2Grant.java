package io.sessiongate.upstream;

import io.sessiongate.http.Http2FrameWriter;

/**
 * The windows that a server is given, for a stream after the other and for the connection: {@value #WINDOW} octets each, which
 * are given back where more is wanted and half of them was taken. Confined to the connection's event loop.
 */
final class Http2Grant {

    static final int WINDOW = 1 << 20;

    private static final int STANDARD_WINDOW = 65_535;

    private final Http2FrameWriter out;
    private int stream;
    private int ofStream;
    private int ofConnection;

    Http2Grant(Http2FrameWriter out) {
        this.out = out;
    }

    /** Behind the settings, which have given it to streams. */
    void open() {
        out.window(0, WINDOW - STANDARD_WINDOW);
    }

    /** A stream begins. */
    void begin(int number) {
        stream = number;
        ofStream = 0;
    }

    /** So much was sent on the stream; false where it was more than the server had. */
    boolean take(int bytes) {
        ofStream += bytes;
        ofConnection += bytes;
        return ofStream <= WINDOW && ofConnection <= WINDOW;
    }

    /** What was sent may be again. */
    void give() {
        rest();
        if (ofStream >= WINDOW / 2) {
            out.window(stream, ofStream);
            ofStream = 0;
        }
    }

    /** The same where the stream is over: of such a one nothing may be said any more (RFC 9113 section 5.1). */
    void rest() {
        if (ofConnection >= WINDOW / 2) {
            out.window(0, ofConnection);
            ofConnection = 0;
        }
    }
}
