package io.sessiongate.listener;

import static io.sessiongate.listener.Http2SpecCase.CANCEL;
import static io.sessiongate.listener.Http2SpecCase.COMPRESSION_ERROR;
import static io.sessiongate.listener.Http2SpecCase.FLOW_CONTROL_ERROR;
import static io.sessiongate.listener.Http2SpecCase.FRAME_SIZE_ERROR;
import static io.sessiongate.listener.Http2SpecCase.PROTOCOL_ERROR;
import static io.sessiongate.listener.Http2SpecCase.REFUSED_STREAM;
import static io.sessiongate.listener.Http2SpecCase.STREAM_CLOSED;
import static io.sessiongate.listener.Http2SpecCase.answered;
import static io.sessiongate.listener.Http2SpecCase.begun;
import static io.sessiongate.listener.Http2SpecCase.block;
import static io.sessiongate.listener.Http2SpecCase.connectionEnds;
import static io.sessiongate.listener.Http2SpecCase.dataOf;
import static io.sessiongate.listener.Http2SpecCase.fields;
import static io.sessiongate.listener.Http2SpecCase.further;
import static io.sessiongate.listener.Http2SpecCase.get;
import static io.sessiongate.listener.Http2SpecCase.goAway;
import static io.sessiongate.listener.Http2SpecCase.goesOn;
import static io.sessiongate.listener.Http2SpecCase.goesOnOrEnds;
import static io.sessiongate.listener.Http2SpecCase.join;
import static io.sessiongate.listener.Http2SpecCase.octets;
import static io.sessiongate.listener.Http2SpecCase.over;
import static io.sessiongate.listener.Http2SpecCase.plain;
import static io.sessiongate.listener.Http2SpecCase.post;
import static io.sessiongate.listener.Http2SpecCase.prioritise;
import static io.sessiongate.listener.Http2SpecCase.priority;
import static io.sessiongate.listener.Http2SpecCase.streamEnds;
import static io.sessiongate.testing.Http2Peer.ACK;
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
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.listener.Http2SpecCase.Turn;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.Http2Peer.Frame;
import java.util.ArrayList;
import java.util.List;

/** The cases of the part {@code http2} of h2spec, but for those about messages. */
final class Http2SpecSections {

    static final byte[] WORD = {'a', ' ', 'w', 'o', 'r', 'd', 0, 0};

    private static final int UNKNOWN = 0x16;
    private static final int MOST = Integer.MAX_VALUE;

    private final List<Http2SpecCase> cases = new ArrayList<>();

    static List<Http2SpecCase> all() {
        Http2SpecSections rows = new Http2SpecSections();
        rows.frames();
        rows.states();
        rows.closedStreams();
        rows.streams();
        rows.dataAndHeaders();
        rows.smallFrames();
        rows.settings();
        rows.pingAndGoAway();
        rows.windows();
        rows.continuations();
        return rows.cases;
    }

    private void row(String section, String behaviour, Turn sends, Turn accepts) {
        cases.add(new Http2SpecCase(section, behaviour, sends, accepts));
    }

    /** The settings of the last frame were taken. */
    static Turn acknowledged() {
        return client -> {
            for (Frame frame = client.read(); ; frame = client.read()) {
                assertThat(frame).isNotNull();
                if (frame.type() == SETTINGS && frame.has(ACK)) {
                    return;
                }
            }
        };
    }

    /** The first PING that comes says {@link #WORD}. */
    static Turn echoed() {
        return client -> {
            Frame pong = client.await(PING);
            assertThat(pong).isNotNull();
            assertThat(pong.has(ACK)).isTrue();
            assertThat(pong.payload()).isEqualTo(WORD);
        };
    }

    private void frames() {
        // The runner has seen the settings come first.
        row("http2 3.5", "begins with its settings", c -> {}, goesOn());
        row("http2 4.1", "ignores a frame of an unknown type", c -> c.send(UNKNOWN, 0, 0, new byte[8]), goesOn());
        row("http2 4.1", "ignores flags that mean nothing", c -> c.send(PING, 0x16, 0, WORD), echoed());
        row(
                "http2 4.1",
                "ignores the reserved bit of a stream",
                c -> c.send(PING, 0x16, Integer.MIN_VALUE, WORD),
                echoed());
        row(
                "http2 4.2",
                "takes DATA of 16,384 octets",
                c -> post(c, 1).send(DATA, END_STREAM, 1, new byte[16_384]),
                answered(1));
        row(
                "http2 4.2",
                "refuses DATA of 16,385 octets",
                c -> post(c, 1).send(DATA, END_STREAM, 1, new byte[16_385]),
                streamEnds(FRAME_SIZE_ERROR));
        row(
                "http2 4.2",
                "refuses HEADERS of more than 16,384 octets",
                c -> block(c, 1, plain(fields("GET", "x-large", "x".repeat(16_384)))),
                connectionEnds(FRAME_SIZE_ERROR));
        row(
                "http2 4.3",
                "refuses a block that is none",
                c -> block(c, 1, octets(0x40)),
                connectionEnds(COMPRESSION_ERROR));
        row(
                "http2 4.3",
                "refuses PRIORITY within a block",
                c -> further(prioritise(begun(c, 1, 0, "GET"), 1, 0, 255), 1, END_HEADERS),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 4.3",
                "refuses HEADERS of another stream within a block",
                c -> further(get(begun(c, 1, 0, "GET"), 3), 1, END_HEADERS),
                connectionEnds(PROTOCOL_ERROR));
    }

