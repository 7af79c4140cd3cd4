package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.testing.TestKeys;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyErrorsTest {

    private static final String PLAIN_KEY = "keys: [ { algorithm: HS256, secret: 0123456789abcdef0123456789abcdef } ]";

    private static final Map<String, KeyPair> PAIRS = Map.of(
            "rsa", TestKeys.pair("RS256"),
            "rsa1024", TestKeys.pair("RSA1024"),
            "p256", TestKeys.pair("ES256"),
            "p384", TestKeys.pair("ES384"),
            "ed", TestKeys.pair("EdDSA"),
            "ed448", TestKeys.pair("Ed448"));

    @TempDir
    Path directory;

    private LoadedFile file;

    @BeforeEach
    void createFile() {
        file = new LoadedFile(directory);
        PAIRS.forEach(this::write);
    }

    private void write(String name, KeyPair pair) {
        file.file(name + ".pub", TestKeys.pem("PUBLIC KEY", pair.getPublic()));
        file.file(name + ".key", TestKeys.pem("PRIVATE KEY", pair.getPrivate()));
    }

    private static String key(String entry) {
        return LoadedFile.REALM.replace(PLAIN_KEY, "keys: [ { " + entry + " } ]") + LoadedFile.GUARDED;
    }

    private static String assertion(String entry) {
        return LoadedFile.REALM + "    identity: { assertion: { " + entry + " } }\n" + LoadedFile.GUARDED;
    }

    private List<String> messages(String yaml) {
        return file.errors(yaml).stream()
                .map(line -> line.replaceFirst("^\\S+ realms\\.default\\.(token|identity)\\.", ""))
                .toList();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            algorithm: HS256, secret: 0123456789abcdef                | keys[0].secret: a secret of 16 bytes; HS256 needs at least 32 (RFC 7518 section 3.2), such as openssl rand -hex 32 prints
            algorithm: HS384, secret: 0123456789abcdef0123456789abcdef | keys[0].secret: a secret of 32 bytes; HS384 needs at least 48 (RFC 7518 section 3.2), such as openssl rand -hex 48 prints
            algorithm: [HS256, HS512], secret: 0123456789abcdef0123456789abcdef | keys[0].secret: a secret of 32 bytes; HS256, HS512 needs at least 64 (RFC 7518 section 3.2), such as openssl rand -hex 64 prints
            algorithm: HS256, secret: MDEyMzQ1Njc4OWFiY2RlZg==, secret-encoding: base64 | keys[0].secret: a secret of 16 bytes; HS256 needs at least 32 (RFC 7518 section 3.2), such as openssl rand -hex 32 prints
            algorithm: HS256, secret: '${file:p256.pub}'              | keys[0].secret: the text of a key file; expected a secret that nobody else knows (a public key belongs in `public-key`)
            algorithm: HS256, secret: '  -----BEGIN RSA PUBLIC KEY-----AAAA' | keys[0].secret: the text of a key file; expected a secret that nobody else knows (a public key belongs in `public-key`)
            algorithm: HS256, secret: LS0tLS1CRUdJTiBQVUJMSUMgS0VZLS0tLS0KTUlJQklqQU5CZ2txaGtp, secret-encoding: base64 | keys[0].secret: the text of a key file; expected a secret that nobody else knows (a public key belongs in `public-key`)
            algorithm: HS256, secret: '!!!', secret-encoding: base64  | keys[0].secret: this value: not Base64, as secret-encoding says it is
            algorithm: HS256                                          | keys[0].secret: missing; HS256 needs a secret, such as "${JWT_SECRET}"
            algorithm: HS256, secret: ''                              | keys[0].secret: empty; expected text
            algorithm: HS256, secret: 12345                           | keys[0].secret: this value does not fit here (put it in quotes); expected text
            algorithm: none, secret: x                                | keys[0].algorithm: `none` does not fit here; expected HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA, or a list of them
            algorithm: hs256, secret: x                               | keys[0].algorithm: `hs256` does not fit here; expected HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512 or EdDSA, or a list of them
            algorithm: [RS256, HS256], public-key: rsa.pub            | keys[0].algorithm: HS256, HS384 and HS512 need a secret and the others a public key; give each its own entry
            algorithm: RS256                                          | keys[0].public-key: missing; RS256 needs a PEM public key or certificate, as a path or as its text
            algorithm: RS256, public-key: none.pub                    | keys[0].public-key: this value: the key's file cannot be read: there is no such file; a relative path starts from the configuration's directory
            algorithm: RS256, public-key: rsa.key                     | keys[0].public-key: this value: this is a private key, which does not belong here; give the public key (openssl pkey -in private.pem -pubout)
            algorithm: RS256, public-key: rsa1024.pub                 | keys[0].public-key: this value: an RSA key of 1024 bits; expected at least 2048
            algorithm: RS256, public-key: p256.pub                    | keys[0].public-key: this value: an EC key on P-256 fits ES256, not RS256
            algorithm: [ES256, ES384], public-key: p384.pub           | keys[0].public-key: this value: an EC key on P-384 fits ES384, not ES256, ES384
            algorithm: ES256, public-key: rsa.pub                     | keys[0].public-key: this value: an RSA key fits PS256, PS384, PS512, RS256, RS384, RS512, not ES256
            algorithm: EdDSA, public-key: rsa.pub                     | keys[0].public-key: this value: an RSA key fits PS256, PS384, PS512, RS256, RS384, RS512, not EdDSA
            algorithm: RS256, public-key: ed.pub                      | keys[0].public-key: this value: an Ed25519 key fits EdDSA, not RS256
            algorithm: EdDSA, public-key: ed448.pub                   | keys[0].public-key: this value: the public key cannot be read; expected RSA, EC (P-256, P-384, P-521) or Ed25519
            algorithm: RS256, public-key: '-----BEGIN PUBLIC KEY-----' | keys[0].public-key: this value: no complete PEM block; expected -----BEGIN … to -----END …
            algorithm: RS256, public-key: '-----BEGIN PUBLIC KEY-----AAAA-----END PUBLIC KEY-----' | keys[0].public-key: this value: the public key cannot be read; expected RSA, EC (P-256, P-384, P-521) or Ed25519
            algorithm: RS256, public-key: '-----BEGIN PUBLIC KEY-----A!-----END PUBLIC KEY-----' | keys[0].public-key: this value: the PEM block is not Base64
            algorithm: RS256, public-key: '-----BEGIN CERTIFICATE-----AAAA-----END CERTIFICATE-----' | keys[0].public-key: this value: the certificate cannot be read
            algorithm: RS256, public-key: '-----BEGIN RSA PUBLIC KEY-----AAAA-----END RSA PUBLIC KEY-----' | keys[0].public-key: this value: a PKCS #1 key; convert it (openssl rsa -RSAPublicKey_in -in key.pem -pubout)
            algorithm: HS256, secret: 0123456789abcdef0123456789abcdef, public-key: rsa.pub | keys[0].public-key: HS256 is verified with a secret, never with a public key
            algorithm: RS256, public-key: rsa.pub, secret: x          | keys[0].secret: RS256 is verified with a public key; remove the secret
            algorithm: HS256, secret: 0123456789abcdef0123456789abcdef, audience: "" | keys[0].audience: empty; expected text, or a list of it
            algorithm: HS256, secret: 0123456789abcdef0123456789abcdef, audience: [] | keys[0].audience: empty; expected text, or a list of it
            algorithm: HS256, secret: 0123456789abcdef0123456789abcdef, audience: [""] | keys[0].audience[0]: empty; expected text
            algorithm: HS256, secret: 0123456789abcdef0123456789abcdef, issuer: "" | keys[0].issuer: empty; expected text
            algorithm: HS256, secret: 0123456789abcdef0123456789abcdef, issuer: 7 | keys[0].issuer: `7` does not fit here (put it in quotes); expected text
            algorithm: RS256, public-key: rsa.pub, secret-encoding: utf-8 | keys[0].secret-encoding: only a secret has an encoding; remove the key
            """)
    void saysWhatIsWrongWithAKey(String entry, String message) {
        assertThat(messages(key(entry))).containsExactly(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "algorithm: RS256, public-key: rsa.pub",
                "algorithm: [RS256, PS512], public-key: rsa.pub",
                "algorithm: ES256, public-key: p256.pub",
                "algorithm: ES384, public-key: p384.pub",
                "algorithm: EdDSA, public-key: ed.pub, kid: a",
                "algorithm: EdDSA, public-key: '${file:ed.pub}'",
                "algorithm: HS512, secret: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            })
    void acceptsAKeyThatFits(String entry) {
        assertThat(file.problems(key(entry))).isEmpty();
    }

    @Test
    void readsASecretAsTextOrBase64() {
        String bytes = "\u00fb\u00ff>0123456789abcdef0123456789ab";
        byte[] latin = bytes.getBytes(StandardCharsets.UTF_8);
        String url = Base64.getUrlEncoder().withoutPadding().encodeToString(latin);

        var key = file.realm(key("algorithm: HS256, secret: '" + url + "', secret-encoding: base64"))
                .token()
                .keys()
                .get(0);

        assertThat(Objects.requireNonNull(key.secret()).reveal()).isEqualTo(latin);
    }

    @Test
    void refusesTwoKeysOfOneKid() {
        assertThat(messages(
                        key("algorithm: ES256, public-key: p256.pub, kid: a }, { algorithm: EdDSA, public-key: ed.pub,"
                                + " kid: a")))
                .containsExactly(
                        "keys[1].kid: the same as realms.default.token.keys[0].kid; expected a name of its own");
    }

    @ParameterizedTest
    @CsvSource({"p256.key, ES256, ES256", "p256.key, , ES256", "ed.key, , EdDSA", "ed.key, EdDSA, EdDSA"})
    void derivesTheAssertionsAlgorithmFromItsKey(String key, @Nullable String algorithm, String expected) {
        String entry = "key: " + key + (algorithm == null ? "" : ", algorithm: " + algorithm);

        var assertion =
                Objects.requireNonNull(file.realm(assertion(entry)).identity().assertion());

        assertThat(assertion.algorithm()).isEqualTo(expected);
        assertThat(Objects.requireNonNull(assertion.privateKeyPem()).reveal())
                .startsWith("-----BEGIN PRIVATE KEY-----");
        assertThat(assertion.secret()).isNull();
    }

    @Test
    void signsAssertionsWithASecret() {
        var assertion = Objects.requireNonNull(
                file.realm(assertion("secret: '${JWT_SECRET}'")).identity().assertion());

        assertThat(assertion.algorithm()).isEqualTo("HS256");
        assertThat(Objects.requireNonNull(assertion.secret()).length()).isEqualTo(32);
        assertThat(assertion.privateKeyPem()).isNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', ignoreLeadingAndTrailingWhitespace = true, textBlock = """
            header: X-A                       | assertion.key: missing; expected a private key (or a secret, for HS256)
            algorithm: HS256                  | assertion.secret: missing; HS256 needs a secret, such as "${ASSERTION_SECRET}"
            secret: '${file:p256.pub}'        | assertion.secret: the text of a key file; expected a secret that nobody else knows (a public key belongs in `public-key`)
            secret: short                     | assertion.secret: a secret of 5 bytes; HS256 needs at least 32 (RFC 7518 section 3.2), such as openssl rand -hex 32 prints
            secret: 0123456789abcdef0123456789abcdef, algorithm: ES256 | assertion.secret: ES256 is signed with a private key; expected `key` in place of a secret
            secret: 0123456789abcdef0123456789abcdef, key: p256.key | assertion.key: HS256 is signed with a secret; remove the key
            key: p384.key                     | assertion.key: this value: an EC key on P-384; expected an EC key on P-256 for ES256 or an Ed25519 key for EdDSA
            key: rsa.key                      | assertion.key: this value: an RSA key; expected an EC key on P-256 for ES256 or an Ed25519 key for EdDSA
            key: ed.key, algorithm: ES256     | assertion.key: this value: an Ed25519 key; expected an EC key on P-256 for ES256
            key: p256.pub                     | assertion.key: this value: not a private key; expected a PKCS #8 PEM private key
            key: '-----BEGIN EC PRIVATE KEY-----AAAA-----END EC PRIVATE KEY-----' | assertion.key: this value: not PKCS #8; convert it (openssl pkcs8 -topk8 -nocrypt -in key.pem)
            key: '-----BEGIN ENCRYPTED PRIVATE KEY-----AAAA-----END ENCRYPTED PRIVATE KEY-----' | assertion.key: this value: the key is encrypted, which is not supported; decrypt it (openssl pkcs8 -in key.pem)
            key: p256.key, lifetime: 61s      | assertion.lifetime: `61s` is out of range; expected a duration from 5s to 60s, such as 500ms, 10s, 5m or 1h
            key: p256.key, header: Authorization | assertion.header: `Authorization`: this header has a meaning of its own in HTTP; expected one of yours, such as X-Auth-Subject
            key: p256.key, header: x.auth.roles | assertion.header: `x.auth.roles`: the same header as realms.default.identity.headers.roles (letter case, `_`, `.` and `-` make no difference); expected another name
            key: p256.key, algorithm: RS256   | assertion.algorithm: `RS256` does not fit here; expected ES256, EdDSA or HS256
            """)
    void saysWhatIsWrongWithAnAssertion(String entry, String message) {
        assertThat(messages(assertion(entry))).containsExactly(message);
    }
}
