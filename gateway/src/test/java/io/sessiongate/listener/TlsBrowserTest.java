package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static io.sessiongate.testing.RawUpstream.webSocket;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sessiongate.config.TlsConfig;
import io.sessiongate.flow.Protocol;
import io.sessiongate.testing.Browser;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawPeer.Message;
import io.sessiongate.testing.RawUpstream;
import io.sessiongate.testing.TestCertificates;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a real browser makes of it: HTTP/2 over TLS, many requests at once, and a WebSocket on one of its streams. */
@ExtendWith(LeakWatch.class)
class TlsBrowserTest {

    private static final String PAGE = """
            <!doctype html><title>page</title><script>
            (async () => {
              const seen = {};
              const all = await Promise.all([...Array(40).keys()].map(i => fetch('/' + i).then(r => r.text())));
              seen.answers = all.filter((text, i) => text === '/' + i).length;
              seen.posted = await fetch('/post', { method: 'POST', body: 'x'.repeat(1000000) }).then(r => r.text());
              const socket = new WebSocket('wss://' + location.host + '/socket');
              seen.socket = await new Promise(done => {
                socket.onopen = () => socket.send('hello');
                socket.onmessage = message => done(message.data);
                socket.onerror = () => done('failed');
              });
              socket.close();
              const spoken = kind => performance.getEntriesByType(kind).map(entry => entry.nextHopProtocol);
              seen.protocols = [...new Set([...spoken('navigation'), ...spoken('resource')])].join();
              window.seen = seen;
            })().catch(fault => window.seen = { fault: String(fault) });
            </script>
            """;

    /** What the request of the WebSocket came by. */
    private final Set<Protocol> socketsBy = ConcurrentHashMap.newKeySet();

    @Test
    void speaksHttp2WithItAndGivesItItsWebSocket(@TempDir Path profile, @TempDir Path folder) throws IOException {
        assumeTrue(Browser.isInstalled(), "No browser is tried: chromium and chromedriver are not installed");
        TlsConfig tls = new TlsConfig(
                List.of(TestCertificates.write(folder, "app", new TestCertificates().server("localhost"))));
        try (RawUpstream app = new RawUpstream((peer, number) -> serve(peer));
                GatewayFixture gate = gateway().tls(tls).before(app);
                Browser browser = Browser.start(profile)) {
            gate.flow.guards = request -> {
                if (request.head().target().equals("/socket")) {
                    socketsBy.add(request.protocol());
                }
                return null;
            };
            browser.visit("https://localhost:" + gate.address.getPort() + "/");
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> browser.run("return !!window.seen").asBoolean());
            JsonNode seen = browser.run("return window.seen");
            assertThat(seen.path("answers").asInt()).as("%s", seen).isEqualTo(40);
            assertThat(seen.path("posted").asString()).isEqualTo("1000000");
            assertThat(seen.path("socket").asString()).isEqualTo("hello");
            assertThat(seen.path("protocols").asString()).isEqualTo("h2");
        }
        // RFC 8441: the browser did not open a connection of its own for it.
        assertThat(socketsBy).containsExactly(Protocol.HTTP_2);
    }

    private static void serve(RawPeer peer) throws IOException {
        while (true) {
            Message request = peer.message();
            String target = request.startLine().split(" ", 3)[1];
            if (target.equals("/socket")) {
                peer.send(webSocket("Sec-WebSocket-Key: " + request.field("Sec-WebSocket-Key")));
                echo(peer);
                return;
            }
            peer.send(
                    switch (target) {
                        case "/" ->
                            "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " + PAGE.length()
                                    + "\r\n\r\n" + PAGE;
                        case "/post" -> ok(Integer.toString(request.body().length()));
                        default -> ok(target);
                    });
        }
    }

    /** Sends one short text back; RFC 6455 section 5.2. */
    private static void echo(RawPeer peer) throws IOException {
        byte[] start = peer.in().readNBytes(2);
        int length = start[1] & 0x7f;
        byte[] mask = peer.in().readNBytes(4);
        byte[] text = peer.in().readNBytes(length);
        byte[] frame = new byte[2 + length];
        frame[0] = (byte) 0x81;
        frame[1] = (byte) length;
        for (int i = 0; i < length; i++) {
            frame[2 + i] = (byte) (text[i] ^ mask[i % 4]);
        }
        peer.send(frame);
        peer.ended();
    }
}
