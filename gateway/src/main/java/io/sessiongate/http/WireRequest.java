package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The head of a request as {@link RequestReader} found it; changes go to the message that is written upstream. Confined to
 * the connection's event loop.
 */
public final class WireRequest extends WireFields implements RequestHead {

    private static final byte[] VERSION = " HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final String[] METHODS = {"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"};

    private String method = "";
    private boolean http10;
    private int targetStart;
    private int targetEnd;
    private @Nullable String target;

    /** An empty head that a reader fills. */
    WireRequest(HeadStorage storage) {
        super(storage);
    }

    /** Stands for a request of which not even the first line is known. */
    public static WireRequest unread(HeadStorages storages) {
        WireRequest none = new WireRequest(storages.take());
        none.method = "UNKNOWN";
        none.target = "/";
        return none;
    }

    /** A request of ours, without fields; what a target cannot contain throws {@link IllegalArgumentException}. */
    public static WireRequest of(String method, String target, HeadStorages storages) {
        WireRequest own = new WireRequest(storages.take());
        own.method = method;
        own.target(target);
        return own;
    }

    void method(byte[] bytes, int start, int end) {
        for (String known : METHODS) {
            if (known.length() == end - start && startsWith(bytes, start, known)) {
                method = known;
                return;
            }
        }
        method = new String(bytes, start, end - start, StandardCharsets.US_ASCII);
    }

    /** Gives it another method. */
    void become(String other) {
        method = other;
    }

    private static boolean startsWith(byte[] bytes, int start, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (bytes[start + i] != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    void target(int start, int end) {
        targetStart = start;
        targetEnd = end;
    }

    void http10(boolean old) {
        http10 = old;
    }

    /** Whether the client speaks HTTP/1.0. */
    public boolean http10() {
        return http10;
    }

    @Override
    public String method() {
        return method;
    }

    @Override
    public String target() {
        String known = target;
        if (known == null) {
            known = new String(storage().bytes, targetStart, targetEnd - targetStart, StandardCharsets.US_ASCII);
            target = known;
        }
        return known;
    }

    /** Replaces the target; what a target cannot contain throws {@link IllegalArgumentException}. */
    @Override
    public void target(String replacement) {
        HeadStorage s = storage();
        s.ensure(replacement.length());
        for (int i = 0; i < replacement.length(); i++) {
            char c = replacement.charAt(i);
            if (c > 0x7f || !Octets.isTarget((byte) c)) {
                throw new IllegalArgumentException("a target has a character that does not belong there");
            }
            s.bytes[s.length + i] = (byte) c;
        }
        targetStart = s.length;
        s.length += replacement.length();
        targetEnd = s.length;
        target = replacement;
    }

    /** Octets that {@link #writeTo} writes at most. */
    public int encodedBytes() {
        return HeadEncoder.mostBytes(storage()) + method.length() + 1 + VERSION.length;
    }

    /** Memory it holds, in octets. */
    public int heldBytes() {
        return storage().bytes.length;
    }

    /** Writes the whole head, always as HTTP/1.1, which is what this hop speaks. */
    public void writeTo(ByteBuf out) {
        HeadStorage s = storage();
        s.ensure(encodedBytes());
        byte[] to = s.bytes;
        int at = s.length;
        for (int i = 0; i < method.length(); i++) {
            to[at++] = (byte) method.charAt(i);
        }
        to[at++] = ' ';
        System.arraycopy(to, targetStart, to, at, targetEnd - targetStart);
        at = HeadEncoder.put(to, at + targetEnd - targetStart, VERSION);
        HeadEncoder.flush(out, s, HeadEncoder.fields(s, at));
    }
}
