package io.sessiongate.listener;

import static io.sessiongate.listener.Http2SpecCase.CANCEL;
import static io.sessiongate.listener.Http2SpecCase.COMPRESSION_ERROR;
import static io.sessiongate.listener.Http2SpecCase.answered;
import static io.sessiongate.listener.Http2SpecCase.block;
import static io.sessiongate.listener.Http2SpecCase.connectionEnds;
import static io.sessiongate.listener.Http2SpecCase.dataOf;
import static io.sessiongate.listener.Http2SpecCase.fields;
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
import static io.sessiongate.testing.Http2Peer.CONTINUATION;
import static io.sessiongate.testing.Http2Peer.DATA;
import static io.sessiongate.testing.Http2Peer.END_HEADERS;
import static io.sessiongate.testing.Http2Peer.END_STREAM;
import static io.sessiongate.testing.Http2Peer.HEADERS;
import static io.sessiongate.testing.Http2Peer.PADDED;
import static io.sessiongate.testing.Http2Peer.PING;
import static io.sessiongate.testing.Http2Peer.PRIORITISED;

import io.sessiongate.listener.Http2SpecCase.Turn;
import io.sessiongate.testing.Http2Peer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** The cases of the parts {@code generic} and {@code hpack} of h2spec. */
final class Http2SpecGeneric {

    private static final String AGENT = "0a757365722d6167656e74"; // user-agent
    private static final String AGENT_CODED = "87b505b161cc5a93";
    private static final String TEST = "06782d74657374"; // x-test
    private static final String TEST_CODED = "85f2b24a84ff";
    private static final String VALUE = "06683273706563"; // h2spec
    private static final String VALUE_CODED = "849c48aca4";

    private final List<Http2SpecCase> cases = new ArrayList<>();

    static List<Http2SpecCase> all() {
        Http2SpecGeneric rows = new Http2SpecGeneric();
        rows.streams();
        rows.bodiesAndBlocks();
        rows.priorities();
        rows.otherFrames();
        rows.messages();
        rows.representations();
        rows.hpackErrors();
        return rows.cases;
    }

    private void row(String section, String behaviour, Turn sends, Turn accepts) {
        cases.add(new Http2SpecCase(section, behaviour, sends, accepts));
    }

    private void streams() {
        row("generic 1", "takes the preface", c -> {}, goesOn());
        row("generic 2", "takes PRIORITY of a stream not opened", c -> prioritise(c, 1, 0, 255), goesOn());
        row(
                "generic 2",
                "takes WINDOW_UPDATE of a stream whose request is over",
                c -> get(c.settings(4, 0), 1).window(1, 1),
                dataOf(1));
        row(
                "generic 2",
                "takes PRIORITY of a stream whose request is over",
                c -> prioritise(get(c.settings(4, 0), 1), 1, 0, 255).window(1, 1),
                dataOf(1));
        row(
                "generic 2",
                "takes RST_STREAM of a stream whose request is over",
                c -> get(c, 1).reset(1, CANCEL),
                goesOnOrEnds());
        row(
                "generic 2",
                "takes PRIORITY of a stream that is over",
                c -> prioritise(over(get(c, 1), 1), 1, 0, 255),
                goesOn());
    }

    private void bodiesAndBlocks() {
        row("generic 3.1", "takes DATA", c -> post(c, 1).data(1, "test", true), answered(1));
        row(
                "generic 3.1",
                "takes several DATA",
                c -> post(c, 1).data(1, "test", false).data(1, "test", true),
                answered(1));
        row(
                "generic 3.1",
                "takes DATA with padding",
                c -> post(c, 1).send(DATA, PADDED | END_STREAM, 1, octets(5, 't', 'e', 's', 't', 0, 0, 0, 0, 0)),
                answered(1));
        row("generic 3.2", "takes HEADERS", c -> get(c, 1), answered(1));
        row(
                "generic 3.2",
                "takes HEADERS with padding",
                c -> c.send(
                        HEADERS,
                        PADDED | END_HEADERS | END_STREAM,
                        1,
                        join(octets(8), plain(fields("GET")), new byte[8])),
                answered(1));
        row(
                "generic 3.2",
                "takes HEADERS with a priority",
                c -> c.send(
                        HEADERS,
                        PRIORITISED | END_HEADERS | END_STREAM,
                        1,
                        join(priority(0, 255), plain(fields("GET")))),
                answered(1));
        row("generic 3.10", "takes CONTINUATION", c -> parts(c, 5), answered(1));
        row("generic 3.10", "takes several CONTINUATION", c -> parts(c, 5, 10), answered(1));
    }

    /** A request whose block is cut there. */
    private static void parts(Http2Peer client, int... cuts) {
        byte[] block = plain(fields("GET"));
        client.send(HEADERS, END_STREAM, 1, Arrays.copyOf(block, cuts[0]));
        for (int i = 0; i < cuts.length; i++) {
            boolean last = i == cuts.length - 1;
            int to = last ? block.length : cuts[i + 1];
            client.send(CONTINUATION, last ? END_HEADERS : 0, 1, Arrays.copyOfRange(block, cuts[i], to));
        }
    }

