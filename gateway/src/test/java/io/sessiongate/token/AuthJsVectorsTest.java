package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.AuthJsConfig;
import io.sessiongate.config.SecretBytes;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.metrics.CryptoMeters;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Valid;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * Requests with cookies by the real {@code next-auth} and {@code @auth/core}, and what these read in them; see
 * src/test/authjs-vectors. The gate must find and open what they open, with the same claims, and refuse the rest.
 */
class AuthJsVectorsTest {

    private static final JsonNode FILE = file();
    private static final Instant MINTED =
            Instant.ofEpochSecond(FILE.path("mintedAt").longValue());

    private static JsonNode file() {
        try (InputStream in = AuthJsVectorsTest.class.getResourceAsStream("authjs-vectors.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void readsWhatAuthJsReadsAndNothingElse() {
        var counts = new TreeMap<String, Integer>();
        for (JsonNode vector : FILE.path("vectors")) {
            TokenVerdict verdict = verdict(vector);
            String name = vector.path("name").asString();
            String expected = vector.path("expect").asString();
            if (expected.equals("valid")) {
                assertThat(verdict).as(name).isInstanceOf(Valid.class);
                assertSameClaims(name, ((Valid) verdict).token(), vector.path("claims"));
            } else {
                assertThat(verdict).as(name).isEqualTo(new Invalid(Reason.valueOf(expected)));
            }
            counts.merge(expected, 1, Integer::sum);
        }

        System.out.println("Auth.js vectors, by " + FILE.path("packages") + ": " + counts);
        assertThat(counts).containsEntry("valid", 47).containsEntry("MALFORMED", 11);
        assertThat(counts.values().stream().mapToInt(Integer::intValue).sum()).isEqualTo(72);
    }

    /** What a token was once found good for does not make it good in another cookie. */
    @Test
    void remembersATokenForItsCookieOnly() {
        JsonNode good = named("v5 over https");
        TokenGate gate = gate(config(good));
        String pair = good.path("cookie").asString();
        String elsewhere = pair.replace("__Secure-", "");

        assertThat(check(gate, "Cookie", pair)).isInstanceOf(Valid.class);
        assertThat(check(gate, "Cookie", elsewhere)).isEqualTo(new Invalid(Reason.UNKNOWN_KEY));
        assertThat(check(gate, "Cookie", pair)).isInstanceOf(Valid.class);
    }

    @Test
    void readsNoEncryptedTokenWithoutKeysOfAuthJs() {
        TokenVerifier signedOnly = Tokens.verifier(Tokens.config(Tokens.key("HS256")));
        String cookie = named("v5 over https").path("cookie").asString();

        assertThat(signedOnly.prepare(cookie.substring(cookie.indexOf('=') + 1)).run())
                .isEqualTo(new Invalid(Reason.MALFORMED));
    }

    @Test
    void refusesSignedTokensWhereOnlyAuthJsHasKeys() {
        TokenConfig config = config(named("v5 over https"));

        assertThat(new TokenVerifier(config, config.keys(), () -> MINTED)
                        .prepare(Tokens.hmac(Tokens.HEADER, Tokens.CLAIMS))
                        .run())
                .isEqualTo(new Invalid(Reason.UNKNOWN_KEY));
    }

    @Test
    void takesSignedAndEncryptedTokensOfOneRealm() {
        TokenConfig only = config(named("v5 over https"));
        TokenConfig config = new TokenConfig(
                only.from(),
                List.of(Tokens.key("HS256")),
                null,
                List.of(),
                Duration.ofSeconds(15),
                new TokenConfig.Claims("sub", "jti", "roles"),
                16_384,
                100,
                only.authJs());
        var verifier = new TokenVerifier(config, config.keys(), () -> Tokens.NOW);

        assertThat(verifier.prepare(Tokens.hmac(
                                Tokens.HEADER,
                                "{\"sub\":\"u1\",\"jti\":\"j1\",\"exp\":" + (Tokens.NOW_SECONDS + 60) + "}"))
                        .run())
                .isInstanceOf(Valid.class);
    }

    private static JsonNode named(String name) {
        for (JsonNode vector : FILE.path("vectors")) {
            if (vector.path("name").asString().equals(name)) {
                return vector;
            }
        }
        throw new AssertionError(name);
    }

    private static TokenVerdict verdict(JsonNode vector) {
        var fields = new ArrayList<String>();
        if (vector.path("cookie").isString()) {
            fields.addAll(List.of("Cookie", vector.path("cookie").asString()));
        }
        if (vector.path("authorization").isString()) {
            fields.addAll(List.of("Authorization", vector.path("authorization").asString()));
        }
        return check(gate(config(vector)), fields.toArray(String[]::new));
    }

    private static TokenVerdict check(TokenGate gate, String... fields) {
        var told = new CompletableFuture<TokenVerdict>();
        // A large cookie is decided on another thread.
        gate.check(SimpleHead.get("/", fields), Runnable::run, told::complete);
        return told.orTimeout(10, TimeUnit.SECONDS).join();
    }

    private static TokenGate gate(TokenConfig config) {
        var registry = new SimpleMeterRegistry();
        return new TokenGate(
                config,
                new CryptoPool(1, 1, new CryptoMeters(registry)),
                () -> MINTED,
                System::nanoTime,
                new TokenMeters(registry),
                "default");
    }

    private static TokenConfig config(JsonNode vector) {
        var keys = new ArrayList<AuthJsConfig>();
        for (JsonNode key : vector.path("keys")) {
            var secrets = new ArrayList<SecretBytes>();
            key.path("secrets")
                    .forEach(s -> secrets.add(new SecretBytes(s.asString().getBytes(StandardCharsets.UTF_8))));
            keys.add(new AuthJsConfig(key.path("version").intValue(), secrets, "test.yaml:1:1"));
        }
        var from = new ArrayList<Source>();
        if (vector.path("from").isArray()) {
            for (JsonNode place : vector.path("from")) {
                from.add(
                        place.asString().equals("Authorization")
                                ? new Source.Header(place.asString())
                                : new Source.Cookie(place.asString()));
            }
        } else {
            keys.forEach(key -> key.cookieNames().forEach(name -> from.add(new Source.Cookie(name))));
        }
        return new TokenConfig(
                from,
                List.of(),
                null,
                List.of(),
                Duration.ofSeconds(15),
                new TokenConfig.Claims("sub", "jti", "roles"),
                16_384,
                100,
                keys);
    }

    private static void assertSameClaims(String name, VerifiedToken token, JsonNode claims) {
        JsonNode ours = new ObjectMapper().valueToTree(token.claims());
        assertThat(ours).as(name).isEqualTo(claims);
        assertThat(token.sessionId()).as(name).isEqualTo(claims.path("jti").asString());
        assertThat(token.subject()).as(name).isEqualTo(claims.path("sub").asString());
    }
}
