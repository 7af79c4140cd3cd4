package io.sessiongate.testing;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A client, or with {@link #accept} a server, that speaks HTTP/2 frame by frame, right or wrong, with Netty's coding of header fields; used by one thread at a
 * time. It grants the server nothing by itself but what {@link #answer} needs. Text is ISO-8859-1.
 */
public final class Http2Peer implements AutoCloseable {

    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int PRIORITY = 2;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PUSH_PROMISE = 5;
    public static final int PING = 6;
    public static final int GOAWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;

    public static final int ACK = 1;
    public static final int END_STREAM = 1;
    public static final int END_HEADERS = 4;
    public static final int PADDED = 8;
    public static final int PRIORITISED = 0x20;

    public static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

    private static final int MOST_PAYLOAD = 16_384;
    private static final int HEADER_TABLE_SIZE = 1;

    private final Socket socket;
    private final DataInputStream in;
    private final DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);
    private final Map<Integer, Answer> answers = new LinkedHashMap<>();
    private int nextStream = 1;

    /** A frame as it came. */
    @SuppressWarnings("ArrayRecordComponent") // nobody compares them
    public record Frame(int type, int flags, int stream, byte[] payload) {

        public boolean has(int flag) {
            return (flags & flag) != 0;
        }

        /** Of RST_STREAM. */
        public int error() {
            return ByteBuffer.wrap(payload).getInt(type == GOAWAY ? 4 : 0);
        }

        public int lastStream() {
            return ByteBuffer.wrap(payload).getInt();
        }

        public int increment() {
            return ByteBuffer.wrap(payload).getInt();
        }
    }

    /** What has come of a stream. */
    public static final class Answer {
        public final List<Map<String, String>> interims = new ArrayList<>();
        public @Nullable Map<String, String> head;
        public @Nullable Map<String, String> trailers;
        public final ByteArrayOutputStream body = new ByteArrayOutputStream();
        public boolean ended;

        /** By how much its window was widened. */
        public long granted;

        /** The code with which it was reset, or -1. */
        public int reset = -1;

        public int status() {
            return head == null ? 0 : Integer.parseInt(head.get(":status"));
        }

        public String field(String name) {
            return head == null ? "" : head.getOrDefault(name, "");
        }

        public String text() {
            return body.toString(StandardCharsets.ISO_8859_1);
        }
    }

    public Http2Peer(Socket socket) {
        try {
            socket.setSoTimeout(10_000);
            socket.setTcpNoDelay(true);
            this.socket = socket;
            this.in = new DataInputStream(socket.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects, and says nothing. */
    public static Http2Peer silent(InetSocketAddress address) {
        try {
            Socket socket = new Socket();
            socket.connect(address, 10_000);
            return new Http2Peer(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Connects and begins with the preface and these settings, each a number and its value behind one another. */
    public static Http2Peer connect(InetSocketAddress address, int... settings) {
        return silent(address).begin(settings);
    }

    public Http2Peer begin(int... settings) {
        return raw(PREFACE.getBytes(StandardCharsets.ISO_8859_1)).settings(settings);
    }

    /** Takes the preface of a client and answers it with these settings: from here on this is the server. */
    public Http2Peer accept(int... settings) {
        try {
            String preface = new String(in.readNBytes(PREFACE.length()), StandardCharsets.ISO_8859_1);
            if (!preface.equals(PREFACE)) {
                throw new AssertionError("no preface came");
            }
            return settings(settings);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads until a whole request has come; returns its stream. */
    public int request() {
        Frame head = await(HEADERS);
        if (head == null) {
            throw new AssertionError("the connection ended before a request");
        }
        answer(head.stream());
        return head.stream();
    }

    public Socket socket() {
        return socket;
    }

    // ---- sending

    public Http2Peer raw(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static byte[] frame(int type, int flags, int stream, byte[] payload) {
        ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
        frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
        frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
        return frame.array();
    }

    public Http2Peer send(int type, int flags, int stream, byte[] payload) {
        return raw(frame(type, flags, stream, payload));
    }

    public Http2Peer settings(int... settings) {
        ByteBuffer payload = ByteBuffer.allocate(settings.length * 3);
        for (int i = 0; i < settings.length; i += 2) {
            if (settings[i] == HEADER_TABLE_SIZE) {
                allow(settings[i + 1]);
            }
            payload.putShort((short) settings[i]).putInt(settings[i + 1]);
        }
        return send(SETTINGS, 0, 0, payload.array());
    }

    /** From here on a block has to begin with a word about the table, where this is less than before. */
    private void allow(int tableBytes) {
        try {
            decoder.configuration().maxHeaderTableSize(tableBytes);
        } catch (Http2Exception e) {
            throw new IllegalArgumentException(e);
        }
    }

    public static byte[] int32(int value) {
        return ByteBuffer.allocate(4).putInt(value).array();
    }

    public Http2Peer window(int stream, int bytes) {
        return send(WINDOW_UPDATE, 0, stream, int32(bytes));
    }

    public Http2Peer reset(int stream, int error) {
        return send(RST_STREAM, 0, stream, int32(error));
    }

    public Http2Peer data(int stream, String text, boolean ends) {
        return send(DATA, ends ? END_STREAM : 0, stream, text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** A header block of fields, each a name and its value behind one another. */
    public byte[] block(String... fields) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        for (int i = 0; i < fields.length; i += 2) {
            headers.add(fields[i], fields[i + 1]);
        }
        ByteBuf out = Unpooled.buffer();
        try {
            encoder.encodeHeaders(1, headers, out);
            byte[] block = new byte[out.readableBytes()];
            out.readBytes(block);
            return block;
        } catch (Http2Exception e) {
            throw new IllegalStateException(e);
        } finally {
            out.release();
        }
    }

    /** The pseudo-header fields of a request, and further ones behind them. */
    public static String[] request(String method, String path, String... more) {
        String[] fields = new String[8 + more.length];
        String[] first = {":method", method, ":scheme", "http", ":authority", "x", ":path", path};
        System.arraycopy(first, 0, fields, 0, 8);
        System.arraycopy(more, 0, fields, 8, more.length);
        return fields;
    }

    /** Opens the next stream with these fields; returns its number. */
    public int open(boolean ends, String... fields) {
        int stream = nextStream;
        nextStream += 2;
        headers(stream, ends, fields);
        return stream;
    }

    public Http2Peer headers(int stream, boolean ends, String... fields) {
        byte[] block = block(fields);
        int type = HEADERS;
        int flags = ends ? END_STREAM : 0;
        int from = 0;
        while (block.length - from > MOST_PAYLOAD) {
            send(type, flags, stream, Arrays.copyOfRange(block, from, from + MOST_PAYLOAD));
            type = CONTINUATION;
            flags = 0;
            from += MOST_PAYLOAD;
        }
        return send(type, flags | END_HEADERS, stream, Arrays.copyOfRange(block, from, block.length));
    }

    /** A GET without a body. */
    public int get(String path, String... more) {
        return open(true, request("GET", path, more));
    }

    // ---- receiving

    /** The next frame, or null at the end of the connection, however it ended. */
    public @Nullable Frame read() {
        try {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt() & 0x7fffffff;
            byte[] payload = in.readNBytes(length);
            return new Frame(type, flags, stream, payload);
        } catch (EOFException | SocketException e) {
            return null;
        } catch (SocketTimeoutException e) {
            throw new AssertionError("nothing came for long", e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The next frame, taken note of; null at the end. Lets the server go on sending on the connection. */
    public @Nullable Frame next() {
        Frame frame = heard();
        if (frame != null && frame.type() == DATA && frame.payload().length > 0) {
            window(0, frame.payload().length);
        }
        return frame;
    }

    /** The next frame, taken note of; null at the end. */
    public @Nullable Frame heard() {
        Frame frame = read();
        if (frame != null) {
            note(frame);
        }
        return frame;
    }

    /** Reads until a frame of that type that is not an acknowledgement; null where the connection ends before. */
    public @Nullable Frame await(int type) {
        for (Frame frame = read(); frame != null; frame = read()) {
            note(frame);
            if (frame.type() == type && (frame.type() != SETTINGS || !frame.has(ACK))) {
                return frame;
            }
        }
        return null;
    }

    /** Whether the server answers a PING, which it does once it is through with all that was sent before. */
    public boolean alive() {
        send(PING, 0, 0, new byte[8]);
        for (Frame frame = read(); frame != null; frame = read()) {
            note(frame);
            if (frame.type() == PING && frame.has(ACK)) {
                return true;
            }
        }
        return false;
    }

    /** The error of the GOAWAY behind which the connection has ended; -1 where it ended without one. */
    public int goneWith() {
        int error = -1;
        for (Frame frame = read(); frame != null; frame = read()) {
            note(frame);
            error = frame.type() == GOAWAY ? frame.error() : error;
        }
        return error;
    }

    /** What has come of a stream so far. */
    public Answer seen(int stream) {
        return answers.computeIfAbsent(stream, n -> new Answer());
    }

    /** Reads until the stream has ended, or been reset, and lets the server go on sending. */
    public Answer answer(int stream) {
        Answer answer = seen(stream);
        while (!answer.ended && answer.reset < 0) {
            Frame frame = read();
            if (frame == null) {
                throw new AssertionError("the connection ended before the stream");
            }
            note(frame);
            if (frame.type() == DATA && frame.payload().length > 0) {
                window(0, frame.payload().length);
                if (!frame.has(END_STREAM)) {
                    window(frame.stream(), frame.payload().length);
                }
            }
        }
        return answer;
    }

    private void note(Frame frame) {
        Answer answer = frame.stream() == 0 ? new Answer() : seen(frame.stream());
        switch (frame.type()) {
            case HEADERS -> {
                Map<String, String> fields = decode(frame);
                String status = fields.getOrDefault(":status", "");
                if (status.startsWith("1")) {
                    answer.interims.add(fields);
                } else if (answer.head == null) {
                    answer.head = fields;
                } else {
                    answer.trailers = fields;
                }
                answer.ended |= frame.has(END_STREAM);
            }
            case DATA -> {
                answer.body.writeBytes(frame.payload());
                answer.ended |= frame.has(END_STREAM);
            }
            case WINDOW_UPDATE -> answer.granted += frame.increment();
            case RST_STREAM -> answer.reset = frame.error();
            case SETTINGS -> {
                if (!frame.has(ACK)) {
                    acknowledge();
                }
            }
            default -> {
                // for the test to look at
            }
        }
    }

    private void acknowledge() {
        try {
            send(SETTINGS, ACK, 0, new byte[0]);
        } catch (UncheckedIOException e) {
            // The other side has ended the connection; what it said before that is still read.
        }
    }

    private Map<String, String> decode(Frame frame) {
        try {
            byte[] block = frame.payload();
            for (Frame part = frame; !part.has(END_HEADERS); ) {
                part = read();
                if (part == null || part.type() != CONTINUATION) {
                    throw new AssertionError("a header block without an end");
                }
                ByteBuffer both = ByteBuffer.allocate(block.length + part.payload().length);
                block = both.put(block).put(part.payload()).array();
            }
            Map<String, String> fields = new LinkedHashMap<>();
            decoder.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(block))
                    .forEach(f -> fields.merge(
                            f.getKey().toString(), f.getValue().toString(), (one, other) -> one + "\n" + other));
            return fields;
        } catch (Http2Exception e) {
            throw new AssertionError("a header block that cannot be read", e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
