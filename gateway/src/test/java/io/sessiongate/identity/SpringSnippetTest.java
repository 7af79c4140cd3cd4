package io.sessiongate.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.sessiongate.testing.TestKeys;
import io.sessiongate.token.JwsSigner;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.security.oauth2.jwt.Jwt;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.jwt.JwtException;

/** Spring Security as docs/backends.md sets it up, against what the gateway signs. */
class SpringSnippetTest {

    private static final Path PAGE = Path.of("..", "docs", "backends.md");
    private static final Path SOURCE =
            Path.of("src", "test", "java", "io", "sessiongate", "identity", "SpringSnippet.java");

    private final JwsSigner signer = signer("ES256");
    private final JwsSigner eddsa = signer("EdDSA");
    private HttpServer gateway;
    private JwtDecoder decoder;

    @BeforeEach
    void start() throws IOException {
        gateway = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] keys =
                ("{\"keys\":[" + signer.publicJwk() + "," + eddsa.publicJwk() + "]}").getBytes(StandardCharsets.UTF_8);
        gateway.createContext("/.well-known/jwks.json", exchange -> {
            exchange.getResponseHeaders().set("Content-Type", "application/jwk-set+json");
            exchange.sendResponseHeaders(200, keys.length);
            exchange.getResponseBody().write(keys);
            exchange.close();
        });
        gateway.start();
        decoder = new SpringSnippet()
                .assertions("http://127.0.0.1:" + gateway.getAddress().getPort() + "/.well-known/jwks.json");
    }

    @AfterEach
    void stop() {
        gateway.stop(0);
    }

    @Test
    void thePageShowsWhatIsRun() throws IOException {
        String page = Files.readString(PAGE);
        String section = page.substring(page.indexOf("## Spring Security"));
        int from = section.indexOf("```java\n") + "```java\n".length();
        String shown = section.substring(from, section.indexOf("```", from));

        assertThat(shown).contains("NimbusJwtDecoder");
        assertThat(withoutIndentation(Files.readString(SOURCE))).contains(withoutIndentation(shown));
    }

    @Test
    void believesTheGateway() {
        Jwt jwt = decoder.decode(signer.sign(claims("", null)));

        assertThat(jwt.getSubject()).isEqualTo("u1");
        assertThat(jwt.getClaimAsStringList("roles")).containsExactly("admin");
    }

    @ParameterizedTest
    @CsvSource({"aud, other", "aud, ", "iss, other", "iss, ", "exp, -30", "exp, ", "nbf, 30"})
    void refusesOtherClaims(String claim, @Nullable String value) {
        Object changed = value == null || claim.length() != 3 || !value.matches("-?[0-9]+")
                ? value
                : (Object) (nowSeconds() + Long.parseLong(value));
        String assertion = signer.sign(claims(claim, changed));

        assertThatThrownBy(() -> decoder.decode(assertion)).isInstanceOf(JwtException.class);
    }

    @Test
    void refusesAnotherGatewayAndAnotherAlgorithm() {
        byte[] publicKey = Objects.requireNonNull(signer.publicJwk()).getBytes(StandardCharsets.UTF_8);
        for (JwsSigner other : List.of(signer("ES256"), eddsa, JwsSigner.hmac("HS256", publicKey))) {
            String assertion = other.sign(claims("", null));
            assertThatThrownBy(() -> decoder.decode(assertion))
                    .as(other.toString())
                    .isInstanceOf(JwtException.class);
        }
    }

    /** Good ones, but for one that is another, or missing where it is null. */
    private static Map<String, Object> claims(String changed, @Nullable Object value) {
        var claims = new HashMap<String, Object>(Map.of(
                "iss",
                "sessiongate",
                "aud",
                "app",
                "sub",
                "u1",
                "roles",
                List.of("admin"),
                "iat",
                nowSeconds(),
                "exp",
                nowSeconds() + 60));
        if (value == null) {
            claims.remove(changed);
        } else {
            claims.put(changed, value);
        }
        return claims;
    }

    private static long nowSeconds() {
        return System.currentTimeMillis() / 1000;
    }

    private static JwsSigner signer(String algorithm) {
        return JwsSigner.privateKey(
                algorithm,
                TestKeys.pem("PRIVATE KEY", TestKeys.newPair(algorithm).getPrivate()));
    }

    private static String withoutIndentation(String text) {
        return text.lines().map(String::strip).collect(Collectors.joining("\n"));
    }
}
