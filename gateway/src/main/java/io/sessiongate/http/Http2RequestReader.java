package io.sessiongate.http;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the heads and trailers of a connection's requests from their header blocks, and makes of them what HTTP/1.1 would
 * have had: the authority becomes {@code Host}, cookies that came in crumbs are one again (RFC 9113 section 8.2.3), and a
 * wish for a WebSocket (RFC 8441) is an upgrade. So whatever looks at a request need not know how it came. Confined to the
 * connection's event loop.
 */
public final class Http2RequestReader {

    /** Octets of the table that the peer may fill: the value that holds without a word (RFC 9113 section 6.5.2). */
    private static final int TABLE_BYTES = 4096;

    private static final int MOST_METHOD = 32;

    private static final byte[] HOST = "host".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] COOKIE = "cookie".getBytes(StandardCharsets.US_ASCII);

    private final HpackDecoder decoder = new HpackDecoder(TABLE_BYTES);
    private final HeadStorages storages;
    private final Head head;
    private final Tail tail;
    private final Measure skipped = new Measure();
    private long bytes;
    private @Nullable WireTrailers trailers;

    /**
     * A reader.
     *
     * @param maxBytes largest list of fields, each with 32 octets beyond its own
     * @param maxTarget longest path
     * @param maxFields most fields, the crumbs of a cookie being one
     */
    public Http2RequestReader(int maxBytes, int maxTarget, int maxFields, HeadStorages storages) {
        this.storages = storages;
        this.head = new Head(maxBytes, maxTarget, maxFields);
        this.tail = new Tail(maxBytes, maxFields);
    }

    /** What a block turned out to be. */
    public enum Block {
        /** A message in order. */
        GOOD,
        /** A message that is malformed: its stream ends. */
        MALFORMED,
        /** A message beyond a limit: {@link Http2RequestReader#fault} says which. */
        TOO_LARGE,
        /** Not a block: the connection ends. */
        UNREADABLE
    }

    /**
     * Reads the head of a request, which {@link #head} hands over.
     *
     * @param ends whether no body follows
     */
    public Block request(byte[] block, int from, int to, boolean ends) {
        head.begin(new WireRequest(storages.take()));
        boolean read = decoder.decode(block, from, to, head);
        head.end(ends);
        bytes = head.bytes();
        return result(read, head, head.targetTooLong);
    }

    /** Goes over a block that nobody wants. */
    public boolean skip(byte[] block, int from, int to) {
        skipped.bytes = 0;
        boolean read = decoder.decode(block, from, to, skipped);
        bytes = skipped.bytes;
        return read;
    }

    /** Reads the fields behind a body, which {@link #takeTrailers} hands over. */
    public Block trailers(byte[] block, int from, int to) {
        tail.begin();
        WireTrailers read = new WireTrailers(storages.take());
        trailers = read;
        tail.storage = read.storage();
        boolean good = decoder.decode(block, from, to, tail);
        bytes = tail.bytes();
        return result(good, tail, false);
    }

    /** How much the fields of the block read last are, kept or not: with the table's help far more than the block is long. */
    public long bytes() {
        return bytes;
    }

    private static Block result(boolean read, Http2Fields fields, boolean targetTooLong) {
        if (!read) {
            return Block.UNREADABLE;
        }
        if (fields.tooLarge() || targetTooLong) {
            return Block.TOO_LARGE;
        }
        return fields.flaw() == null ? Block.GOOD : Block.MALFORMED;
    }

    /** Which limit a head is beyond. */
    public Fault fault() {
        return Fault.of(head.targetTooLong ? FaultKind.URI_TOO_LONG : FaultKind.HEAD_TOO_LARGE);
    }

    /** The head read last, which is the caller's. */
    public WireRequest head() {
        return head.handOver();
    }

    /** Whether the trailers read last are malformed, or beyond a limit. */
    public boolean trailersFlawed() {
        return tail.flaw() != null || tail.tooLarge();
    }

    /** The fields behind a body, which are the caller's; null where there is none. */
    public @Nullable WireTrailers takeTrailers() {
        WireTrailers read = trailers;
        trailers = null;
        if (read != null && read.size() == 0) {
            read.release(storages);
            return null;
        }
        return read;
    }

    /** Gives up the trailers read last. */
    public void dropTrailers() {
        if (trailers != null) {
            trailers.release(storages);
            trailers = null;
        }
    }

    /** Keeps nothing. */
    private static final class Measure implements HpackDecoder.Sink {

        private long bytes;

        @Override
        public void field(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength) {
            bytes += (long) nameLength + valueLength;
        }
    }

    /** Collects a head. */
    private static final class Head extends Http2Fields {

        private static final int METHOD = 1;
        private static final int SCHEME = 2;
        private static final int AUTHORITY = 4;
        private static final int PATH = 8;
        private static final int PROTOCOL = 16;

        private final int maxTarget;
        private @Nullable WireRequest request;
        private int seen;
        private boolean webSocket;
        private boolean targetTooLong;

        /** Where the value of the authority begins among the octets, and where it ends. */
        private int authorityStart;

        private int authorityEnd;

        /** The last field is a cookie, and nothing stands behind it. */
        private boolean cookieLast;

        /** Places in which crumbs of the cookie stand. */
        private int cookies;

        private boolean lengthGiven;

        Head(int maxBytes, int maxTarget, int maxFields) {
            super(maxBytes, maxFields);
            this.maxTarget = maxTarget;
        }

        void begin(WireRequest empty) {
            begin();
            request = empty;
            seen = 0;
            webSocket = false;
            targetTooLong = false;
            cookieLast = false;
            cookies = 0;
            lengthGiven = false;
        }

        private WireRequest request() {
            WireRequest filled = request;
            if (filled == null) {
                throw new IllegalStateException("no head is being read");
            }
            return filled;
        }

        WireRequest handOver() {
            WireRequest read = request();
            request = null;
            return read;
        }

        @Override
        void pseudo(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength) {
            int which = which(names, nameStart, nameLength);
            if (which == 0 || (seen & which) != 0) {
                malformed("a pseudo-header field is unknown or comes twice");
                return;
            }
            seen |= which;
            switch (which) {
                case METHOD -> method(values, valueStart, valueLength);
                case SCHEME -> scheme(values, valueStart, valueLength);
                case AUTHORITY -> authority(values, valueStart, valueLength);
                case PATH -> path(values, valueStart, valueLength);
                default -> webSocket = is(values, valueStart, valueLength, "websocket");
            }
        }

        private static int which(byte[] names, int start, int length) {
            return switch (length) {
                case 5 -> is(names, start, length, ":path") ? PATH : 0;
                case 7 ->
                    is(names, start, length, ":method") ? METHOD : is(names, start, length, ":scheme") ? SCHEME : 0;
                case 9 -> is(names, start, length, ":protocol") ? PROTOCOL : 0;
                case 10 -> is(names, start, length, ":authority") ? AUTHORITY : 0;
                default -> 0;
            };
        }

        private void method(byte[] values, int start, int length) {
            boolean good = length > 0 && length <= MOST_METHOD;
            for (int i = start; good && i < start + length; i++) {
                good = Octets.isToken(values[i]);
            }
            if (good) {
                request().method(values, start, start + length);
            } else {
                malformed("the method is none");
            }
        }

        /** Others are for proxies that speak other protocols. */
        private void scheme(byte[] values, int start, int length) {
            if (!is(values, start, length, "https") && !is(values, start, length, "http")) {
                malformed("the scheme is neither http nor https");
            }
        }

        private void authority(byte[] values, int start, int length) {
            add(request().storage(), HOST, 0, HOST.length, values, start, length);
            authorityEnd = request().storage().length;
            authorityStart = authorityEnd - length;
            cookieLast = false;
        }

        private void path(byte[] values, int start, int length) {
            boolean good = length > 0 && (values[start] == '/' || (length == 1 && values[start] == '*'));
            for (int i = start; good && i < start + length; i++) {
                good = Octets.isTarget(values[i]);
            }
            if (!good) {
                malformed("the path is none");
                return;
            }
            targetTooLong = length > maxTarget;
            HeadStorage s = request().storage();
            s.ensure(length);
            System.arraycopy(values, start, s.bytes, s.length, length);
            request().target(s.length, s.length + length);
            s.length += length;
            cookieLast = false;
        }

        @Override
        void keep(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength) {
            if (nameLength == 4 && is(names, nameStart, nameLength, "host") && (seen & AUTHORITY) != 0) {
                sameHost(values, valueStart, valueLength);
                return;
            }
            HeadStorage s = request().storage();
            boolean cookie = nameLength == 6 && is(names, nameStart, nameLength, "cookie");
            if (cookie && cookieLast) {
                s.ensure(valueLength + 2);
                s.bytes[s.length] = ';';
                s.bytes[s.length + 1] = ' ';
                System.arraycopy(values, valueStart, s.bytes, s.length + 2, valueLength);
                s.extendLast(s.length + 2 + valueLength);
                return;
            }
            if ((cookie && cookies > 0) || counts()) {
                lengthGiven |= nameLength == 14 && is(names, nameStart, nameLength, "content-length");
                add(s, names, nameStart, nameLength, values, valueStart, valueLength);
                cookieLast = cookie;
                cookies += cookie ? 1 : 0;
            }
        }

        /** One cookie of all crumbs, which other fields stand between, behind all fields (RFC 9113 section 8.2.3). */
        private void joinCookies() {
            HeadStorage s = request().storage();
            s.ensure(COOKIE.length + FieldLine.SEPARATOR_BYTES + s.length);
            int start = s.length;
            int fields = s.count;
            int at = start + COOKIE.length + FieldLine.SEPARATOR_BYTES;
            for (int i = 0; i < fields; i++) {
                int name = s.at(i, HeadStorage.NAME_START);
                if (!is(s.bytes, name, s.at(i, HeadStorage.NAME_END) - name, "cookie")) {
                    continue;
                }
                if (at > start + COOKIE.length + FieldLine.SEPARATOR_BYTES) {
                    s.bytes[at++] = ';';
                    s.bytes[at++] = ' ';
                }
                int value = s.at(i, HeadStorage.VALUE_START);
                int length = s.at(i, HeadStorage.VALUE_END) - value;
                System.arraycopy(s.bytes, value, s.bytes, at, length);
                at += length;
                s.keys[i] = 0;
            }
            add(s, COOKIE, 0, COOKIE.length, s.bytes, at, 0);
            s.extendLast(at);
        }

        /** RFC 9113 section 8.3.1: one that differs from the authority would have two readers see two hosts. */
        private void sameHost(byte[] values, int start, int length) {
            byte[] bytes = request().storage().bytes;
            boolean same = length == authorityEnd - authorityStart;
            for (int i = 0; same && i < length; i++) {
                same = Octets.sameLetter(values[start + i], bytes[authorityStart + i]);
            }
            if (!same) {
                malformed("Host is not the authority");
            }
        }

        /** All fields were shown. */
        void end(boolean ends) {
            boolean connects = request().method().equals("CONNECT");
            int needed = connects && (seen & PROTOCOL) == 0 ? METHOD | AUTHORITY : METHOD | SCHEME | PATH;
            boolean tunnel = needed == (METHOD | AUTHORITY);
            if (tooLarge() || flaw() != null) {
                fillIn();
                return;
            }
            if (cookies > 1) {
                joinCookies();
            }
            if ((seen & needed) != needed || (tunnel && (seen & (SCHEME | PATH)) != 0)) {
                malformed("a pseudo-header field is missing, or one too many");
            } else if ((seen & PROTOCOL) != 0 && (!connects || (seen & AUTHORITY) == 0)) {
                malformed(":protocol is not for this method");
            } else if (tunnel) {
                request().target("*");
            } else if (webSocket) {
                upgrade(ends);
            } else if (!ends && !lengthGiven) {
                // There is a body, which ends where the stream does: in HTTP/1.1 that is said so.
                request().add(FieldName.TRANSFER_ENCODING, "chunked");
            }
        }

        /** Whoever answers a head that is too large finds a method and a target, though they may not have been shown. */
        private void fillIn() {
            if (request().method().isEmpty()) {
                request().become("UNKNOWN");
            }
            if (request().target().isEmpty()) {
                request().target("/");
            }
        }

        /** What a browser would have sent over HTTP/1.1. The key is ours, and it is for us to look at the answer to it. */
        private void upgrade(boolean ends) {
            if (ends || lengthGiven) {
                malformed("a WebSocket has no body and needs an open stream");
                return;
            }
            WireRequest asked = request();
            asked.become("GET");
            asked.remove("Sec-WebSocket-Key");
            asked.add("Connection", "upgrade");
            asked.add("Upgrade", "websocket");
            asked.add("Sec-WebSocket-Key", WebSocketKey.fresh());
        }
    }

    /** Collects the fields behind a body. */
    private static final class Tail extends Http2Fields {

        private @Nullable HeadStorage storage;

        Tail(int maxBytes, int maxFields) {
            super(maxBytes, maxFields);
        }

        @Override
        void pseudo(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength) {
            malformed("trailers have no pseudo-header fields");
        }

        @Override
        void keep(byte[] names, int nameStart, int nameLength, byte[] values, int valueStart, int valueLength) {
            HeadStorage s = storage;
            if (s != null && counts()) {
                add(s, names, nameStart, nameLength, values, valueStart, valueLength);
            }
        }
    }
}