    private void priorities() {
        row("generic 3.3", "takes PRIORITY of weight 1", c -> get(prioritise(c, 1, 0, 0), 1), answered(1));
        row("generic 3.3", "takes PRIORITY of weight 256", c -> get(prioritise(c, 1, 0, 255), 1), answered(1));
        row("generic 3.3", "takes PRIORITY that depends on another", c -> get(prioritise(c, 3, 1, 0), 1), answered(1));
        row(
                "generic 3.3",
                "takes PRIORITY that is exclusive",
                c -> get(prioritise(c, 1, Integer.MIN_VALUE, 0), 1),
                answered(1));
        row(
                "generic 3.3",
                "takes a request behind PRIORITY of a later stream",
                c -> get(prioritise(c, 3, 0, 255), 1),
                answered(1));
    }

    private void otherFrames() {
        row(
                "generic 3.4",
                "takes RST_STREAM",
                c -> c.send(HEADERS, END_HEADERS, 1, plain(fields("GET"))).reset(1, CANCEL),
                goesOnOrEnds());
        row(
                "generic 3.5",
                "takes SETTINGS of all kinds",
                c -> c.settings(1, 4096, 2, 1, 3, 100, 4, 65_535, 5, 16_384, 6, 100),
                Http2SpecSections.acknowledged());
        row("generic 3.7", "answers PING", c -> c.send(PING, 0, 0, Http2SpecSections.WORD), Http2SpecSections.echoed());
        row("generic 3.8", "takes GOAWAY", c -> goAway(c, 0), goesOnOrEnds());
        row("generic 3.9", "takes WINDOW_UPDATE of the connection", c -> c.window(0, 1), goesOn());
        row("generic 3.9", "takes WINDOW_UPDATE of a stream", c -> get(c, 1).window(1, 1), answered(1));
    }

    private void messages() {
        row("generic 4", "answers GET", c -> get(c, 1), answered(1));
        row("generic 4", "answers HEAD", c -> block(c, 1, plain(fields("HEAD"))), answered(1));
        row("generic 4", "answers POST", c -> post(c, 1).data(1, "test", true), answered(1));
        row(
                "generic 4",
                "answers POST with trailers",
                c -> block(post(c, 1, "trailer", "x-test").data(1, "test", false), 1, plain("x-test", "ok")),
                answered(1));
    }

    private void representations() {
        coded("takes a field by its number", "ba");
        coded("takes a field to be indexed, a name of the table, coded", "40" + AGENT_CODED + VALUE_CODED);
        coded("takes a field to be indexed, a name of the table", "40" + AGENT + VALUE);
        coded("takes a field to be indexed, a new name", "40" + TEST + VALUE);
        coded("takes a field to be indexed, a new name, coded", "40" + TEST_CODED + VALUE_CODED);
        coded("takes a field not to be indexed, a name of the table", "00" + AGENT + VALUE);
        coded("takes a field not to be indexed, a name of the table, coded", "00" + AGENT_CODED + VALUE_CODED);
        coded("takes a field not to be indexed, a new name", "00" + TEST + VALUE);
        coded("takes a field not to be indexed, a new name, coded", "00" + TEST_CODED + VALUE_CODED);
        coded("takes a field never to be indexed, a name of the table", "10" + AGENT + VALUE);
        coded("takes a field never to be indexed, a name of the table, coded", "10" + AGENT_CODED + VALUE_CODED);
        coded("takes a field never to be indexed, a new name", "10" + TEST + VALUE);
        coded("takes a field never to be indexed, a new name, coded", "10" + TEST_CODED + VALUE_CODED);
        row("generic 5", "takes an update of the table's size", c -> block(c, 1, before("3f61")), answered(1));
        row("generic 5", "takes two updates of the table's size", c -> block(c, 1, before("3f613fe11f")), answered(1));
    }

    private void coded(String behaviour, String field) {
        row("generic 5", behaviour, c -> block(c, 1, behind(field)), answered(1));
    }

    private static byte[] behind(String hex) {
        return join(plain(fields("GET")), HexFormat.of().parseHex(hex));
    }

    private static byte[] before(String hex) {
        return join(HexFormat.of().parseHex(hex), plain(fields("GET")));
    }

    private void hpackErrors() {
        undecodable("hpack 2.3.3", "refuses a field of a number that is not in the tables", behind("c6"));
        undecodable("hpack 2.3.3", "refuses a name of a number that is not in the tables", behind("7f0700"));
        undecodable("hpack 4.2", "refuses an update of the table's size behind a field", behind("21"));
        undecodable("hpack 5.2", "refuses padding of more than seven bits", behind("00" + TEST_CODED + "8449509fff"));
        undecodable("hpack 5.2", "refuses padding with zeros", behind("00" + TEST_CODED + "83495090"));
        undecodable(
                "hpack 5.2", "refuses the end of string in a string", behind("00" + TEST_CODED + "874951fffffffa7f"));
        undecodable("hpack 6.1", "refuses a field of the number 0", behind("80"));
        undecodable("hpack 6.3", "refuses a table larger than it has said", before("3fe21f"));
    }

    private void undecodable(String section, String behaviour, byte[] block) {
        row(section, behaviour, c -> block(c, 1, block), connectionEnds(COMPRESSION_ERROR));
    }
}
