package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The head of a response, read by {@link ResponseReader} or made here; changes go to the message that is written to the
 * client. Confined to the connection's event loop.
 */
public final class WireResponse extends WireFields implements ResponseHead {

    private static final byte[] VERSION = "HTTP/1.1 ".getBytes(StandardCharsets.US_ASCII);

    private int status;
    private boolean http10;
    private int reasonStart;
    private int reasonEnd;

    /** Without memory, until a reader lends it some. */
    WireResponse(@Nullable HeadStorage storage) {
        super(storage);
    }

    /** A response of the gateway's own. */
    public static WireResponse of(int status, String reason, HeadStorages storages) {
        WireResponse response = new WireResponse(storages.take());
        HeadStorage s = response.storage();
        s.ensure(reason.length());
        for (int i = 0; i < reason.length(); i++) {
            s.bytes[s.length + i] = (byte) reason.charAt(i);
        }
        response.begin(status, false, s.length, s.length + reason.length());
        s.length += reason.length();
        return response;
    }

    void begin(int code, boolean old, int start, int end) {
        status = code;
        http10 = old;
        reasonStart = start;
        reasonEnd = end;
    }

    @Override
    public int status() {
        return status;
    }

    /** Gives it another status. */
    public void become(int other) {
        status = other;
    }

    /** Whether the server speaks HTTP/1.0. */
    public boolean http10() {
        return http10;
    }

    /** Octets that {@link #writeTo} writes at most. */
    public int encodedBytes() {
        return HeadEncoder.mostBytes(storage()) + VERSION.length + 6;
    }

    /** Writes the whole head, always as HTTP/1.1 (RFC 9110 section 2.5: the version is that of the sender). */
    public void writeTo(ByteBuf out) {
        HeadStorage s = storage();
        s.ensure(encodedBytes());
        byte[] to = s.bytes;
        int at = HeadEncoder.put(to, s.length, VERSION);
        to[at++] = (byte) ('0' + status / 100);
        to[at++] = (byte) ('0' + status / 10 % 10);
        to[at++] = (byte) ('0' + status % 10);
        to[at++] = ' ';
        System.arraycopy(to, reasonStart, to, at, reasonEnd - reasonStart);
        at += reasonEnd - reasonStart;
        to[at++] = '\r';
        to[at++] = '\n';
        HeadEncoder.flush(out, s, HeadEncoder.fields(s, at));
    }
}
