package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** {@code token inspect} on cookies of the real packages. */
class TokenCommandAuthJsTest {

    private static final String SECRET = "the-secret-of-today-0123456789abcdef";
    private static final JsonNode FILE = file();
    private static final Instant MINTED =
            Instant.ofEpochSecond(FILE.path("mintedAt").longValue());

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    private static JsonNode file() {
        try (InputStream in =
                TokenCommandAuthJsTest.class.getResourceAsStream("/io/sessiongate/token/authjs-vectors.json")) {
            return new ObjectMapper().readTree(Objects.requireNonNull(in));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** The {@code Cookie} field of a vector. */
    private static String cookie(String vector) {
        for (JsonNode each : FILE.path("vectors")) {
            if (each.path("name").asString().equals(vector)) {
                return each.path("cookie").asString();
            }
        }
        throw new AssertionError(vector);
    }

    private int inspect(String pasted, String token) throws IOException {
        Path config = directory.resolve("sessiongate.yaml");
        Files.writeString(config, """
                listeners: [ { address: 127.0.0.1:8080 } ]
                realms:
                  default:
                    token: { %s }
                    session: { database: "postgresql://app@127.0.0.1:5432/app", table: sessions }
                upstreams: { app: { servers: [ "http://127.0.0.1:3000" ] } }
                routes: [ { path: /**, access: authenticated, upstream: app } ]
                """.formatted(token));
        return run(pasted, "-c", config.toString());
    }

    private int run(String pasted, String... options) {
        var in = new ByteArrayInputStream(pasted.getBytes(StandardCharsets.UTF_8));
        return new CommandLine(new TokenCommandInspect(() -> MINTED.plusSeconds(60), in, name -> null))
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(options);
    }

    private static String key(int version) {
        return "keys: [ { auth-js: " + version + ", secret: " + SECRET + " } ]";
    }

    @Test
    void opensACookiePastedWithItsName() throws IOException {
        assertThat(inspect(cookie("v5 over https"), key(5))).as(err.toString()).isZero();

        assertThat(out.toString())
                .contains("Encrypted as by Auth.js 5")
                .contains("cookie: \"__Secure-authjs.session-token\"")
                .contains("enc: \"A256CBC-HS512\"")
                .contains("Key: secret 1 of 1, Auth.js 5, cookie __Secure-authjs.session-token")
                .contains("email: \"ada@example.com\"")
                .contains("expires in 29 days")
                .contains("Realm default accepts it")
                .contains("subject: \"user-1\"")
                .contains(
                        "Its session is then looked up: at once by a gateway that has not seen it, and again after 60 s")
                .doesNotContain(SECRET);
    }

    @Test
    void opensTheBareValue() throws IOException {
        String cookie = cookie("v4 over http");

        assertThat(inspect(cookie.substring(cookie.indexOf('=') + 1), key(4))).isZero();
        assertThat(out.toString()).contains("Encrypted as by Auth.js 4 (next-auth)", "Realm default accepts it");
    }

    @Test
    void joinsTheChunksOfAWholeCookieField() throws IOException {
        assertThat(inspect("Cookie: " + cookie("v5 over https in 3 chunks") + "; last=1\n", key(5)))
                .as(err.toString())
                .isZero();
        assertThat(out.toString()).contains("Realm default accepts it");
    }

    @Test
    void saysThatAChunkIsMissing() throws IOException {
        String pairs =
                cookie("v5 over https in 3 chunks").replaceFirst("__Secure-authjs\\.session-token\\.1=[^;]+; ", "");

        assertThat(inspect(pairs, key(5))).isEqualTo(2);
        assertThat(err.toString()).contains("the cookies do not make one token: a chunk is missing");
    }

    @Test
    void saysThatTheSecretIsAnother() throws IOException {
        String other = "keys: [ { auth-js: %d, secret: another-secret-0123456789 } ]";

        assertThat(inspect(cookie("v5 over https"), other.formatted(5))).isEqualTo(1);
        assertThat(inspect(cookie("v4 over https"), other.formatted(4))).isEqualTo(1);
        assertThat(out.toString())
                .contains("Key: none found")
                .contains("the application encrypts with another AUTH_SECRET")
                .contains("the application encrypts with another NEXTAUTH_SECRET");
    }

    @Test
    void saysThatTheVersionIsAnother() throws IOException {
        assertThat(inspect(cookie("v5 over https"), key(4))).isEqualTo(1);
        assertThat(inspect(cookie("v4 over https"), key(5))).isEqualTo(1);
        assertThat(out.toString())
                .contains("the token is by version 5 (Auth.js), and the secret stands under auth-js: 4")
                .contains("the token is by version 4 (next-auth), and the secret stands under auth-js: 5")
                .contains("the realm does not search the cookie __Secure-authjs.session-token");
    }

    @Test
    void saysThatATokenOfHttpIsInTheCookieOfHttps() throws IOException {
        assertThat(inspect(cookie("v5, a token of http in the cookie of https"), key(5)))
                .isEqualTo(1);
        assertThat(out.toString())
                .contains("was written for the cookie authjs.session-token of http, and came in that of https");
    }

    @Test
    void saysThatATokenOfHttpsIsInTheCookieOfHttp() throws IOException {
        assertThat(inspect(cookie("v5, a token of https in the cookie of http"), key(5)))
                .isEqualTo(1);
        assertThat(out.toString())
                .contains(
                        "was written for the cookie __Secure-authjs.session-token of https, and came in that of http");
    }

    @Test
    void namesTheSecretOfSeveral() throws IOException {
        assertThat(inspect(
                        cookie("v5, the old secret of two"),
                        "keys: [ { auth-js: 5, secret: [ " + SECRET + ", the-secret-before-0123456789abcdef ] } ]"))
                .isZero();
        assertThat(out.toString()).contains("Key: secret 2 of 2, Auth.js 5");
    }

    @Test
    void showsWhatHasExpired() throws IOException {
        assertThat(inspect(cookie("v5, over for 60 s"), key(5))).isEqualTo(1);
        assertThat(out.toString()).contains("email: \"ada@example.com\"", "Realm default refuses it: it has expired");
    }

    @Test
    void showsOnlyTheHeaderWithoutAKey() {
        assertThat(run(cookie("v5 over https"))).isZero();
        assertThat(out.toString())
                .contains("Encrypted as by Auth.js 5", "Claims: encrypted; --config names a file with the key");
    }

    @Test
    void saysThatTheCookieIsNotThere() throws IOException {
        assertThat(inspect("theme=dark; lang=de", key(5))).isEqualTo(2);
        assertThat(err.toString()).contains("none of these cookies is searched: theme, lang");
    }

    @Test
    void masksCredentialsAmongTheClaims() {
        assertThat(TokenCommandText.maskedLine("access_token", "abc"))
                .isEqualTo("access_token: \"*** (3 characters)\"");
        assertThat(TokenCommandText.maskedLine("user", java.util.Map.of("clientSecret", "abcd")))
                .isEqualTo("user: {\"clientSecret\":\"*** (4 characters)\"}");
        assertThat(TokenCommandText.maskedLine("refreshTokens", java.util.List.of("ab")))
                .isEqualTo("refreshTokens: [\"*** (2 characters)\"]");
        assertThat(TokenCommandText.maskedLine("tokenVersion", 7)).isEqualTo("tokenVersion: 7");
    }
}
