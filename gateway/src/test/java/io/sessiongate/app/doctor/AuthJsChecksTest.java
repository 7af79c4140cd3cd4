package io.sessiongate.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.RealmConfig;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.TokenConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuthJsChecksTest {

    private static final String LONG = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path directory;

    private RealmConfig realm(String token) throws IOException {
        Path file = directory.resolve("sessiongate.yaml");
        Files.writeString(file, """
                listeners: [ { address: 127.0.0.1:8080 } ]
                realms:
                  default:
                    token: { %s }
                    session: { database: "postgresql://app@127.0.0.1:5432/app", table: sessions }
                upstreams: { app: { servers: [ "http://127.0.0.1:3000" ] } }
                routes: [ { path: /**, access: authenticated, upstream: app } ]
                """.formatted(token));
        LoadResult result = ConfigLoader.load(file, name -> null);
        assertThat(result).as(String.valueOf(result)).isInstanceOf(LoadResult.Loaded.class);
        return Objects.requireNonNull(
                ((LoadResult.Loaded) result).config().realms().get("default"));
    }

    @Test
    void countsVersionsAndSecrets() throws IOException {
        assertThat(KeyChecks.keys(realm("keys: [ { auth-js: 5, secret: [ " + LONG + "1, " + LONG
                        + "2 ] }, { auth-js: 4, secret: " + LONG + " } ]")))
                .isEqualTo(Seen.ok("Auth.js 5 with 2 secrets (the first must be the newest), Auth.js 4 with 1 secret"));
    }

    @Test
    void countsSignedOnesBeside() throws IOException {
        assertThat(KeyChecks.keys(realm(
                        "keys: [ { algorithm: HS256, secret: " + LONG + " }, { auth-js: 4, secret: " + LONG + " } ]")))
                .isEqualTo(Seen.ok("1 key for HS256, Auth.js 4 with 1 secret"));
    }

    @Test
    void warnsOfAShortSecret() throws IOException {
        Seen seen = KeyChecks.keys(realm("keys: [ { auth-js: 5, secret: [ " + LONG + ", 0123456789abcdef ] } ]"));

        assertThat(seen.verdict()).isEqualTo(Verdict.WARN);
        assertThat(seen.saw()).startsWith("a secret of Auth.js 5 has 16 bytes");
    }

    @Test
    void warnsWhereOnlyTheNameOverHttpIsSearched() throws IOException {
        Seen seen = KeyChecks.keys(
                realm("from: [ { cookie: authjs.session-token } ], keys: [ { auth-js: 5, secret: " + LONG + " } ]"));

        assertThat(seen.verdict()).isEqualTo(Verdict.WARN);
        assertThat(seen.fix()).contains("{ cookie: __Secure-authjs.session-token }");
    }

    @Test
    void takesTheNameOverHttpsAloneForEnough() throws IOException {
        assertThat(KeyChecks.keys(realm(
                                "from: [ { cookie: __Secure-authjs.session-token } ], keys: [ { auth-js: 5, secret: "
                                        + LONG + " } ]"))
                        .verdict())
                .isEqualTo(Verdict.OK);
    }

    private TokenConfig token(int version, String cookie) throws IOException {
        return realm("from: [ { cookie: " + cookie + " } ], keys: [ { auth-js: " + version + ", secret: " + LONG
                        + " } ]")
                .token();
    }

    @ParameterizedTest
    @CsvSource({
        "5, __Secure-authjs.session-token, __Host-authjs.csrf-token=x; Path=/, OK, its cookies are those of version 5 over https",
        "4, next-auth.session-token, next-auth.csrf-token=x, OK, its cookies are those of version 4 over http",
        "5, my.session, authjs.csrf-token=x, OK, its cookies are those of version 5 over http",
        "4, next-auth.session-token, authjs.csrf-token=x, FAIL, there is no key of that version",
        "5, authjs.session-token, __Host-next-auth.csrf-token=x, FAIL, there is no key of that version",
        "5, authjs.session-token, __Host-authjs.csrf-token=x, FAIL, the session is in __Secure-authjs.session-token",
        "4, __Secure-next-auth.session-token, next-auth.csrf-token=x, FAIL, the session is in next-auth.session-token",
        "5, authjs.session-token, theme=dark, SKIPPED, without a cookie of Auth.js",
        "5, authjs.session-token, =, SKIPPED, without a cookie of Auth.js"
    })
    void comparesKeysAndNamesWithTheCookiesOfTheApplication(
            int version, String cookie, String setCookie, Verdict verdict, String saw) throws IOException {
        Seen seen = AuthJsChecks.application(200, List.of("callback=1", setCookie), token(version, cookie));

        assertThat(seen.verdict()).isEqualTo(verdict);
        assertThat(seen.saw()).contains(saw);
        assertThat(seen.fix() == null).isEqualTo(verdict != Verdict.FAIL);
    }

    @Test
    void asksTheApplicationAsTheProxyBeforeItDoes() throws Exception {
        HttpServer application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        application.createContext("/api/auth/csrf", exchange -> {
            boolean https = "https".equals(exchange.getRequestHeaders().getFirst("X-Forwarded-Proto"));
            exchange.getResponseHeaders().add("Set-Cookie", (https ? "__Host-" : "") + "authjs.csrf-token=x; HttpOnly");
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        application.start();
        try {
            UpstreamChecks checks = new UpstreamChecks(Duration.ofSeconds(5), Instant.now());
            ServerAddress server = new ServerAddress.Tcp(application.getAddress());
            assertThat(checks.authJs(server, token(5, "__Secure-authjs.session-token")))
                    .isEqualTo(Seen.ok("its cookies are those of version 5 over https"));
            assertThat(checks.authJs(server, token(5, "authjs.session-token")))
                    .isEqualTo(Seen.ok("its cookies are those of version 5 over http"));
        } finally {
            application.stop(0);
        }
    }
}
