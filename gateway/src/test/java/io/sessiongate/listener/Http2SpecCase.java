package io.sessiongate.listener;

import static io.sessiongate.testing.Http2Peer.CONTINUATION;
import static io.sessiongate.testing.Http2Peer.DATA;
import static io.sessiongate.testing.Http2Peer.END_HEADERS;
import static io.sessiongate.testing.Http2Peer.END_STREAM;
import static io.sessiongate.testing.Http2Peer.GOAWAY;
import static io.sessiongate.testing.Http2Peer.HEADERS;
import static io.sessiongate.testing.Http2Peer.PING;
import static io.sessiongate.testing.Http2Peer.PRIORITY;
import static io.sessiongate.testing.Http2Peer.RST_STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.Http2Peer.Frame;
import io.sessiongate.testing.PlainBlock;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/**
 * Something that a client may send, and what a server may say to it.
 *
 * @param section of the part of h2spec that has the same case
 * @param behaviour what the server does
 * @param sends is given a connection on which both have said their settings
 * @param accepts looks at what comes
 */
record Http2SpecCase(String section, String behaviour, Turn sends, Turn accepts) {

    static final int PROTOCOL_ERROR = 1;
    static final int FLOW_CONTROL_ERROR = 3;
    static final int STREAM_CLOSED = 5;
    static final int FRAME_SIZE_ERROR = 6;
    static final int REFUSED_STREAM = 7;
    static final int CANCEL = 8;
    static final int COMPRESSION_ERROR = 9;

    /** One side's part. */
    interface Turn {
        void take(Http2Peer client);
    }

    @Override
    public String toString() {
        return section + " " + behaviour;
    }

    // ---- what is sent

    /** The fields of a request for {@code /}, and more behind them. */
    static String[] fields(String method, String... more) {
        String[] first = {":method", method, ":scheme", "http", ":path", "/", ":authority", "x"};
        String[] all = Arrays.copyOf(first, 8 + more.length);
        System.arraycopy(more, 0, all, 8, more.length);
        return all;
    }

    static byte[] plain(String... fields) {
        return PlainBlock.of(fields);
    }

    static byte[] octets(int... octets) {
        byte[] bytes = new byte[octets.length];
        for (int i = 0; i < octets.length; i++) {
            bytes[i] = (byte) octets[i];
        }
        return bytes;
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    static Http2Peer get(Http2Peer client, int stream) {
        return block(client, stream, plain(fields("GET")));
    }

    /** A request that is nothing but this block. */
    static Http2Peer block(Http2Peer client, int stream, byte[] block) {
        return client.send(HEADERS, END_HEADERS | END_STREAM, stream, block);
    }

    /** A request whose body follows. */
    static Http2Peer post(Http2Peer client, int stream, String... more) {
        return client.send(HEADERS, END_HEADERS, stream, plain(fields("POST", more)));
    }

    /** The first part of a request's block. */
    static Http2Peer begun(Http2Peer client, int stream, int flags, String method) {
        return client.send(HEADERS, flags, stream, plain(fields(method)));
    }

    static Http2Peer further(Http2Peer client, int stream, int flags) {
        return client.send(CONTINUATION, flags, stream, plain("x-more", "yes"));
    }

    static byte[] priority(int dependsOn, int weight) {
        return ByteBuffer.allocate(5).putInt(dependsOn).put((byte) weight).array();
    }

    static Http2Peer prioritise(Http2Peer client, int stream, int dependsOn, int weight) {
        return client.send(PRIORITY, 0, stream, priority(dependsOn, weight));
    }

    static Http2Peer goAway(Http2Peer client, int code) {
        return client.send(GOAWAY, 0, 0, ByteBuffer.allocate(8).putInt(4, code).array());
    }

    // ---- what is accepted

    /** The stream's answer, whole. */
    static Turn answered(int stream) {
        return client -> assertThat(client.answer(stream).status()).isEqualTo(200);
    }

    /** The connection goes on as if nothing had been said. */
    static Turn goesOn() {
        return client -> assertThat(client.alive()).isTrue();
    }

    /** It goes on, or ends without an error. */
    static Turn goesOnOrEnds() {
        return client -> {
            client.send(PING, 0, 0, new byte[8]);
            for (Frame frame = client.read(); frame != null && frame.type() != PING; frame = client.read()) {
                assertThat(frame.type() == GOAWAY ? frame.error() : 0).isZero();
            }
        };
    }

    /** The connection ends, one of these being its error. */
    static Turn connectionEnds(Integer... codes) {
        return client -> assertThat(client.goneWith()).isIn((Object[]) codes);
    }

    /** The stream ends, and the connection goes on; or the connection ends. One of these is the error. */
    static Turn streamEnds(Integer... codes) {
        Set<Integer> good = new HashSet<>(Arrays.asList(codes));
        return client -> {
            for (Frame frame = client.read(); ; frame = client.read()) {
                if (frame == null) {
                    throw new AssertionError("the connection ended without a word");
                }
                if (frame.type() == RST_STREAM || frame.type() == GOAWAY) {
                    assertThat(good).contains(frame.error());
                    assertThat(frame.type() == GOAWAY || client.alive()).isTrue();
                    return;
                }
            }
        };
    }

    /** So many octets of data come in the next frame that has any. */
    static Turn dataOf(int octets) {
        return client -> {
            Frame data = client.await(DATA);
            assertThat(data).isNotNull();
            assertThat(data.payload()).hasSize(octets);
        };
    }

    /** Waits for the end of an answer. */
    static Http2Peer over(Http2Peer client, int stream) {
        client.answer(stream);
        return client;
    }
}
