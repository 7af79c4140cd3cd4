package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.KeySourceConfig.Kind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeySourceErrorsTest {

    private static final String PLAIN_KEY = "keys: [ { algorithm: HS256, secret: 0123456789abcdef0123456789abcdef } ]";

    @TempDir
    Path directory;

    private LoadedFile file;

    @BeforeEach
    void createFile() {
        file = new LoadedFile(directory)
                .file("keys/jwks.json", "{\"keys\":[]}")
                .file("large.json", " ".repeat(262_145));
    }

    private static String yaml(String entry) {
        return LoadedFile.REALM.replace(PLAIN_KEY, "keys: [ { " + entry + " } ]\n      audience: app")
                + LoadedFile.GUARDED;
    }

    private List<String> messages(String entry) {
        return file.problems(yaml(entry)).stream()
                .map(p -> p.substring(p.indexOf("keys[")))
                .toList();
    }

    private KeySourceConfig source(String entry) {
        return file.realm(yaml(entry)).token().keySources().get(0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            jwks: https://i.example/jwks, discovery: https://i.example   | keys[0].jwks: discovery finds it; remove one of the two
            jwks: http://i.example/jwks                                  | keys[0].jwks: `http://i.example/jwks`: expected https (plain http only to this machine itself)
            jwks: http://127.0.0.1.example.com/jwks                      | keys[0].jwks: `http://127.0.0.1.example.com/jwks`: expected https (plain http only to this machine itself)
            jwks: ftp://i.example/jwks                                   | keys[0].jwks: `ftp://i.example/jwks`: expected https (plain http only to this machine itself)
            jwks: https://user:pw@i.example/jwks                         | keys[0].jwks: this value: a URL with a user or a fragment; expected one without
            jwks: 'https://i.example/jwks#a'                             | keys[0].jwks: `https://i.example/jwks#a`: a URL with a user or a fragment; expected one without
            jwks: 'https://'                                             | keys[0].jwks: `https://`: not a URL
            jwks: 'https:///x'                                           | keys[0].jwks: `https:///x`: not a URL with a host, such as https://issuer.example.com
            jwks: none.json                                              | keys[0].jwks: `none.json`: the set's file cannot be read: there is no such file
            jwks: large.json                                             | keys[0].jwks: `large.json`: the set's file cannot be read: it is larger than 256 KiB
            jwks: keys/jwks.json, refresh: 1m                            | keys[0].refresh: a file is looked at every few seconds; remove the key
            jwks: keys/jwks.json, secret: x                              | keys[0].secret: keys come from the set; give this one an entry of its own
            jwks: keys/jwks.json, kid: x                                 | keys[0].kid: the keys of a set have their own; remove the key
            jwks: keys/jwks.json, algorithm: HS256                       | keys[0].algorithm: a set holds public keys only; HS256, HS384 and HS512 need an entry with `secret`
            jwks: keys/jwks.json, algorithm: [RS256, HS512]              | keys[0].algorithm: a set holds public keys only; HS256, HS384 and HS512 need an entry with `secret`
            jwks: keys/jwks.json, algorithm: none                        | keys[0].algorithm: `none` does not fit here; expected HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA, or a list of them
            discovery: https://i.example, issuer: https://i.example      | keys[0].issuer: it is what discovery names; remove the key
            discovery: 'https://i.example?a=b'                           | keys[0].discovery: `https://i.example?a=b`: an issuer has no query (OpenID Connect Discovery, section 4)
            discovery: http://i.example                                  | keys[0].discovery: `http://i.example`: expected https (plain http only to this machine itself)
            discovery: https://i.example, refresh: 1s                    | keys[0].refresh: `1s` is out of range; expected a duration from 10s to 24h, such as 500ms, 10s, 5m or 1h
            discovery: https://i.example, refresh: 1h, keep-for: 30m     | keys[0].keep-for: `30m` is shorter than refresh; expected at least that
            discovery: https://i.example, ca: none.pem                   | keys[0].ca: `none.pem`: the key's file cannot be read: there is no such file; a relative path starts from the configuration's directory
            discovery: https://i.example, ca: keys/jwks.json             | keys[0].ca: `keys/jwks.json`: the certificates cannot be read
            discovery: http://localhost:1, ca: keys/jwks.json            | keys[0].ca: only https has certificates; remove the key
            algorithm: HS256, secret: 0123456789abcdef0123456789abcdef, refresh: 1m | keys[0].refresh: only for `jwks` and `discovery` with a URL; remove the key
            secret: 0123456789abcdef0123456789abcdef                     | keys[0].algorithm: missing; expected HS256, RS256, ES256, EdDSA or their like, or auth-js, jwks or discovery in place of it
            """)
    void saysWhatIsWrongWithASource(String entry, String message) {
        assertThat(messages(entry)).containsExactly(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jwks: keys/jwks.json",
                "jwks: keys/jwks.json, algorithm: [RS256, ES256], issuer: a, audience: b",
                "jwks: https://i.example/jwks?x=1",
                "jwks: http://127.0.0.1:1/jwks",
                "jwks: 'http://[::1]:1/jwks'",
                "discovery: https://i.example/tenant/, refresh: 1m, keep-for: 1m, audience: [a, b]",
                "discovery: http://localhost:1",
            })
    void acceptsASource(String entry) {
        assertThat(file.problems(yaml(entry))).isEmpty();
    }

    @Test
    void readsAUrl() {
        assertThat(source("jwks: https://i.example/jwks, issuer: me, audience: [a], algorithm: ES256, refresh: 1m"))
                .isEqualTo(new KeySourceConfig(
                        Kind.JWKS,
                        "https://i.example/jwks",
                        Set.of("ES256"),
                        "me",
                        List.of("a"),
                        Duration.ofMinutes(1),
                        Duration.ofHours(24),
                        null,
                        directory.resolve("sessiongate.yaml") + ":5:15"));
    }

    @Test
    void anIssuerThatIsDiscoveredIsRequired() {
        assertThat(source("discovery: https://i.example/").issuer()).isEqualTo("https://i.example/");
    }

    @Test
    void findsAFileFromTheConfigurationsFolder() {
        assertThat(source("jwks: keys/jwks.json").address())
                .isEqualTo(directory.resolve("keys/jwks.json").toAbsolutePath().toString());
    }

    /** An issuer of many applications signs tokens for all of them with one key. */
    @Test
    void warnsWhereNoAudienceIsRequired() {
        String without = yaml("discovery: https://i.example").replace("\n      audience: app", "");

        assertThat(file.warnings(without))
                .singleElement()
                .asString()
                .endsWith(
                        "keys[0].discovery: there is no `audience` here or in the realm: tokens that the issuer made for"
                                + " any other application are accepted");
    }
}
