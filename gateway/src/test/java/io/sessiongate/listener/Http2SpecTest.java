package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.Http2Peer.Frame;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawUpstream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What h2spec asks of a server, case by case in our own words: a row for each, and one test for the case in which there is
 * no HTTP/2 yet. Where h2spec is content with a connection that closes, a row wants the error to be said as well.
 */
@ExtendWith(LeakWatch.class)
class Http2SpecTest {

    static final int STREAMS = 20;

    private static RawUpstream app;
    private static GatewayFixture gate;

    @BeforeAll
    static void start() {
        app = RawUpstream.answering(r ->
                r.startLine().startsWith("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n" : ok("some octets"));
        gate = gateway()
                .limits(new LimitsConfig(32 * 1024, 8192, 100, Long.MAX_VALUE, 65_536, 10, 10, 1000, STREAMS, 0))
                .before(app);
    }

    @AfterAll
    static void stop() {
        await().until(() -> gate.flow.open.isEmpty());
        await().until(() -> gate.gauge("sessiongate.http2.streams.open") == 0);
        gate.close();
        app.close();
    }

    static List<Http2SpecCase> cases() {
        List<Http2SpecCase> all = new ArrayList<>(Http2SpecGeneric.all());
        all.addAll(Http2SpecSections.all());
        all.addAll(Http2SpecMessages.all());
        return all;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void doesAsTheSpecificationSays(Http2SpecCase row) {
        try (Http2Peer client = Http2Peer.connect(gate.address)) {
            Frame first = client.read();
            assertThat(first).isNotNull();
            assertThat(first.type()).isEqualTo(Http2Peer.SETTINGS);
            assertThat(first.has(Http2Peer.ACK)).isFalse();
            Http2SpecSections.acknowledged().take(client);
            try {
                row.sends().take(client.send(Http2Peer.SETTINGS, Http2Peer.ACK, 0, new byte[0]));
            } catch (UncheckedIOException closed) {
                // before all was sent; what was said before is still to be read
            }
            row.accepts().take(client);
        }
    }

    /** Section 3.5 of the part http2: who does not begin with the preface is spoken to in HTTP/1.1, and cut. */
    @Test
    void closesAConnectionThatBeginsWithAnythingElse() {
        try (Http2Peer client = Http2Peer.silent(gate.address)) {
            client.raw("INVALID CONNECTION PREFACE\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            assertThat(client.goneWith()).isEqualTo(-1);
        }
    }

    /** As many as h2spec has, the one of its strict mode included: 44, 8, and 95 of which one stands above. */
    @Test
    void leavesNoCaseOut() {
        assertThat(counted("generic")).isEqualTo(44);
        assertThat(counted("hpack")).isEqualTo(8);
        assertThat(counted("http2")).isEqualTo(94);
        assertThat(cases()).doesNotHaveDuplicates();
    }

    private static long counted(String part) {
        return cases().stream().filter(c -> c.section().startsWith(part)).count();
    }
}