    private void states() {
        row(
                "http2 5.1",
                "refuses DATA of a stream not opened",
                c -> c.data(1, "test", true),
                streamEnds(PROTOCOL_ERROR, STREAM_CLOSED));
        row(
                "http2 5.1",
                "refuses RST_STREAM of a stream not opened",
                c -> c.reset(1, CANCEL),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 5.1",
                "refuses WINDOW_UPDATE of a stream not opened",
                c -> c.window(1, 100),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 5.1",
                "refuses CONTINUATION of a stream not opened",
                c -> c.send(CONTINUATION, END_HEADERS, 1, plain(fields("GET"))),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 5.1",
                "refuses DATA behind the end of a request",
                c -> get(c, 1).data(1, "test", true),
                streamEnds(STREAM_CLOSED));
        row(
                "http2 5.1",
                "refuses HEADERS behind the end of a request",
                c -> get(get(c, 1), 1),
                streamEnds(STREAM_CLOSED));
        row(
                "http2 5.1",
                "refuses CONTINUATION behind the end of a request",
                c -> get(c, 1).send(CONTINUATION, END_HEADERS, 1, plain(fields("GET"))),
                streamEnds(STREAM_CLOSED, PROTOCOL_ERROR));
    }

    private void closedStreams() {
        row(
                "http2 5.1",
                "refuses DATA of a stream that the client has reset",
                c -> post(c, 1).reset(1, CANCEL).data(1, "test", true),
                streamEnds(STREAM_CLOSED));
        row(
                "http2 5.1",
                "refuses HEADERS of a stream that the client has reset",
                c -> get(post(c, 1).reset(1, CANCEL), 1),
                streamEnds(STREAM_CLOSED));
        row(
                "http2 5.1",
                "refuses CONTINUATION of a stream that the client has reset",
                c -> further(post(c, 1).reset(1, CANCEL), 1, END_HEADERS),
                streamEnds(STREAM_CLOSED, PROTOCOL_ERROR));
        row(
                "http2 5.1",
                "refuses DATA of a stream that is over",
                c -> over(get(c, 1), 1).data(1, "test", true),
                streamEnds(STREAM_CLOSED));
        row(
                "http2 5.1",
                "refuses HEADERS of a stream that is over",
                c -> get(over(get(c, 1), 1), 1),
                connectionEnds(STREAM_CLOSED));
        row(
                "http2 5.1",
                "refuses CONTINUATION of a stream that is over",
                c -> further(over(get(c, 1), 1), 1, END_HEADERS),
                connectionEnds(STREAM_CLOSED, PROTOCOL_ERROR));
    }

    private void streams() {
        row("http2 5.1.1", "refuses a stream with an even number", c -> get(c, 2), connectionEnds(PROTOCOL_ERROR));
        // One that was skipped counts as closed; h2spec takes any error with which the connection closes.
        row(
                "http2 5.1.1",
                "refuses a stream with a smaller number than the one before",
                c -> get(get(c, 5), 3),
                connectionEnds(PROTOCOL_ERROR, STREAM_CLOSED));
        row(
                "http2 5.1.2",
                "refuses more streams than it has said",
                c -> {
                    c.settings(4, 0);
                    for (int i = 0; i <= Http2SpecTest.STREAMS; i++) {
                        get(c, 1 + 2 * i);
                    }
                },
                streamEnds(PROTOCOL_ERROR, REFUSED_STREAM));
        row(
                "http2 5.3.1",
                "refuses a request that depends on itself",
                c -> c.send(
                        HEADERS,
                        PRIORITISED | END_HEADERS | END_STREAM,
                        1,
                        join(priority(1, 255), plain(fields("GET")))),
                streamEnds(PROTOCOL_ERROR));
        row(
                "http2 5.3.1",
                "refuses PRIORITY that depends on itself",
                c -> prioritise(c, 1, 1, 255),
                streamEnds(PROTOCOL_ERROR));
        row(
                "http2 5.4.1",
                "closes the connection behind an error",
                c -> c.send(PING, 0, 3, new byte[8]),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 5.4.1",
                "says GOAWAY before it closes",
                c -> c.send(PING, 0, 3, new byte[8]),
                c -> assertThat(c.await(GOAWAY)).isNotNull());
        row("http2 5.5", "ignores an extension", c -> c.send(UNKNOWN, 0, 0, new byte[8]), goesOn());
        row(
                "http2 5.5",
                "refuses an extension within a block",
                c -> begun(c, 1, END_STREAM, "GET").send(UNKNOWN, 0, 0, new byte[8]),
                connectionEnds(PROTOCOL_ERROR));
    }

