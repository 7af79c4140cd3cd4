package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.io.ByteArrayOutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests with another one hidden in them, over raw sockets. The application's side of the wire is taken down octet by
 * octet: nothing hidden ever begins a request there, and what is passed on is exactly what one reading makes of it.
 */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class RequestSmugglingTest {

    private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String CHUNKED = "Transfer-Encoding: chunked";

    static List<Arguments> refused() {
        List<Arguments> all = new ArrayList<>();
        add(all, "CL.TE", "Content-Length: 6\r\n" + CHUNKED, "0\r\n\r\nG");
        add(all, "TE.CL", CHUNKED + "\r\nContent-Length: 4", "21\r\n" + HIDDEN + "\r\n0\r\n\r\n");
        add(all, "TE.CL, lengths in many forms", CHUNKED + "\r\nContent-Length:", "0\r\n\r\n");
        for (String coding : List.of(
                "Transfer-Encoding: xchunked",
                "Transfer-Encoding : chunked",
                "Transfer-Encoding\t: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
                "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
                "Transfer-Encoding: chunked\r\nTransfer-encoding: cow",
                " Transfer-Encoding: chunked",
                "X: X\nTransfer-Encoding: chunked",
                "X: X\rTransfer-Encoding: chunked",
                "Transfer-Encoding\r\n : chunked",
                "Transfer-Encoding:\r\n chunked",
                "Transfer-Encoding: chunked\r\n , identity",
                "Transfer-Encoding: \u000bchunked",
                "Transfer-Encoding: chunked\u000c",
                "Transfer-Encoding:\u00a0chunked",
                "Transfer-Encoding: chunked\u0000",
                "Transfer-Encoding\u0000: chunked",
                "Transfer-Encoding: chunk\u0000ed",
                "Transfer-Encoding: 'chunked'",
                "Transfer-Encoding: \"chunked\"",
                "Transfer-Encoding: chunked;q=1",
                "Transfer-Encoding: , chunked",
                "Transfer-Encoding: chunked,",
                "Transfer-Encoding: chunked, chunked",
                "Transfer-Encoding: identity, chunked",
                "Transfer-Encoding: gzip, chunked",
                "Transfer-Encoding:",
                "Transfer-Encoding")) {
            add(all, "TE.TE", coding + "\r\nContent-Length: 4", "21\r\n" + HIDDEN + "\r\n0\r\n\r\n");
            add(all, "TE alone", coding, "21\r\n" + HIDDEN + "\r\n0\r\n\r\n");
        }
        for (String length : List.of(
                "+33",
                "-33",
                "0x21",
                "3 3",
                "33,33",
                "33, 33",
                "33;",
                "33.0",
                "3_3",
                "\u000b33",
                "33\u0000",
                "\u00a033",
                "33\r\nContent-Length: 0",
                "0\r\nContent-Length: 33",
                "33\r\nContent-Length: 33",
                "18446744073709551651",
                "99999999999999999999999999",
                "",
                "\"33\"")) {
            add(all, "CL", "Content-Length: " + length, HIDDEN);
        }
        add(all, "CL, blank before the colon", "Content-Length : 33", HIDDEN);
        add(all, "CL behind a bare LF", "X: y\nContent-Length: 33", HIDDEN);
        for (String chunks : List.of(
                "0x21\r\n",
                "+21\r\n",
                " 21\r\n",
                "21 \r\n",
                "21\t\r\n",
                "21\n",
                "21\r",
                "21\r\r\n",
                "\r\n",
                ";a\r\n",
                "21;\r\n",
                "21;a\n",
                "21;a=\"\r\n",
                "21;a=\"\n\"\r\n",
                "21; a\r\n",
                "21;a =b\r\n",
                "21;\u0000\r\n",
                "2\u00001\r\n",
                "10000000000000021\r\n",
                "00000000000000021\r\n",
                "g\r\n",
                "-1\r\n",
                "21;a\rb\r\n")) {
            add(all, "chunk line", CHUNKED, chunks + HIDDEN + "\r\n0\r\n\r\n");
        }
        for (String trailers : List.of(
                "X: y\n\r\n",
                "X: y\r\r\n\r\n",
                "X : y\r\n\r\n",
                "X: a\r\n b\r\n\r\n",
                ": y\r\n\r\n",
                "X\r\n\r\n",
                "X: a\u0000\r\n\r\n",
                "\n",
                "\r\r\n",
                "X: a\rY: b\r\n\r\n",
                " X: y\r\n\r\n",
                "GET /hidden HTTP/1.1\r\n\r\n")) {
            add(all, "trailer", CHUNKED, "1\r\nx\r\n0\r\n" + trailers);
        }
        add(all, "chunk too long", CHUNKED, "1\r\nxx\r\n0\r\n\r\n");
        add(all, "chunk that ends in LF", CHUNKED, "1\r\nx\n0\r\n\r\n");
        add(all, "chunk that ends in CR", CHUNKED, "1\r\nx\r0\r\n\r\n");
        add(all, "chunk without an end", CHUNKED, "1\r\nx0\r\n\r\n");
        all.add(Arguments.of("HTTP/1.0 with TE", "POST / HTTP/1.0\r\nHost: x\r\n" + CHUNKED + "\r\n\r\n0\r\n\r\n"));
        all.add(Arguments.of(
                "HTTP/1.0 with both",
                "POST / HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 5\r\n" + CHUNKED + "\r\n\r\n0\r\n\r\n"));
        all.add(Arguments.of("NUL in the target", "GET /a\u0000 HTTP/1.1\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("LF in the target", "GET /a\nb HTTP/1.1\r\nHost: x\r\n\r\n"));
        all.add(Arguments.of("absolute form with two Hosts", "GET http://y/ HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"));
        all.add(Arguments.of("absolute form without Host", "GET http://y/ HTTP/1.1\r\n\r\n"));
        all.add(Arguments.of(
                "Connection that takes the length out",
                "POST / HTTP/1.1\r\nHost: x\r\nConnection: content-length\r\nContent-Length: 33\r\n\r\n"));
        return all;
    }

    private static void add(List<Arguments> all, String kind, String fields, String body) {
        all.add(Arguments.of(
                kind + " " + io.sessiongate.http.Seen.quote(fields),
                "POST /up HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n\r\n" + body));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refused")
    void letsNothingHiddenBecomeARequest(String name, String request) {
        try (Wiretap app = new Wiretap();
                GatewayFixture gate = gateway().loops(1).before(app.upstream);
                RawPeer client = gate.client();
                RawPeer other = gate.client()) {
            client.send(request + HIDDEN);
            assertThat(client.message().status()).isEqualTo(400);
            assertThat(client.rest()).isEmpty();
            assertThat(gate.flow.targets).doesNotContain("/hidden");
            assertThat(app.seen()).doesNotContain("hidden HTTP/1.1\r\nHost: x\r\nx-auth-subject");
            // Whatever came through of it, the next request is answered by itself, on a connection of its own.
            assertThat(other.send("GET /next HTTP/1.1\r\nHost: x\r\n\r\n")
                            .message()
                            .body())
                    .isEqualTo("/next");
        }
    }

    /** Chunked requests whose body goes on one octet behind the refused chunk line would show here. */
    @Test
    void passesNoEndOnOfABodyThatIsRefused() {
        try (Wiretap app = new Wiretap();
                GatewayFixture gate = gateway().loops(1).before(app.upstream);
                RawPeer client = gate.client()) {
            client.send("POST /up HTTP/1.1\r\nHost: x\r\n" + CHUNKED + "\r\n\r\n5\r\nhello\r\n");
            await().until(() -> app.seen().endsWith("5\r\nhello\r\n"));
            client.send("5\nxxxxx\r\n0\r\n\r\n");
            assertThat(client.message().status()).isEqualTo(400);
            await().until(() -> app.ended);
            assertThat(app.seen()).endsWith("\r\n\r\n5\r\nhello\r\n");
        }
    }

    static List<Arguments> accepted() {
        String subject = "x-auth-subject: alice\r\n";
        return List.of(
                Arguments.of(
                        "a length",
                        "POST /up HTTP/1.1\r\nHost: x\r\nContent-Length: 0033\r\n\r\n" + HIDDEN,
                        "POST /up HTTP/1.1\r\nHost: x\r\n" + subject + "Content-Length: 33\r\n\r\n" + HIDDEN),
                Arguments.of(
                        "a length of 0",
                        "POST /up HTTP/1.1\r\nHost: x\r\ncontent-length:0\t\r\n\r\n",
                        "POST /up HTTP/1.1\r\nHost: x\r\ncontent-length: 0\r\n" + subject + "\r\n"),
                Arguments.of(
                        "chunks with all that may be in them",
                        "POST /up HTTP/1.1\r\nHost: x\r\ntransfer-encoding:\tCHUNKED \r\n\r\n0021;a=\"\\\"\";b\r\n"
                                + HIDDEN + "\r\n000;c\r\nX-Checksum: 1\r\nContent-Length: 3\r\nX: y\r\n\r\n",
                        "POST /up HTTP/1.1\r\nHost: x\r\n" + subject + "Transfer-Encoding: chunked\r\n\r\n21\r\n"
                                + HIDDEN + "\r\n0\r\nX-Checksum: 1\r\n\r\n"),
                Arguments.of(
                        "absolute form, another Host",
                        "GET http://y:80/a?b HTTP/1.1\r\nHost: x\r\nA:b \r\nConnection: c, keep-alive\r\nC: d\r\n\r\n",
                        "GET /a?b HTTP/1.1\r\nA: b\r\nHost: y:80\r\n" + subject + "\r\n"),
                Arguments.of(
                        "a body of a GET",
                        "GET /up HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n21\r\n" + HIDDEN
                                + "\r\n0\r\n\r\n",
                        "GET /up HTTP/1.1\r\nHost: x\r\n" + subject + "Transfer-Encoding: chunked\r\n\r\n21\r\n"
                                + HIDDEN + "\r\n0\r\n\r\n"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("accepted")
    void passesOnExactlyWhatOneReadingMakesOfIt(String name, String request, String passedOn) {
        try (Wiretap app = new Wiretap();
                GatewayFixture gate = gateway().loops(1).before(app.upstream);
                RawPeer client = gate.client()) {
            client.send(request + "GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.message().status()).isEqualTo(200);
            assertThat(client.message().body()).isEqualTo("/next");
            assertThat(app.seen())
                    .isEqualTo(passedOn + "GET /next HTTP/1.1\r\nHost: x\r\nx-auth-subject: alice\r\n\r\n");
            assertThat(gate.flow.targets).hasSize(2);
        }
    }

    @Test
    void answersPipelinedRequestsInOrderUpToTheOneThatIsRefused() {
        try (Wiretap app = new Wiretap();
                GatewayFixture gate = gateway().loops(1).before(app.upstream);
                RawPeer client = gate.client()) {
            client.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nPOST /2 HTTP/1.1\r\nHost: x\r\nContent-Length: 33\r\n\r\n"
                    + HIDDEN + "GET /3 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n" + CHUNKED + "\r\n\r\n" + HIDDEN);
            assertThat(client.message().body()).isEqualTo("/1");
            assertThat(client.message().body()).isEqualTo("/2");
            assertThat(client.message().status()).isEqualTo(400);
            assertThat(client.rest()).isEmpty();
            assertThat(gate.flow.targets).containsExactly("/1", "/2");
        }
    }

    /** A server that takes down every octet it is sent, and answers with the target. */
    private static final class Wiretap implements AutoCloseable {

        final RawUpstream upstream = new RawUpstream((peer, number) -> {
            try {
                while (true) {
                    StringBuilder message = new StringBuilder();
                    while (!whole(message)) {
                        int octet = peer.read();
                        if (octet < 0) {
                            return;
                        }
                        message.append((char) octet);
                        keep(octet);
                    }
                    peer.send(ok(message.substring(message.indexOf(" ") + 1, message.indexOf(" HTTP/1.1"))));
                }
            } catch (UncheckedIOException reset) {
                // the gateway's way to end an unfinished request
            } finally {
                ended = true;
            }
        });

        private final ByteArrayOutputStream octets = new ByteArrayOutputStream();
        volatile boolean ended;

        private synchronized void keep(int octet) {
            octets.write(octet);
        }

        synchronized String seen() {
            return octets.toString(StandardCharsets.ISO_8859_1);
        }

        /** Simple minded on purpose: what the gateway writes has one form only. */
        private static boolean whole(StringBuilder message) {
            int end = message.indexOf("\r\n\r\n");
            if (end < 0) {
                return false;
            }
            if (message.indexOf("\r\nTransfer-Encoding: chunked\r\n") > 0) {
                int last = message.indexOf("\r\n0\r\n", end);
                return last > 0 && message.indexOf("\r\n\r\n", last + 2) > 0;
            }
            String head = message.substring(0, end + 2).toLowerCase(java.util.Locale.ROOT);
            int length = head.indexOf("\r\ncontent-length: ");
            int bytes =
                    length < 0 ? 0 : Integer.parseInt(head.substring(length + 18, head.indexOf("\r\n", length + 2)));
            return message.length() >= end + 4 + bytes;
        }

        @Override
        public void close() {
            upstream.close();
        }
    }
}
