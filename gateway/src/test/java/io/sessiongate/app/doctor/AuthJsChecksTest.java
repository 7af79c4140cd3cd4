package io.sessiongate.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.LoadResult;
import io.sessiongate.config.RealmConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
}