    private void dataAndHeaders() {
        row("http2 6.1", "refuses DATA of stream 0", c -> c.data(0, "test", true), connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.1",
                "refuses DATA of a stream that is not open",
                c -> block(c, 1, plain(fields("POST"))).data(1, "test", true),
                streamEnds(STREAM_CLOSED));
        row(
                "http2 6.1",
                "refuses DATA with more padding than there is",
                c -> post(c, 1, "content-length", "4")
                        .send(DATA, PADDED | END_STREAM, 1, octets(6, 'T', 'e', 's', 't')),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.2",
                "refuses PRIORITY behind HEADERS without an end",
                c -> further(prioritise(begun(c, 1, 0, "GET"), 1, 0, 255), 1, END_HEADERS),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.2",
                "refuses HEADERS of another stream behind HEADERS without an end",
                c -> further(get(begun(c, 1, 0, "GET"), 3), 1, END_HEADERS),
                connectionEnds(PROTOCOL_ERROR));
        row("http2 6.2", "refuses HEADERS of stream 0", c -> get(c, 0), connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.2",
                "refuses HEADERS with more padding than there is",
                c -> {
                    byte[] block = plain(fields("GET"));
                    c.send(HEADERS, PADDED | END_HEADERS | END_STREAM, 1, join(octets(block.length + 1), block));
                },
                streamEnds(PROTOCOL_ERROR));
    }

    private void smallFrames() {
        row("http2 6.3", "refuses PRIORITY of stream 0", c -> prioritise(c, 0, 0, 255), connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.3",
                "refuses PRIORITY of four octets",
                c -> get(c, 1).send(PRIORITY, 0, 1, octets(0x80, 0, 0, 1)),
                streamEnds(FRAME_SIZE_ERROR));
        row("http2 6.4", "refuses RST_STREAM of stream 0", c -> c.reset(0, CANCEL), connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.4",
                "refuses RST_STREAM of a stream that nobody opened",
                c -> c.reset(1, CANCEL),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.4",
                "refuses RST_STREAM of three octets",
                c -> get(c, 1).send(RST_STREAM, 0, 1, new byte[3]),
                streamEnds(FRAME_SIZE_ERROR));
    }

    private void settings() {
        row(
                "http2 6.5",
                "refuses an acknowledgement with content",
                c -> c.send(SETTINGS, ACK, 0, new byte[1]),
                connectionEnds(FRAME_SIZE_ERROR));
        row(
                "http2 6.5",
                "refuses SETTINGS of a stream",
                c -> c.send(SETTINGS, 0, 1, octets(0, 3, 0, 0, 0, 100)),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.5",
                "refuses SETTINGS of half a setting",
                c -> c.send(SETTINGS, 0, 0, octets(0, 3, 0)),
                streamEnds(PROTOCOL_ERROR, FRAME_SIZE_ERROR));
        row("http2 6.5.2", "refuses ENABLE_PUSH of 2", c -> c.settings(2, 2), connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.5.2",
                "refuses INITIAL_WINDOW_SIZE of 2^31",
                c -> c.settings(4, Integer.MIN_VALUE),
                connectionEnds(FLOW_CONTROL_ERROR));
        row(
                "http2 6.5.2",
                "refuses MAX_FRAME_SIZE of 16,383",
                c -> c.settings(5, 16_383),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.5.2",
                "refuses MAX_FRAME_SIZE of 2^24",
                c -> c.settings(5, 1 << 24),
                connectionEnds(PROTOCOL_ERROR));
        row("http2 6.5.2", "ignores a setting that it does not know", c -> c.settings(0xff, 1), goesOn());
        row(
                "http2 6.5.3",
                "takes the last of several INITIAL_WINDOW_SIZE",
                c -> get(c.settings(4, 100, 4, 1), 1),
                dataOf(1));
        row("http2 6.5.3", "acknowledges SETTINGS", c -> c.settings(2, 0), acknowledged());
    }

