package io.sessiongate.listener;

import static io.sessiongate.listener.Http2SpecCase.PROTOCOL_ERROR;
import static io.sessiongate.listener.Http2SpecCase.block;
import static io.sessiongate.listener.Http2SpecCase.connectionEnds;
import static io.sessiongate.listener.Http2SpecCase.fields;
import static io.sessiongate.listener.Http2SpecCase.join;
import static io.sessiongate.listener.Http2SpecCase.octets;
import static io.sessiongate.listener.Http2SpecCase.plain;
import static io.sessiongate.listener.Http2SpecCase.post;
import static io.sessiongate.listener.Http2SpecCase.streamEnds;
import static io.sessiongate.testing.Http2Peer.END_HEADERS;
import static io.sessiongate.testing.Http2Peer.HEADERS;
import static io.sessiongate.testing.Http2Peer.PUSH_PROMISE;

import io.sessiongate.listener.Http2SpecCase.Turn;
import java.util.ArrayList;
import java.util.List;

/** The cases of h2spec about messages, whose sections are those of RFC 7540: each is malformed and ends its stream. */
final class Http2SpecMessages {

    private final List<Http2SpecCase> cases = new ArrayList<>();

    static List<Http2SpecCase> all() {
        Http2SpecMessages rows = new Http2SpecMessages();
        rows.heads();
        rows.exchanges();
        return rows.cases;
    }

    private void malformed(String section, String behaviour, Turn sends) {
        cases.add(new Http2SpecCase("http2 " + section, behaviour, sends, streamEnds(PROTOCOL_ERROR)));
    }

    private void head(String section, String behaviour, String... fields) {
        malformed(section, behaviour, c -> block(c, 1, plain(fields)));
    }

    private void heads() {
        String[] method = {":method", "GET"};
        head("8.1.2", "refuses a name in upper case", fields("GET", "X-TEST", "ok"));
        head("8.1.2.1", "refuses a pseudo-header field that there is not", fields("GET", ":test", "ok"));
        head("8.1.2.1", "refuses a pseudo-header field of answers", fields("GET", ":status", "200"));
        malformed(
                "8.1.2.1",
                "refuses a pseudo-header field behind a field",
                c -> block(c, 1, join(plain("x-test", "ok"), plain(fields("GET")))));
        head("8.1.2.2", "refuses a field of HTTP/1.1's connection", fields("GET", "connection", "keep-alive"));
        head(
                "8.1.2.2",
                "refuses te of more than trailers",
                fields("GET", "trailers", "test", "te", "trailers, deflate"));
        head("8.1.2.3", "refuses an empty path", ":method", "GET", ":scheme", "http", ":path", "", ":authority", "x");
        head("8.1.2.3", "refuses a request without a method", ":scheme", "http", ":path", "/", ":authority", "x");
        head("8.1.2.3", "refuses a request without a scheme", ":method", "GET", ":path", "/", ":authority", "x");
        head("8.1.2.3", "refuses a request without a path", ":method", "GET", ":scheme", "http", ":authority", "x");
        head("8.1.2.3", "refuses two methods", fields("GET", method));
        head("8.1.2.3", "refuses two schemes", fields("GET", ":scheme", "http"));
        head("8.1.2.3", "refuses two paths", fields("GET", ":path", "/"));
    }

    private void exchanges() {
        malformed(
                "8.1",
                "refuses trailers that do not end the stream",
                c -> post(c, 1).data(1, "test", false).send(HEADERS, END_HEADERS, 1, plain("x-test", "ok")));
        malformed(
                "8.1.2.1",
                "refuses a pseudo-header field in trailers",
                c -> post(c, 1).data(1, "test", false).send(HEADERS, END_HEADERS, 1, plain(":method", "POST")));
        malformed(
                "8.1.2.6",
                "refuses a body that is not as long as it said",
                c -> post(c, 1, "content-length", "1").data(1, "test", true));
        malformed(
                "8.1.2.6",
                "refuses a body of several DATA that is not as long as it said",
                c -> post(c, 1, "content-length", "1").data(1, "test", false).data(1, "test", true));
        cases.add(new Http2SpecCase(
                "http2 8.2",
                "refuses PUSH_PROMISE",
                c -> c.send(PUSH_PROMISE, END_HEADERS, 1, join(octets(0, 0, 0, 3), plain(fields("GET")))),
                connectionEnds(PROTOCOL_ERROR)));
    }
}
