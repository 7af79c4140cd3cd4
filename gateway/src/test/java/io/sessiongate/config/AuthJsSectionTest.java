package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.TokenConfig.Claims;
import io.sessiongate.config.TokenConfig.Source.Cookie;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AuthJsSectionTest {

    private static final String TOKEN = """
                  from: [ { header: Authorization } ]
                  keys: [ { algorithm: HS256, secret: 0123456789abcdef0123456789abcdef } ]
            """;

    @TempDir
    Path directory;

    private LoadedFile file;

    @BeforeEach
    void createFile() {
        file = new LoadedFile(directory);
    }

    /** The smallest realm with these keys in the place of its own, and further keys of the token beside them. */
    private static String yaml(String keys, String... beside) {
        var token = new StringBuilder();
        for (String line : beside) {
            token.append("      ").append(line).append('\n');
        }
        String indented = TOKEN.indent(0);
        assertThat(LoadedFile.REALM).contains(indented);
        return LoadedFile.REALM.replace(indented, token + "      keys: [ " + keys + " ]\n") + LoadedFile.GUARDED;
    }

    private TokenConfig token(String keys, String... beside) {
        return file.realm(yaml(keys, beside)).token();
    }

    private List<String> errors(String keys, String... beside) {
        return file.errors(yaml(keys, beside)).stream()
                .map(line -> line.replaceFirst("^\\S+ realms\\.default\\.token\\.", ""))
                .toList();
    }

    @Test
    void readsTheSecretsOfAVersion() {
        TokenConfig token = token("{ auth-js: 5, secret: [ 0123456789abcdef-new, 0123456789abcdef-old ] }");

        assertThat(token.keys()).isEmpty();
        assertThat(token.authJs()).singleElement().satisfies(key -> {
            assertThat(key.version()).isEqualTo(5);
            assertThat(key.secrets())
                    .extracting(secret -> new String(secret.reveal(), StandardCharsets.UTF_8))
                    .containsExactly("0123456789abcdef-new", "0123456789abcdef-old");
            assertThat(key.location()).endsWith("sessiongate.yaml:4:15");
        });
    }

    @Test
    void searchesBothNamesOfEachVersionsCookieWhereTheFileNamesNone() {
        TokenConfig token = token("{ auth-js: 5, secret: 0123456789abcdef }, { auth-js: 4, secret: 0123456789abcdef }");

        assertThat(token.from())
                .containsExactly(
                        new Cookie("__Secure-authjs.session-token"),
                        new Cookie("authjs.session-token"),
                        new Cookie("__Secure-next-auth.session-token"),
                        new Cookie("next-auth.session-token"));
    }

    @Test
    void searchesOnlyWhatTheFileNames() {
        TokenConfig token = token("{ auth-js: 5, secret: 0123456789abcdef }", "from: [ { cookie: my.cookie } ]");

        assertThat(token.from()).containsExactly(new Cookie("my.cookie"));
    }

    @Test
    void hasTheToleranceAndTheSessionClaimOfAuthJs() {
        TokenConfig token = token("{ auth-js: 4, secret: 0123456789abcdef }");

        assertThat(token.clockSkew()).isEqualTo(Duration.ofSeconds(15));
        assertThat(token.claims()).isEqualTo(new Claims("sub", "jti", "roles"));
    }

    @Test
    void keepsToleranceAndClaimsOfTheFile() {
        TokenConfig token = token(
                "{ auth-js: 4, secret: 0123456789abcdef }",
                "clock-skew: 3s",
                "claims: { subject: id, session: sessionId, roles: role }");

        assertThat(token.clockSkew()).isEqualTo(Duration.ofSeconds(3));
        assertThat(token.claims()).isEqualTo(new Claims("id", "sessionId", "role"));
    }

    @Test
    void takesSignedTokensBesideThem() {
        TokenConfig token = token(
                "{ auth-js: 4, secret: 0123456789abcdef }, { algorithm: HS256, secret: 0123456789abcdef0123456789abcdef }");

        assertThat(token.authJs()).hasSize(1);
        assertThat(token.keys()).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            auth-js: 3, secret: 0123456789abcdef  | keys[0].auth-js: `3` does not fit here; expected 4 or 5
            auth-js: five, secret: 0123456789abcdef | keys[0].auth-js: `five` does not fit here; expected 4 or 5
            auth-js: 5                            | keys[0].secret: missing; expected the application's own, such as "${AUTH_SECRET}"
            auth-js: 5, secret: ''                | keys[0].secret: empty; expected text
            auth-js: 5, secret: []                | keys[0].secret: empty; expected text
            auth-js: 5, secret: [0123456789abcdef, ''] | keys[0].secret[1]: empty; expected text
            auth-js: 5, secret: [0123456789abcdef, 0123456789abcdef] | keys[0].secret: an entry stands here twice; give each once
            auth-js: 5, secret: 0123456789abcde   | keys[0].secret: a secret of 15 bytes, which whoever has a cookie can guess; expected at least 16, such as openssl rand -base64 32 prints
            auth-js: 5, secret: [0123456789abcdef, short] | keys[0].secret: a secret of 5 bytes, which whoever has a cookie can guess; expected at least 16, such as openssl rand -base64 32 prints
            auth-js: 5, secret: 0123456789abcdef, algorithm: HS256 | keys[0].algorithm: not beside auth-js, which settles it; remove the key
            auth-js: 5, secret: 0123456789abcdef, kid: a | keys[0].kid: not beside auth-js, which settles it; remove the key
            auth-js: 5, secret: 0123456789abcdef, public-key: a.pem | keys[0].public-key: not beside auth-js, which settles it; remove the key
            auth-js: 5, secret: 0123456789abcdef, secret-encoding: base64 | keys[0].secret-encoding: not beside auth-js, which settles it; remove the key
            secret: 0123456789abcdef0123456789abcdef | keys[0].algorithm: missing; expected HS256, RS256, ES256, EdDSA or their like, or auth-js, jwks or discovery in place of it
            algorithm: HS256, secret: [0123456789abcdef0123456789abcdef] | keys[0].secret: a list is for auth-js only; give each key its own entry
            """)
    void saysWhatIsWrongWithAKey(String entry, String message) {
        assertThat(errors("{ " + entry + " }", "from: [ { cookie: session } ]")).containsExactly(message);
    }

    @Test
    void missesThePlacesOfSignedTokens() {
        assertThat(errors("{ algorithm: HS256, secret: 0123456789abcdef0123456789abcdef }"))
                .containsExactly(
                        "from: missing; expected a list such as [ { header: Authorization }, { cookie: session } ]");
    }

    @Test
    void refusesTwoCookiesOfWhichAuthJsWouldMakeOne() {
        assertThat(errors(
                        "{ auth-js: 5, secret: 0123456789abcdef }",
                        "from: [ { cookie: session }, { cookie: session2 } ]"))
                .containsExactly(
                        "from: Auth.js takes the cookie session2 for a part of session, as its name begins with it;"
                                + " give the realm one of the two");
    }

    @Test
    void refusesMoreKeysThanATokenMayCost() {
        String secrets = "[ 0123456789abcdef0, 0123456789abcdef1, 0123456789abcdef2, 0123456789abcdef3 ]";
        String keys = "{ auth-js: 4, secret: " + secrets + " }, { auth-js: 5, secret: " + secrets + " }";

        assertThat(token(keys).authJs()).hasSize(2);
        assertThat(errors(
                        keys,
                        "from: [ { header: Authorization }, { cookie: a1 }, { cookie: a2 }, { cookie: a3 },"
                                + " { cookie: a4 }, { cookie: a5 } ]"))
                .containsExactly(
                        "keys: 9 keys could be that of a token that names none; expected at most 8: fewer secrets of version"
                                + " 4, or fewer cookies beside a header in `from`");
    }
}