    private void pingAndGoAway() {
        row("http2 6.7", "answers PING with the same", c -> c.send(PING, 0, 0, WORD), echoed());
        row(
                "http2 6.7",
                "does not answer an answer to PING",
                c -> c.send(PING, ACK, 0, new byte[8]).send(PING, 0, 0, WORD),
                echoed());
        row(
                "http2 6.7",
                "refuses PING of a stream",
                c -> c.send(PING, 0, 1, new byte[8]),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.7",
                "refuses PING of six octets",
                c -> c.send(PING, 0, 0, new byte[6]),
                connectionEnds(FRAME_SIZE_ERROR));
        row(
                "http2 6.8",
                "refuses GOAWAY of a stream",
                c -> c.send(GOAWAY, 0, 1, new byte[8]),
                connectionEnds(PROTOCOL_ERROR));
        row("http2 7", "takes GOAWAY of an unknown error", c -> goAway(c, 0xff), goesOnOrEnds());
        row("http2 7", "takes RST_STREAM of an unknown error", c -> post(c, 1).reset(1, 0xff), goesOnOrEnds());
    }

    private void windows() {
        row(
                "http2 6.9",
                "refuses a connection's window that grows by nothing",
                c -> c.window(0, 0),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.9",
                "refuses a stream's window that grows by nothing",
                c -> post(c, 1).window(1, 0),
                streamEnds(PROTOCOL_ERROR));
        row(
                "http2 6.9",
                "refuses WINDOW_UPDATE of three octets",
                c -> c.send(WINDOW_UPDATE, 0, 0, octets(0, 0, 1)),
                connectionEnds(FRAME_SIZE_ERROR));
        row("http2 6.9.1", "sends no more than a window of 1", c -> get(c.settings(4, 1), 1), dataOf(1));
        row(
                "http2 6.9.1",
                "refuses a connection's window beyond 2^31-1",
                c -> c.window(0, MOST).window(0, MOST),
                connectionEnds(FLOW_CONTROL_ERROR));
        row(
                "http2 6.9.1",
                "refuses a stream's window beyond 2^31-1",
                c -> post(c, 1).window(1, MOST).window(1, MOST),
                streamEnds(FLOW_CONTROL_ERROR));
        row(
                "http2 6.9.2",
                "changes the windows of open streams with the setting",
                c -> get(c.settings(4, 0), 1).settings(4, 1),
                dataOf(1));
        row("http2 6.9.2", "knows a window that has become negative", Http2SpecSections::beyondItsWindow, dataOf(1));
        row(
                "http2 6.9.2",
                "refuses an initial window beyond 2^31-1",
                c -> c.send(SETTINGS, 0, 0, octets(0, 4, 0x80, 0, 0, 0)),
                connectionEnds(FLOW_CONTROL_ERROR));
    }

    private static void beyondItsWindow(Http2Peer client) {
        get(client.settings(4, 3), 1);
        dataOf(3).take(client);
        client.settings(4, 2);
        acknowledged().take(client);
        client.window(1, 2);
    }

    private void continuations() {
        row(
                "http2 6.10",
                "takes several CONTINUATION behind HEADERS",
                c -> further(further(begun(c, 1, END_STREAM, "GET"), 1, 0), 1, END_HEADERS),
                answered(1));
        row(
                "http2 6.10",
                "refuses another frame behind CONTINUATION without an end",
                c -> further(begun(c, 1, 0, "POST"), 1, 0).data(1, "test", true),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.10",
                "refuses CONTINUATION of stream 0",
                c -> further(begun(c, 1, END_STREAM, "GET"), 0, END_HEADERS),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.10",
                "refuses CONTINUATION behind HEADERS with an end",
                c -> further(begun(c, 1, END_HEADERS | END_STREAM, "GET"), 1, END_HEADERS),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.10",
                "refuses CONTINUATION behind CONTINUATION with an end",
                c -> further(further(begun(c, 1, END_STREAM, "GET"), 1, END_HEADERS), 1, END_HEADERS),
                connectionEnds(PROTOCOL_ERROR));
        row(
                "http2 6.10",
                "refuses CONTINUATION behind DATA",
                c -> further(further(begun(c, 1, 0, "POST").data(1, "test", true), 1, 0), 0, END_HEADERS),
                connectionEnds(PROTOCOL_ERROR));
    }
}
