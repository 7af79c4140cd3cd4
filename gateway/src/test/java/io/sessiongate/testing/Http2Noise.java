package io.sessiongate.testing;

import static io.sessiongate.testing.Http2Peer.CONTINUATION;
import static io.sessiongate.testing.Http2Peer.DATA;
import static io.sessiongate.testing.Http2Peer.END_HEADERS;
import static io.sessiongate.testing.Http2Peer.END_STREAM;
import static io.sessiongate.testing.Http2Peer.GOAWAY;
import static io.sessiongate.testing.Http2Peer.HEADERS;
import static io.sessiongate.testing.Http2Peer.PADDED;
import static io.sessiongate.testing.Http2Peer.PING;
import static io.sessiongate.testing.Http2Peer.PRIORITISED;
import static io.sessiongate.testing.Http2Peer.PRIORITY;
import static io.sessiongate.testing.Http2Peer.RST_STREAM;
import static io.sessiongate.testing.Http2Peer.SETTINGS;
import static io.sessiongate.testing.Http2Peer.WINDOW_UPDATE;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What a client of HTTP/2 might send that is mostly in order, and somewhere is not. The same for the same seed. */
public final class Http2Noise {

    private static final List<String> PATHS =
            List.of("/", "/reply", "/later", "/big", "/slow", "/broken", "/later/reply", "/closing", "/empty");
    private static final List<String> METHODS =
            List.of("GET", "GET", "GET", "HEAD", "POST", "OPTIONS", "CONNECT", "G T");
    private static final int[] WINDOWS = {0, 1, 10, 1000, 65_535, 1_000_000, Integer.MAX_VALUE, -1};

    private final Random random;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** Of a hundred frames so many are not in order. */
    private final int wrong;

    private int next = 1;

    private Http2Noise(Random random) {
        this.random = random;
        this.wrong = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(10);
    }

    /** All that a connection sends, the preface included. */
    public static byte[] connection(Random random) {
        Http2Noise noise = new Http2Noise(random);
        noise.out.writeBytes(Http2Peer.PREFACE.getBytes(StandardCharsets.US_ASCII));
        noise.add(SETTINGS, 0, 0, noise.settings());
        int frames = 1 + random.nextInt(60);
        for (int i = 0; i < frames; i++) {
            noise.frame();
        }
        byte[] all = noise.out.toByteArray();
        for (int i = random.nextInt(12) == 0 ? random.nextInt(4) : 0; i > 0; i--) {
            all[random.nextInt(all.length)] = (byte) random.nextInt(256);
        }
        return all;
    }

    private void frame() {
        switch (random.nextInt(16)) {
            case 0, 1, 2, 3, 4 -> open();
            case 5, 6, 7 -> data();
            case 8 -> block(stream(), END_STREAM, PlainBlock.of("x-checksum", "1", "x-other", "2"));
            case 9 -> add(RST_STREAM, 0, stream(), Http2Peer.int32(random.nextInt(15)));
            case 10, 11 -> add(WINDOW_UPDATE, 0, random.nextBoolean() ? 0 : stream(), Http2Peer.int32(window()));
            case 12 -> add(SETTINGS, random.nextInt(4) == 0 ? 1 : 0, 0, settings());
            case 13 -> add(PING, random.nextInt(2), 0, new byte[8]);
            case 14 ->
                add(
                        PRIORITY,
                        0,
                        stream(),
                        ByteBuffer.allocate(5).putInt(random.nextInt(9)).array());
            default -> rare();
        }
    }

    private void rare() {
        switch (random.nextInt(4)) {
            case 0 -> add(GOAWAY, 0, 0, new byte[8 + random.nextInt(9)]);
            case 1 ->
                add(10 + random.nextInt(240), random.nextInt(256), random.nextInt(5), new byte[random.nextInt(40)]);
            case 2 -> {
                byte[] any = new byte[random.nextInt(60)];
                random.nextBytes(any);
                add(random.nextInt(11), random.nextInt(256), stream(), any);
            }
            default -> add(SETTINGS, 1, 0, new byte[0]);
        }
    }

    /** One that is open, or was, or will be. */
    private int stream() {
        return Math.max(1, next - 2 - 2 * random.nextInt(6) + (random.nextInt(30) == 0 ? 5 : 0));
    }

