package io.sessiongate.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.urlPathEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.options;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.http.RequestMethod;
import com.github.tomakehurst.wiremock.matching.RequestPatternBuilder;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.LoadResult;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import io.sessiongate.testing.TestPostgres;
import io.sessiongate.token.ForgedJwe;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Cookies of Auth.js over the wire, with what the application gets of them. */
@ExtendWith(LeakWatch.class)
class AuthJsWireTest {

    private static final String SECRET = "the-secret-of-today-0123456789abcdef";
    private static final String V5 = "__Secure-authjs.session-token";
    private static final String V4 = "__Secure-next-auth.session-token";
    private static final int CHUNK = 3936;
    private static final TestPostgres POSTGRES = TestPostgres.shared();

    private final String database = POSTGRES.newDatabase();
    private final WireMockServer application =
            new WireMockServer(options().dynamicPort().jettyHeaderRequestSize(64 * 1024));
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    private Path folder;

    private Gateway gateway;

    @BeforeEach
    void start() throws Exception {
        POSTGRES.run(
                database,
                "create table logins (jti text primary key, user_id text not null)",
                "insert into logins values ('j4', 'ada'), ('j5', 'ada')");
        application.start();
        application.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(200).withBody("served")));
        Path file = folder.resolve("sessiongate.yaml");
        Files.writeString(file, """
                listeners: [ { address: "127.0.0.1:0" } ]
                admin: { address: "127.0.0.1:0" }
                drain: 0s
                realms:
                  default:
                    token: { keys: [ { auth-js: 5, secret: %s }, { auth-js: 4, secret: %s } ] }
                    session: { database: "%s", table: logins, columns: { id: jti, subject: user_id } }
                upstreams: { app: { servers: [ "http://127.0.0.1:%d" ] } }
                routes:
                  - { path: /public/**, access: public, upstream: app }
                  - { path: /**, access: authenticated, upstream: app }
                """.formatted(SECRET, SECRET, POSTGRES.url(database), application.port()));
        gateway = Gateway.start(((LoadResult.Loaded) ConfigLoader.load(file, name -> null)).config());
    }

    @AfterEach
    void stop() {
        gateway.stop();
        application.stop();
    }

    private static String value(int version, String jti, int padding) {
        long now = Instant.now().getEpochSecond();
        String claims = "{\"sub\":\"ada\",\"jti\":\"" + jti + "\",\"iat\":" + now + ",\"exp\":" + (now + 3600)
                + ",\"pad\":\"" + "p".repeat(padding) + "\"}";
        return ForgedJwe.cookieValue(version, SECRET, version == 4 ? V4 : V5, claims);
    }

    private static String chunks(String name, String value) {
        var pairs = new ArrayList<String>();
        for (int from = 0; from < value.length(); from += CHUNK) {
            pairs.add(name + "." + pairs.size() + "=" + value.substring(from, Math.min(value.length(), from + CHUNK)));
        }
        return String.join("; ", pairs);
    }

    private int status(String path, String... fields) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + gateway.addresses().get(0).getPort() + path))
                .headers(fields)
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    private List<LoggedRequest> received() {
        return application.findAll(new RequestPatternBuilder(RequestMethod.ANY, anyUrl()));
    }

    @Test
    void passesATokenInFourChunksWithinTheDefaultLimits() throws Exception {
        String cookies = chunks(V5, value(5, "j5", 11_300));

        assertThat(cookies).contains(V5 + ".3=").doesNotContain(V5 + ".4=");
        assertThat(status("/stats", "Cookie", "theme=dark; " + cookies)).isEqualTo(200);
        LoggedRequest seen = received().get(0);
        assertThat(seen.getHeader("X-Auth-Subject")).isEqualTo("ada");
        assertThat(seen.getHeader("X-Auth-Session")).isEqualTo("j5");
        assertThat(seen.getHeader("Cookie")).isEqualTo("theme=dark; " + cookies);
    }

    /** The large cookie is decrypted on another thread, while the refusal of a request without one needs no wait at all. */
    @Test
    void answersPipelinedRequestsInTheirOrderWhenTheFirstHasALargeCookie() throws Exception {
        String large = "Cookie: " + chunks(V5, value(5, "j5", 10_500));

        try (RawPeer peer = RawPeer.connect(gateway.addresses().get(0))) {
            peer.send(request("/first", large) + request("/second") + request("/third", large));

            RawPeer.Message first = peer.message();
            assertThat(first.status()).isEqualTo(200);
            assertThat(first.body()).isEqualTo("served");
            assertThat(peer.message().status()).isEqualTo(401);
            assertThat(peer.message().status()).isEqualTo(200);
        }

        assertThat(received().stream().map(LoggedRequest::getUrl)).containsExactly("/first", "/third");
        assertThat(metrics())
                .contains("sessiongate_token_verification_seconds_count{realm=\"default\",where=\"pool\"} 1\n")
                .contains("sessiongate_token_verification_seconds_count{realm=\"default\",where=\"loop\"} 0\n");
    }

    private static String request(String path, String... fields) {
        return "GET " + path + " HTTP/1.1\r\nHost: app.example\r\n"
                + Arrays.stream(fields).map(field -> field + "\r\n").collect(Collectors.joining()) + "\r\n";
    }

    private String metrics() throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + gateway.adminAddress().getPort() + "/metrics");
        return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                .body();
    }

    @Test
    void showsTheApplicationOnlyTheSessionCookieThatCounts() throws Exception {
        String both = V4 + "=" + value(4, "j4", 0) + "; theme=dark; " + V5 + "=" + value(5, "j5", 0);

        assertThat(status("/stats", "Cookie", both)).isEqualTo(200);
        assertThat(received().get(0).getHeader("X-Auth-Session")).isEqualTo("j5");
        assertThat(received().get(0).getHeader("Cookie"))
                .startsWith("theme=dark; " + V5 + "=")
                .doesNotContain(V4);
    }

    @Test
    void leavesThePublicRoutesToTheApplication() throws Exception {
        String both = V4 + "=" + value(4, "j4", 0) + "; " + V5 + "=" + value(5, "j5", 0);

        assertThat(status("/public/x", "Cookie", both)).isEqualTo(200);
        assertThat(received().get(0).getHeader("Cookie")).isEqualTo(both);
    }

    @Test
    void takesTheOldVersionWhereItIsAlone() throws Exception {
        assertThat(status("/stats", "Cookie", V4 + "=" + value(4, "j4", 0))).isEqualTo(200);
        assertThat(received().get(0).getHeader("X-Auth-Session")).isEqualTo("j4");
    }

    @Test
    void joinsCookieFieldsForTheApplication() throws Exception {
        String value = value(5, "j5", 4000);
        String[] pairs = chunks(V5, value).split("; ", -1);

        assertThat(pairs).hasSize(2);
        assertThat(status("/stats", "Cookie", pairs[1], "Cookie", "a=b", "Cookie", pairs[0]))
                .isEqualTo(200);
        assertThat(received().get(0).header("Cookie").values()).containsExactly(pairs[1] + "; a=b; " + pairs[0]);
    }

    @Test
    void refusesAnotherEncryptedTokenAsABearer() throws Exception {
        String cookie = V5 + "=" + value(5, "j5", 0);

        assertThat(status("/stats", "Cookie", cookie, "Authorization", "Bearer " + value(4, "j4", 0)))
                .isEqualTo(400);
        assertThat(status("/stats", "Cookie", cookie, "Authorization", "Bearer key-of-another-api"))
                .isEqualTo(200);
    }

    @Test
    void checksTheSessionAnewWhenItsChunksAreCleared() throws Exception {
        String cookies = chunks(V5, value(5, "j5", 4000));
        application.stubFor(any(urlPathEqualTo("/public/signout"))
                .willReturn(aResponse()
                        .withHeader("Set-Cookie", V5 + ".0=; Max-Age=0; Path=/", V5 + ".1=; Max-Age=0; Path=/")));

        assertThat(status("/stats", "Cookie", cookies)).isEqualTo(200);
        POSTGRES.run(database, "delete from logins where jti = 'j5'");
        assertThat(status("/stats", "Cookie", cookies)).isEqualTo(200);
        assertThat(status("/public/signout", "Cookie", cookies)).isEqualTo(200);
        assertThat(status("/stats", "Cookie", cookies)).isEqualTo(401);
    }
}
