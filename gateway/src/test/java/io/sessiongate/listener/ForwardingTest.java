package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.TransportKind;
import io.sessiongate.flow.Completion;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What arrives on the other side of the gateway, and what comes back. */
@ExtendWith(LeakWatch.class)
@SuppressWarnings("StringConcatToTextBlock") // lines of HTTP end in CR LF
class ForwardingTest {

    @ParameterizedTest
    @EnumSource(TransportKind.class)
    void forwardsARequestAndItsAnswerOnEveryTransport(TransportKind kind) {
        try (RawUpstream app = RawUpstream.answering(r -> ok("hello"));
                GatewayFixture gate = gateway().transport(kind).before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send("GET /a?b=c HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n")
                    .message();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.body()).isEqualTo("hello");
            assertThat(app.heads()).containsExactly("GET /a?b=c HTTP/1.1\nHost: x\nAccept: */*\nx-auth-subject: alice");
        }
    }

    @Test
    void keepsBothConnectionsForTheNextRequest() {
        try (RawUpstream app = RawUpstream.answering(r -> ok(r.startLine()));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            for (int i = 0; i < 5; i++) {
                Message answer = client.send("GET /" + i + " HTTP/1.1\r\nHost: x\r\n\r\n")
                        .message();
                assertThat(answer.body()).isEqualTo("GET /" + i + " HTTP/1.1");
            }
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @Test
    void answersPipelinedRequestsInOrder() {
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i < 500; i++) {
            String target = i % 7 == 0 ? "/reply" + i : i % 5 == 0 ? "/later" + i : "/" + i;
            String body = i % 3 == 0 ? "Content-Length: 3\r\n\r\nabc" : "\r\n";
            requests.append("PUT ")
                    .append(target)
                    .append(" HTTP/1.1\r\nHost: x\r\n")
                    .append(body);
        }
        try (RawUpstream app = RawUpstream.answering(r -> ok(r.startLine().split(" ", -1)[1] + r.body()));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send(requests.toString());
            for (int i = 0; i < 500; i++) {
                Message answer = client.message();
                String body = i % 3 == 0 ? "abc" : "";
                if (i % 7 == 0) {
                    assertThat(answer.status()).isEqualTo(401);
                } else {
                    assertThat(answer.body()).isEqualTo((i % 5 == 0 ? "/later" : "/") + i + body);
                }
            }
            await().until(() -> gate.flow.completions.size() == 500);
        }
    }

    @Test
    void keepsTheLengthOfABody() {
        try (RawUpstream app = RawUpstream.answering(r -> ok(r.body()));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send("POST /later HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nhello world")
                    .message();
            assertThat(answer.body()).isEqualTo("hello world");
            assertThat(app.heads().get(0)).contains("Content-Length: 11").doesNotContainIgnoringCase("transfer");
        }
    }

    @Test
    void keepsChunksAndPermittedTrailersOfARequest() {
        try (RawUpstream app = RawUpstream.answering(r -> ok(r.body() + "|" + String.join(",", r.trailers())));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send(
                            "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                                    + "5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nX-Checksum: 7\r\nX-Auth-Subject: eve\r\nHost: y\r\n\r\n")
                    .message();
            assertThat(answer.body()).isEqualToIgnoringCase("hello!|X-Checksum: 7");
        }
    }

    @Test
    void keepsChunksAndTrailersOfAnAnswer() {
        try (RawUpstream app = RawUpstream.answering(r -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "3\r\nabc\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\n\r\n");
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").message();
            assertThat(answer.body()).isEqualTo("abc");
            assertThat(answer.trailers()).containsExactly("X-Sum: 1");
            assertThat(client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                            .message()
                            .body())
                    .isEqualTo("abc");
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @Test
    void passesTheLengthOfAHeadAnswerWithoutABody() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    while (true) {
                        peer.message(true);
                        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 42\r\n\r\n");
                    }
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            for (int i = 0; i < 2; i++) {
                Message answer =
                        client.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n").message(true);
                assertThat(answer.field("content-length")).isEqualTo("42");
            }
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @Test
    void passes204And304WithoutABody() {
        List<String> answers = List.of(
                "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\nETag: x\r\n\r\n");
        try (RawUpstream app =
                        RawUpstream.answering(r -> answers.get(r.startLine().contains("204") ? 0 : 1));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            Message none = client.send("GET /204 HTTP/1.1\r\nHost: x\r\n\r\n").message();
            Message unmodified =
                    client.send("GET /304 HTTP/1.1\r\nHost: x\r\n\r\n").message();
            assertThat(none.status()).isEqualTo(204);
            assertThat(none.field("transfer-encoding")).isEmpty();
            assertThat(unmodified.status()).isEqualTo(304);
            assertThat(app.accepted()).isEqualTo(1);
        }
    }

    @Test
    void removesHopByHopFieldsOfBothDirections() {
        try (RawUpstream app = RawUpstream.answering(r -> "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: X-In\r\n"
                        + "X-In: 1\r\nKeep-Alive: timeout=5\r\nX-Stays: 1\r\n\r\n");
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send(
                            "GET / HTTP/1.1\r\nHost: x\r\nConnection: X-Auth-Subject, x-hop\r\nX-Hop: 1\r\n"
                                    + "X-Auth-Subject: eve\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\nUpgrade: h2c\r\n"
                                    + "HTTP2-Settings: a\r\n\r\n")
                    .message();
            assertThat(answer.fields()).containsExactly("Content-Length: 0", "X-Stays: 1");
            assertThat(app.heads()).containsExactly("GET / HTTP/1.1\nHost: x\nx-auth-subject: alice");
        }
    }

    @Test
    void relaysAnAnswerWithoutLengthInChunks() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.message();
                    peer.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").message();
            assertThat(answer.field("transfer-encoding")).isEqualTo("chunked");
            assertThat(answer.body()).isEqualTo("until the end");
            assertThat(client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                            .message()
                            .body())
                    .isEqualTo("until the end");
        }
    }

    @Test
    void speaksHttp10ToThoseWhoDo() {
        try (RawUpstream app = RawUpstream.answering(
                        r -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    .message();
            assertThat(answer.field("transfer-encoding")).isEmpty();
            assertThat(answer.field("connection")).isEqualTo("close");
            assertThat(answer.body()).isEqualTo("abc");
            assertThat(app.heads().get(0)).startsWith("GET / HTTP/1.1\n").containsPattern("(?i)host: .*:\\d+");
        }
    }

    @Test
    void keepsAnHttp10ConnectionOnlyWhereAsked() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer asks = gate.client();
                RawPeer silent = gate.client()) {
            String request = "GET / HTTP/1.0\r\nHost: x\r\n";
            assertThat(asks.send(request + "Connection: keep-alive\r\n\r\n")
                            .message()
                            .field("connection"))
                    .isEqualTo("keep-alive");
            assertThat(asks.send(request + "Connection: keep-alive\r\n\r\n")
                            .message()
                            .body())
                    .isEqualTo("x");
            assertThat(silent.send(request + "\r\n").message().body()).isEqualTo("x");
            assertThat(silent.ended()).isTrue();
        }
    }

    @Test
    void closesWhereTheClientAsksForIt() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    .message();
            assertThat(answer.field("connection")).isEqualTo("close");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void relaysTheContinueOfTheUpstream() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    String head = peer.head();
                    peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n");
                    peer.send(ok(peer.text(5)
                            + (head.toLowerCase(Locale.ROOT).contains("expect: 100-continue") ? "+" : "-")));
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(client.message().startLine()).isEqualTo("HTTP/1.1 103 Early Hints");
            assertThat(client.message().startLine()).isEqualTo("HTTP/1.1 100 Continue");
            assertThat(client.send("hello").message().body()).isEqualTo("hello+");
        }
    }

    @Test
    void relaysTheContinueOfEachRequestOfAConnection() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    for (int i = 0; i < 3; i++) {
                        peer.head();
                        peer.send("HTTP/1.1 100 Continue\r\n\r\n");
                        peer.send(ok(peer.text(5)));
                    }
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            for (int i = 0; i < 3; i++) {
                client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
                assertThat(client.message().startLine()).isEqualTo("HTTP/1.1 100 Continue");
                assertThat(client.send("hello").message().body()).isEqualTo("hello");
            }
        }
    }

    @Test
    void closesAfterAnAnswerToAnExpectationThatAskedForNoBody() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n");
                    peer.read();
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            Message answer = client.message();
            assertThat(answer.status()).isEqualTo(417);
            assertThat(answer.field("connection")).isEqualTo("close");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void sendsNoInterimAnswerToHttp10() {
        try (RawUpstream app = RawUpstream.answering(r -> "HTTP/1.1 103 Early Hints\r\n\r\n" + ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send("GET / HTTP/1.0\r\nHost: x\r\n\r\n")
                            .message()
                            .status())
                    .isEqualTo(200);
        }
    }

    @Test
    void deliversAnAnswerThatComesBeforeTheUploadIsThrough() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nsome");
            Message answer = client.message();
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.body()).isEqualTo("big");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void goesOnBehindAnEarlyAnswerWhereLittleOfTheUploadIsLeft() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nfew");
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            for (int i = 0; i < 2; i++) {
                client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
                Message answer = client.message();
                assertThat(answer.status()).isEqualTo(200);
                assertThat(answer.all("Connection")).isEmpty();
                client.send("x".repeat(1000));
            }
        }
    }

    @Test
    void saysThatAnEarlyAnswerEndsTheConnectionWhereMuchOfTheUploadIsLeft() {
        try (RawUpstream app = new RawUpstream((peer, n) -> {
                    peer.head();
                    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nfew");
                });
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nsome");
            Message answer = client.message();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.field("Connection")).isEqualTo("close");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void acceptsAnAnswerWithALargeHead() {
        String cookie = "Set-Cookie: a=" + "x".repeat(30_000) + "\r\n";
        try (RawUpstream app = RawUpstream.answering(
                        r -> "HTTP/1.1 200 OK\r\n" + cookie + cookie + cookie + "Content-Length: 0\r\n\r\n");
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            Message answer = client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").message();
            assertThat(answer.all("set-cookie")).hasSize(3);
        }
    }

    @Test
    void dropsASmallUnreadBodyAndKeepsTheConnection() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("POST /reply HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
            assertThat(client.message().status()).isEqualTo(401);
            client.send("x".repeat(60000) + "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(client.message().body()).isEqualTo("x");
        }
    }

    @Test
    void closesRatherThanReadALargeUnwantedBody() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("POST /reply HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\nabc");
            Message answer = client.message();
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.field("connection")).isEqualTo("close");
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    void rewritesATargetInAbsoluteForm() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("GET HTTP://b.example:81/p?q HTTP/1.1\r\nHost: a\r\n\r\n")
                    .message();
            client.send("GET http://b.example HTTP/1.1\r\nHost: a\r\n\r\n").message();
            assertThat(app.heads().get(0)).startsWith("GET /p?q HTTP/1.1\n").containsIgnoringCase("host: b.example:81");
            assertThat(app.heads().get(1)).startsWith("GET / HTTP/1.1\n").containsIgnoringCase("host: b.example\n");
        }
    }

    @Test
    void accountsForWhatWasSent() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("hello"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
                    .message();
            await().until(() -> gate.flow.completions.size() == 1);
            Completion completion = gate.flow.completions.get(0);
            assertThat(completion.status()).isEqualTo(200);
            assertThat(completion.fault()).isNull();
            assertThat(completion.requestBodyBytes()).isEqualTo(3);
            assertThat(completion.responseBodyBytes()).isEqualTo(5);
            assertThat(completion.answerNanos()).isPositive();
            assertThat(completion.upstream()).endsWith(":" + app.address().getPort());
        }
    }

    @Test
    void answers500WhereTheFlowFailsAfterItHadToWait() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send("GET /later/bang HTTP/1.1\r\nHost: x\r\n\r\n")
                            .message()
                            .status())
                    .isEqualTo(500);
        }
    }

    @Test
    void answers500WhereTheFlowFails() {
        try (RawUpstream app = RawUpstream.answering(r -> ok("x"));
                GatewayFixture gate = gateway().before(app);
                RawPeer client = gate.client()) {
            assertThat(client.send("GET /boom HTTP/1.1\r\nHost: x\r\n\r\n")
                            .message()
                            .status())
                    .isEqualTo(500);
            assertThat(client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                            .message()
                            .status())
                    .isEqualTo(200);
        }
    }
}