    private int window() {
        return WINDOWS[random.nextInt(random.nextInt(100) < wrong ? WINDOWS.length : 6) % WINDOWS.length]
                | (wrong == 0 ? 1 : 0);
    }

    private byte[] settings() {
        int count = random.nextInt(4);
        ByteBuffer payload = ByteBuffer.allocate(6 * count);
        for (int i = 0; i < count; i++) {
            int which = random.nextInt(5);
            switch (which) {
                case 0 -> payload.putShort((short) 1).putInt(random.nextInt(5000));
                case 1 -> payload.putShort((short) 3).putInt(random.nextInt(200));
                case 2 -> payload.putShort((short) 5).putInt(16_384 + random.nextInt(1000));
                default -> payload.putShort((short) 4).putInt(WINDOWS[random.nextInt(6)]);
            }
        }
        return payload.array();
    }

    private void open() {
        String path = PATHS.get(random.nextInt(PATHS.size()));
        String method = METHODS.get(random.nextInt(METHODS.size()));
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        block.writeBytes(PlainBlock.of(":method", method, ":scheme", "http", ":path", path, ":authority", "x"));
        if (method.equals("CONNECT")) {
            block.writeBytes(PlainBlock.of(":protocol", "websocket"));
        }
        if (random.nextInt(6) == 0) {
            block.writeBytes(PlainBlock.of("content-length", Integer.toString(random.nextInt(60))));
        }
        if (random.nextInt(40) == 0) {
            block.writeBytes(PlainBlock.of("x-large", "v".repeat(random.nextInt(40_000))));
        }
        if (random.nextInt(100) < wrong) {
            block.writeBytes(PlainBlock.of(random.nextBoolean() ? "connection" : "X-Upper", "a"));
        }
        // To be indexed, so that the tables have to stay the same.
        block.writeBytes(new byte[] {0x40, 1, 'i', 1, (byte) ('a' + random.nextInt(26)), (byte) 0xbe});
        block(next, random.nextInt(3) == 0 ? 0 : END_STREAM, block.toByteArray());
        next += 2;
    }

    /** In one piece, or in some. */
    private void block(int stream, int flags, byte[] block) {
        int type = HEADERS;
        int first = flags;
        int from = 0;
        while (block.length - from > 16_000 || (random.nextInt(4) == 0 && from < block.length)) {
            int to = from + random.nextInt(Math.min(block.length - from, 16_000) + 1);
            add(type, first, stream, Arrays.copyOfRange(block, from, to));
            type = CONTINUATION;
            first = 0;
            from = to;
        }
        byte[] rest = Arrays.copyOfRange(block, from, block.length);
        if (type == HEADERS && random.nextInt(5) == 0) {
            ByteBuffer padded = ByteBuffer.allocate(6 + rest.length + 9);
            padded.put((byte) 9).putInt(0).put((byte) 16).put(rest);
            add(type, first | END_HEADERS | PADDED | PRIORITISED, stream, padded.array());
        } else {
            add(type, first | END_HEADERS, stream, rest);
        }
    }

    private void data() {
        byte[] payload = new byte[random.nextInt(random.nextInt(5) == 0 ? 16_384 : 100)];
        int flags = random.nextInt(3) == 0 ? END_STREAM : 0;
        if (payload.length > 0 && random.nextInt(4) == 0) {
            payload[0] = (byte) Math.min(payload.length - 1, random.nextInt(256));
            flags |= PADDED;
        }
        add(DATA, flags, stream(), payload);
    }

    private void add(int type, int flags, int stream, byte[] payload) {
        byte[] frame = Http2Peer.frame(type, flags, stream, payload);
        if (random.nextInt(100) < wrong) {
            switch (random.nextInt(5)) {
                case 0 -> frame[random.nextInt(9)] ^= (byte) (1 << random.nextInt(8));
                case 1 -> frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
                case 2 -> frame = Arrays.copyOf(frame, random.nextInt(frame.length + 1));
                case 3 -> out.writeBytes(frame); // twice
                default -> frame = new byte[0];
            }
        }
        out.writeBytes(frame);
    }
}
