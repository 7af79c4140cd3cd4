package io.sessiongate.app;

import static io.sessiongate.testing.RawUpstream.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.testing.Http2Peer;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.RawUpstream;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Somebody who guesses passwords, at a gateway. */
@ExtendWith(LeakWatch.class)
class RateLimitWireTest {

    private static final String LOGIN = "login: { count: unauthorized, requests: 3, per: 24h }";

    @TempDir
    private Path folder;

    private final RawUpstream app = RawUpstream.answering(head ->
            head.body().equals("right") ? ok("welcome") : "HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno");

    @SuppressWarnings("NullAway.Init") // started before every test
    private ReloadableGateway gate;

    @BeforeEach
    void start() {
        gate = new ReloadableGateway(folder.resolve("sessiongate.yaml"), config(LOGIN));
    }

    @AfterEach
    void close() {
        gate.close();
        app.close();
    }

    private String config(String limits) {
        return """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0", secret: %s }
                trusted-proxies: [ 127.0.0.1 ]
                drain: 2s
                reload: { watch: false }
                log: { access: false }
                upstreams:
                  app: { servers: [ "http://127.0.0.1:%d" ] }
                rate-limits: { %s }
                routes:
                  - { path: /login, access: public, upstream: app, rate-limits: [ login ] }
                """.formatted(ReloadableGateway.SECRET, app.address().getPort(), limits);
    }

    private static RawPeer.Message login(RawPeer peer, String client, String password) {
        return peer.send("POST /login HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: " + client + "\r\nContent-Length: "
                        + password.length() + "\r\n\r\n" + password)
                .message();
    }

    private double metric(String name) {
        return gate.metric("sessiongate_rate_" + name + "{limit=\"login\"");
    }

    @Test
    void stopsWhoGuessesPasswordsThroughAReload() {
        try (RawPeer peer = gate.connect()) {
            assertThat(login(peer, "192.0.2.1", "right").field("RateLimit")).isEqualTo("\"login\";r=3;t=0");
            assertThat(login(peer, "192.0.2.1", "a").field("RateLimit")).startsWith("\"login\";r=2;t=");
            assertThat(login(peer, "192.0.2.1", "b").status()).isEqualTo(401);
            assertThat(gate.reload(config(LOGIN + ", other: { requests: 1, per: 1m }"))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(login(peer, "192.0.2.1", "c").status()).isEqualTo(401);

            RawPeer.Message refused = login(peer, "192.0.2.1", "right");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(Long.parseLong(refused.field("Retry-After"))).isBetween(28_000L, 28_800L);
            assertThat(refused.field("RateLimit-Policy")).isEqualTo("\"login\";q=3;w=86400");
            assertThat(refused.body()).contains("urn:sessiongate:problem:rate-limited");
            assertThat(login(peer, "192.0.2.2", "right").body()).isEqualTo("welcome");
        }
        try (Http2Peer peer = Http2Peer.connect(gate.gateway.addresses().get(0))) {
            Http2Peer.Answer refused = peer.answer(peer.get("/login", "x-forwarded-for", "192.0.2.1"));
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.field("ratelimit")).startsWith("\"login\";r=0;t=");
        }
        assertThat(metric("limited_requests_total")).isEqualTo(2);
        assertThat(metric("passed_requests_total")).isEqualTo(5);
        assertThat(metric("unauthorized_requests_total")).isEqualTo(3);
        assertThat(metric("held_buckets")).isEqualTo(2);
        assertThat(metric("held_limit_buckets")).isEqualTo(65_536);
        assertThat(metric("evicted_buckets_total")).isZero();
        assertThat(gate.metric("sessiongate_requests_total{outcome=\"rate-limited\""))
                .isEqualTo(2);
    }

    @Test
    void beginsAnewWhereTheLimitIsAnother() {
        try (RawPeer peer = gate.connect()) {
            for (int i = 0; i < 3; i++) {
                login(peer, "192.0.2.1", "a");
            }
            assertThat(login(peer, "192.0.2.1", "right").status()).isEqualTo(429);
            gate.reload(config(LOGIN.replace("3", "4")));
            assertThat(login(peer, "192.0.2.1", "right").status()).isEqualTo(200);
            assertThat(metric("held_buckets")).isEqualTo(1);
        }
    }
}
