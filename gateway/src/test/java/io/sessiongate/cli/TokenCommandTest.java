package io.sessiongate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.jsonwebtoken.Claims;
import io.jsonwebtoken.Jws;
import io.jsonwebtoken.security.Keys;
import io.sessiongate.testing.IndependentJwt;
import java.io.ByteArrayInputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class TokenCommandTest {

    private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
    private static final String SECRET = "a secret that is long enough for HS256";
    private static final Map<String, String> ENVIRONMENT = Map.of("JWT_SECRET", SECRET);
    private static final String[] WHO = {"--subject", "u1", "--session", "s1"};

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    @Test
    void mintsATokenThatAnotherLibraryTakes() {
        assertThat(mint("--secret", SECRET, "--role", "admin", "--role", "user", "--issuer", "me", "--audience", "you"))
                .isZero();

        var claims = verify().getPayload();
        assertThat(claims.getSubject()).isEqualTo("u1");
        assertThat(claims).containsEntry("sid", "s1").containsEntry("role", List.of("admin", "user"));
        assertThat(claims.getIssuer()).isEqualTo("me");
        assertThat(claims.getAudience()).containsExactly("you");
        assertThat(claims.getIssuedAt()).isEqualTo(Date.from(NOW));
        assertThat(claims.getExpiration()).isEqualTo(Date.from(NOW.plusSeconds(15 * 60)));
    }

    @Test
    void printsTheBareTokenAndNothingElse() {
        mint("--secret", SECRET);

        assertThat(out.toString()).matches("[\\w-]+\\.[\\w-]+\\.[\\w-]+\\R");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void takesTheSecretFromTheEnvironment() {
        assertThat(mint("--secret-env", "JWT_SECRET")).isZero();

        assertThat(verify().getPayload().getSubject()).isEqualTo("u1");
    }

    @Test
    void saysWhichVariableIsMissing() {
        assertThat(mint("--secret-env", "NOT_SET")).isEqualTo(2);

        assertThat(err.toString()).contains("NOT_SET is not set");
    }

    @ParameterizedTest
    @ValueSource(strings = {"EC:256:ES256", "RSA:2048:RS256", "Ed25519:255:EdDSA"})
    void choosesTheAlgorithmThatFitsAPrivateKey(String kind) throws Exception {
        String[] parts = kind.split(":", -1);
        KeyPairGenerator generator = KeyPairGenerator.getInstance(parts[0]);
        generator.initialize(Integer.parseInt(parts[1]));
        KeyPair pair = generator.generateKeyPair();
        Path file = directory.resolve("key.pem");
        Files.writeString(
                file,
                "-----BEGIN PRIVATE KEY-----\n"
                        + Base64.getMimeEncoder()
                                .encodeToString(pair.getPrivate().getEncoded())
                        + "\n-----END PRIVATE KEY-----\n");

        assertThat(mint("--key", file.toString(), "--expires-in", "36500d")).isZero();

        var token = IndependentJwt.verify(out.toString().strip(), pair.getPublic());
        assertThat(token.getHeader().getAlgorithm()).isEqualTo(parts[2]);
    }

    @Test
    void writesOtherClaimsAsJsonWhereTheyAreAndElseAsText() {
        mint(
                "--secret",
                SECRET,
                "--claim",
                "n=7",
                "--claim",
                "o={\"a\":[true]}",
                "--claim",
                "t=plain text",
                "--claim",
                "z=null");

        assertThat(verify().getPayload())
                .containsEntry("n", 7)
                .containsEntry("o", Map.of("a", List.of(true)))
                .containsEntry("t", "plain text")
                .containsEntry("z", "null");
    }

    @Test
    void mintsATokenThatIsOver() {
        mint("--secret", SECRET, "--expires-in=-5m");

        String token = out.toString().strip();
        assertThat(inspect(token)).isZero();
        assertThat(out.toString()).contains("expired 5 min ago");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "m", "5x", "5.5m", "99999999999d"})
    void refusesALifetimeThatIsNone(String time) {
        assertThat(mint("--secret", SECRET, "--expires-in=" + time)).isEqualTo(2);

        assertThat(err.toString()).contains("is no time such as");
    }

    @Test
    void refusesAShortSecretWithoutShowingIt() {
        assertThat(mint("--secret", "hush-hush")).isEqualTo(2);

        assertThat(err.toString()).contains("HS256 needs at least 32 (RFC 7518").doesNotContain("hush-hush");
    }

    @Test
    void refusesTwoKeysAtOnce() {
        assertThat(mint("--secret", SECRET, "--secret-env", "JWT_SECRET")).isEqualTo(2);
        assertThat(err.toString()).doesNotContain(SECRET);
    }

    @Test
    void refusesToMintWithoutKey() {
        assertThat(mint()).isEqualTo(2);
    }

    @Test
    void namesAKeyFileThatIsNotThere() {
        assertThat(mint("--key", directory.resolve("none.pem").toString())).isEqualTo(2);

        assertThat(err.toString()).contains("none.pem cannot be read");
    }

    @Test
    void asksWhatToDo() {
        assertThat(run(commandLine("", NOW))).isEqualTo(2);

        assertThat(err.toString()).contains("mint or inspect");
    }

    @Test
    void showsWhatATokenSaysButNotItsSignature() {
        mint("--secret", SECRET, "--role", "admin");
        String token = out.toString().strip();

        assertThat(inspect(token)).isZero();

        assertThat(out.toString())
                .contains("alg: \"HS256\"")
                .contains("sub: \"u1\"")
                .contains("role: [\"admin\"]")
                .contains("(2026-11-23 12:15:00 UTC, expires in 15 min)")
                .contains("(2026-11-23 12:00:00 UTC, in 0 s)")
                .doesNotContain(token.substring(token.lastIndexOf('.') + 1));
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void takesATokenAsItWasCopiedFromAHeader() {
        mint("--secret", SECRET);

        assertThat(inspect("Bearer " + out.toString() + "\n")).isZero();
    }

    @Test
    void warnsOfTheShellHistory() {
        mint("--secret", SECRET);
        String token = out.toString().strip();

        assertThat(run(commandLine("", NOW), "inspect", token)).isZero();

        assertThat(err.toString()).contains("history");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "abc", "a.b.c", "a.b.c.d.e", "e30.e30", "e30.W10.x", "e30.eyJhIjoxLCJhIjoyfQ.x"})
    void saysThatTextIsNoToken(String text) {
        assertThat(inspect(text)).isEqualTo(2);

        assertThat(err.toString()).contains("This is no token: ");
    }

    @Test
    void readsNoEndlessInput() {
        assertThat(inspect("a".repeat(65 * 1024))).isEqualTo(2);

        assertThat(err.toString()).contains("64 KiB");
    }

    /** Text of a token could otherwise recolour, overwrite or turn what the terminal shows. */
    @Test
    void letsNoTextCommandTheTerminal() {
        String claims =
                "{\"a\\u001b[2J\":\"\\u001b]0;x\\u0007\",\"b\":\"\\u009b31m\",\"c\":\"\\u202eabc\",\"d\":\"Zoë\"}";

        assertThat(inspect("e30." + encode(claims) + ".x")).isZero();

        assertThat(out.toString())
                .doesNotContain("\u001b", "\u009b", "\u202e", "\u0007")
                .contains("Zoë");
    }

    @ParameterizedTest
    @ValueSource(strings = {"\"x\"", "-1", "1795435260000", "null", "1.5"})
    void showsTimesThatAreNone(String value) {
        assertThat(inspect("e30." + encode("{\"exp\":" + value + "}") + ".x")).isZero();

        assertThat(out.toString()).contains("exp: " + value);
    }

    // -- with a configuration file

    @Test
    void mintsWhatTheRealmAccepts() throws Exception {
        String file =
                configuration("claims: { subject: user.id, session: 'https://app.example.com/sid', roles: r.all }");

        assertThat(mint("-c", file, "--role", "admin")).as(err.toString()).isZero();

        String token = out.toString().strip();
        assertThat(inspect(token, "-c", file)).isZero();
        assertThat(out.toString())
                .contains("user: {\"id\":\"u1\"}")
                .contains("Realm default accepts it")
                .contains("subject: \"u1\"")
                .contains("session: \"s1\"")
                .contains("roles: [\"admin\"]");
    }

    @Test
    void saysWhyTheRealmRefuses() throws Exception {
        String file = configuration("");
        mint("-c", file, "--audience", "somebody else");

        assertThat(inspect(out.toString(), "-c", file)).isEqualTo(1);

        assertThat(out.toString()).contains("Realm default refuses it: aud is not among [dashboard]");
    }

    @Test
    void namesTheRealmsThereAre() throws Exception {
        assertThat(mint("-c", configuration(""), "--realm", "other")).isEqualTo(2);

        assertThat(err.toString()).contains("There is no realm 'other'; there is default.");
    }

    @Test
    void showsWhatIsWrongWithTheFile() {
        assertThat(mint("-c", directory.resolve("none.yaml").toString())).isEqualTo(2);

        assertThat(err.toString()).contains("none.yaml:1:1");
    }

    private String configuration(String more) throws Exception {
        Path file = directory.resolve("sessiongate.yaml");
        Files.writeString(file, """
                listeners: [ { address: 127.0.0.1:8080 } ]
                realms:
                  default:
                    token:
                      from: [ { header: Authorization } ]
                      keys: [ { algorithm: HS256, secret: "${JWT_SECRET}" } ]
                      issuer: https://app.example.com
                      audience: dashboard
                      %s
                    session:
                      database: postgresql://app@127.0.0.1:5432/app
                      table: sessions
                upstreams:
                  app: { servers: [ "http://127.0.0.1:3000" ] }
                routes:
                  - { path: /**, access: authenticated, upstream: app }
                """.formatted(more));
        return file.toString();
    }

    private int mint(String... options) {
        String[] all = Arrays.copyOf(WHO, WHO.length + options.length);
        System.arraycopy(options, 0, all, WHO.length, options.length);
        String[] line = new String[all.length + 1];
        line[0] = "mint";
        System.arraycopy(all, 0, line, 1, all.length);
        return run(commandLine("", NOW), line);
    }

    private int inspect(String input, String... options) {
        out.getBuffer().setLength(0);
        String[] line = new String[options.length + 1];
        line[0] = "inspect";
        System.arraycopy(options, 0, line, 1, options.length);
        return run(commandLine(input, NOW), line);
    }

    private Jws<Claims> verify() {
        return IndependentJwt.verify(
                out.toString().strip(), Keys.hmacShaKeyFor(SECRET.getBytes(StandardCharsets.UTF_8)), NOW);
    }

    private static String encode(String json) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }

    private int run(CommandLine line, String... arguments) {
        return line.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private static CommandLine commandLine(String input, Instant now) {
        return new CommandLine(new TokenCommand(), new CommandLine.IFactory() {
            @Override
            public <K> K create(Class<K> type) throws Exception {
                if (type == TokenCommandMint.class) {
                    return type.cast(new TokenCommandMint(() -> now, ENVIRONMENT::get));
                }
                if (type == TokenCommandInspect.class) {
                    var in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
                    return type.cast(new TokenCommandInspect(() -> now, in, ENVIRONMENT::get));
                }
                return CommandLine.defaultFactory().create(type);
            }
        });
    }
}
