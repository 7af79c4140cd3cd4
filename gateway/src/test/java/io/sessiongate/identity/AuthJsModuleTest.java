package io.sessiongate.identity;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.IdentityConfig;
import io.sessiongate.config.IdentityConfig.Assertion;
import io.sessiongate.config.Secret;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.metrics.IdentityMeters;
import io.sessiongate.session.Attributes;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.testing.Node;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.testing.TestKeys;
import io.sessiongate.token.TokenHash;
import io.sessiongate.token.VerifiedToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The application's side, {@code clients/auth-js}, against the gateway's own assertions. Needs Node.js, else skipped. */
class AuthJsModuleTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final String SECRET = "0123456789abcdef0123456789abcdef";

    /** Too long for one cookie, as of Auth.js. */
    private static final String TOKEN = "eyJhbGciOiJkaXIifQ..".repeat(300);

    @TempDir
    Path folder;

    @BeforeEach
    void needsNode() {
        Node.assumePresent();
    }

    @Test
    void theModulePassesItsOwnTests() throws IOException {
        var arguments = new ArrayList<>(List.of("--test"));
        try (Stream<Path> files = Files.list(Node.MODULE.resolve("test"))) {
            files.map(Path::toString)
                    .filter(file -> file.endsWith(".test.js"))
                    .sorted()
                    .forEach(arguments::add);
        }
        assertThat(arguments).hasSizeGreaterThan(4);

        Node.Result result = Node.run(arguments);

        assertThat(result.exitCode()).as(result.output()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ES256", "EdDSA", "HS256"})
    void theModuleTakesWhatTheGatewaySigns(String algorithm) {
        IdentityWriter writer = writer(algorithm);

        JsonNode answer = verified(algorithm, writer, TOKEN, TOKEN);

        assertThat(answer.path("subject").asString()).as(answer.toString()).isEqualTo("u1");
        assertThat(answer.path("session").asString()).isEqualTo("s1");
        assertThat(answer.path("roles").toString()).isEqualTo("[\"admin\",\"user\"]");
        assertThat(answer.path("claims").path("email").asString()).isEqualTo("adá@example.com");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ES256", "EdDSA", "HS256"})
    void theModuleRefusesItForAnotherSession(String algorithm) {
        JsonNode answer = verified(algorithm, writer(algorithm), TOKEN, TOKEN + "x");

        assertThat(answer.path("code").asString()).as(answer.toString()).isEqualTo("wrong_session");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ES256", "EdDSA", "HS256"})
    void theModuleRefusesWhatAnotherGatewaySigned(String algorithm) {
        JsonNode answer =
                answer(request(keys(algorithm, writer(algorithm), "another secret"), signed(writer(algorithm))));

        assertThat(answer.path("code").asString())
                .as(answer.toString())
                .isEqualTo(algorithm.equals("HS256") ? "bad_signature" : "unknown_key");
    }

    private JsonNode verified(String algorithm, IdentityWriter writer, String token, String cookie) {
        var request = request(keys(algorithm, writer, ""), signed(writer, token), cookie);
        return answer(request);
    }

    private static Map<String, Object> request(Map<String, Object> keys, String assertion) {
        return request(keys, assertion, TOKEN);
    }

    private static Map<String, Object> request(Map<String, Object> keys, String assertion, String cookie) {
        var options = new LinkedHashMap<>(keys);
        options.put("audience", "app");
        options.put("issuer", "sessiongate");
        String name = "__Secure-authjs.session-token";
        String chunks = name + ".0=" + cookie.substring(0, 3936) + "; " + name + ".1=" + cookie.substring(3936);
        return Map.of("options", options, "headers", Map.of("X-Auth-Assertion", assertion, "Cookie", chunks));
    }

    private static Map<String, Object> keys(String algorithm, IdentityWriter writer, String prefix) {
        return algorithm.equals("HS256")
                ? Map.of("secret", prefix + SECRET)
                : Map.of("jwks", JSON.readTree(Jwks.json(List.of(writer))));
    }

    /** What the module makes of the request. */
    private JsonNode answer(Map<String, Object> request) {
        Path file = folder.resolve("request.json");
        try {
            Files.write(file, JSON.writeValueAsBytes(request));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Node.Result result = Node.run(List.of("--no-warnings", "test/verify.js", file.toString()));
        assertThat(result.exitCode()).as(result.output()).isZero();
        return JSON.readTree(result.output());
    }

    private static String signed(IdentityWriter writer) {
        return signed(writer, TOKEN);
    }

    private static String signed(IdentityWriter writer, String token) {
        var verified = new VerifiedToken(
                "u1",
                "s1",
                Set.of("user", "admin"),
                -1,
                System.currentTimeMillis() + 3_600_000,
                Map.of(),
                TokenHash.of(token));
        var attributes = new Attributes(new String[] {"adá@example.com"}, null);
        var head = new SimpleHead("GET", "/");
        writer.write(
                head,
                verified,
                new Live(Instant.now().toEpochMilli(), How.CACHED, attributes),
                "app",
                Runnable::run,
                () -> {});
        return Objects.requireNonNull(head.first("X-Auth-Assertion"));
    }

    private static IdentityWriter writer(String algorithm) {
        boolean hmac = algorithm.equals("HS256");
        var assertion = new Assertion(
                "X-Auth-Assertion",
                algorithm,
                hmac ? new SecretBytes(SECRET.getBytes(StandardCharsets.US_ASCII)) : null,
                hmac
                        ? null
                        : new Secret(TestKeys.pem(
                                "PRIVATE KEY", TestKeys.newPair(algorithm).getPrivate())),
                "sessiongate",
                Duration.ofSeconds(60),
                List.of("email"));
        return new IdentityWriter(
                new IdentityConfig(null, null, null, Map.of(), assertion),
                List.of("email"),
                task -> {
                    task.run();
                    return true;
                },
                InstantSource.system(),
                System::nanoTime,
                new IdentityMeters(new SimpleMeterRegistry(), "default"));
    }
}
