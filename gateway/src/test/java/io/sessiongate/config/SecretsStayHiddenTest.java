package io.sessiongate.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsStayHiddenTest {

    private static final String PLANTED = "pl4ntedS3cret";

    @TempDir
    Path directory;

    private LoadedFile file;

    @BeforeEach
    void createFile() {
        file = new LoadedFile(directory)
                .env("PLANTED", PLANTED)
                .file("planted", PLANTED)
                .file("planted.pem", "-----BEGIN PRIVATE KEY-----" + PLANTED + "-----END PRIVATE KEY-----");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // where a secret belongs, wrong in every way
                "{ algorithm: HS256, secret: pl4ntedS3cret }",
                "{ algorithm: HS256, secret: [ pl4ntedS3cret ] }",
                "{ algorithm: HS256, secret: { pl4ntedS3cret: x } }",
                "{ algorithm: HS256, secret: pl4ntedS3cret, secret-encoding: base64, kid: a }",
                "{ algorithm: HS256, secret: '${PLANTED}' }",
                "{ algorithm: HS256, secret: '${file:planted}' }",
                "{ algorithm: HS256, secret: '${NONE:-pl4ntedS3cret}' }",
                "{ algorithm: HS256, secret: '${pl4nted-S3cret}${pl4ntedS3cret' }",
                "{ algorithm: HS256, secret: !pl4ntedS3cret x }",
                "{ algorithm: HS256, secret: &pl4ntedS3cret x }",
                "{ algorithm: HS256, secret: *pl4ntedS3cret }",
                "{ algorithm: RS256, public-key: pl4ntedS3cret }",
                "{ algorithm: RS256, public-key: pl4ntedS3cret/x }",
                "{ algorithm: RS256, public-key: planted.pem }",
                "{ algorithm: RS256, public-key: '-----BEGIN PUBLIC KEY-----pl4ntedS3cret-----END PUBLIC KEY-----' }",
                // where it slipped to
                "pl4ntedS3cret",
                "[ pl4ntedS3cret ]",
                "{ pl4ntedS3cret }",
                "{ algorithm: HS256, secret:pl4ntedS3cret }",
                "{ algorithm: HS256, secret pl4ntedS3cret }",
                "{ algorithm: '${PLANTED}', secret: x }",
                "{ algorithm: HS256, secret: x, secret-encoding: '${PLANTED}' }",
                "{ algorithm: HS256, secret: x, secret: pl4ntedS3cret }",
                // where the text is not YAML any more
                "{ algorithm: HS256, secret: @pl4ntedS3cret }",
                "{ algorithm: HS256, secret: 'pl4ntedS3cret }",
                "{ algorithm: HS256, secret: \"\\pl4ntedS3cret\" }",
                "{ algorithm: HS256, secret: %pl4ntedS3cret }",
                "{ algorithm: HS256, secret: {pl4ntedS3cret }",
                "{ algorithm: HS256, secret: pl4ntedS3cret: x: y }",
            })
    void ofKeys(String key) {
        String yaml =
                LoadedFile.REALM.replaceFirst("\\{ algorithm.*?} ]\n", "%s ]\n").formatted(key) + LoadedFile.GUARDED;

        assertThat(file.errors(yaml)).isNotEmpty().noneMatch(line -> line.contains(PLANTED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "postgresql://app:pl4ntedS3cret@h:99999/d",
                "postgresql://app:pl4ntedS3cret@a,b/d",
                "postgresql://app:pl4ntedS3cret/x@h/d",
                "postgresql://app:pl4ntedS3cret%@h/d",
                "postgresql://pl4ntedS3cret@@:h/d",
                "jdbc:postgresql://h/d?password=pl4ntedS3cret",
                "prisma://h/?api_key=pl4ntedS3cret",
                "postgresql://u:p@h/d?connection_limit=pl4ntedS3cret",
                "postgresql://u:p@h/d?sslcert=pl4ntedS3cret",
                "postgresql://u:p@h/d?sslmode=pl4ntedS3cret",
                "postgresql://u:p@h/d?options=pl4ntedS3cret",
                "pl4ntedS3cret",
                "[ pl4ntedS3cret ]",
                "{ pl4ntedS3cret: x }",
            })
    void ofDatabases(String url) {
        String yaml = LoadedFile.REALM.replace(LoadedFile.URL, url) + LoadedFile.GUARDED;

        assertThat(file.errors(yaml)).isNotEmpty().noneMatch(line -> line.contains(PLANTED));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "drain: ${PLANTED}",
                "event-loops: ${PLANTED}",
                "transport: ${file:planted}",
                "log: { access: '${PLANTED}' }",
                "listeners: [ { address: '${PLANTED}' } ]",
                "trusted-proxies: [ '${PLANTED}' ]",
                "upstreams: { dashboard: { servers: [ '${PLANTED}' ] } }",
                "upstreams: { dashboard: { servers: [ 'http://u:pl4ntedS3cret@h' ] } }",
                "routes: [ { path: '${PLANTED}', access: public, upstream: '${PLANTED}' } ]",
                "routes: [ { path: /a, access: authenticated, upstream: dashboard, sign-in: '${PLANTED}', realm: '${PLANTED}' } ]",
                "realms: pl4ntedS3cret",
                "realms: { default: pl4ntedS3cret }",
                "realms: { default: { token: pl4ntedS3cret, session: pl4ntedS3cret, identity: { assertion: pl4ntedS3cret } } }",
                "realms: { default: { session: 'postgresql://u:pl4ntedS3cret@h/d' } }",
                "limits: 'postgresql://u:pl4ntedS3cret@h/d'",
            })
    void ofValuesFromElsewhere(String text) {
        assertThat(file.errorsOf(text)).isNotEmpty().noneMatch(line -> line.contains(PLANTED));
    }

    @Test
    void ofALoadedConfiguration() {
        String secret = PLANTED + "0123456789abcdef0123456789abcdef";
        String yaml = LoadedFile.REALM
                        .replace(LoadedFile.SECRET, secret)
                        .replace(":pw@localhost:5432/app", ":" + PLANTED + "@db/app?x=" + PLANTED)
                + "    identity: { assertion: { secret: " + secret + " } }\n" + LoadedFile.GUARDED;

        LoadResult result = file.load(yaml);

        assertThat(result).isInstanceOf(LoadResult.Loaded.class);
        assertThat(result.toString()).doesNotContain(PLANTED);
    }
}
