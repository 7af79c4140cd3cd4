package io.sessiongate.app.status;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

class ConfigurationReportTest {

    /** Every key that the schema calls secret, each planted below; a new one has to be planted as well. */
    private static final Set<String> SECRET_KEYS = Set.of(
            "admin.secret",
            "tracing.headers.<name>",
            "realms.<name>.token.keys[].secret",
            "realms.<name>.token.keys[].public-key",
            "realms.<name>.session.database",
            "realms.<name>.session.replicas",
            "realms.<name>.session.revocations.listen-on",
            "realms.<name>.identity.assertion.secret",
            "realms.<name>.identity.assertion.key");

    private PlantedConfiguration planted;

    @BeforeEach
    void load(@TempDir Path folder) throws IOException {
        planted = PlantedConfiguration.load(folder);
    }

    private String report() {
        return JsonText.of(ConfigurationReport.of(planted.config(), 1));
    }

    private String value(String section, String key) {
        for (JsonNode found : new ObjectMapper().readTree(report()).path("sections")) {
            if (found.path("name").asString().equals(section)) {
                for (JsonNode row : found.path("rows")) {
                    if (row.path("key").asString().equals(key)) {
                        return row.path("secret").asBoolean(false)
                                ? "***"
                                : row.path("value").asString();
                    }
                }
            }
        }
        return "not shown";
    }

    @Test
    void showsTracing() {
        assertThat(value("tracing", "endpoint")).isEqualTo("https://collector.example.com/v1/traces");
        assertThat(value("tracing", "sample")).isEqualTo("0.25");
        assertThat(value("tracing", "trust")).isEqualTo("trusted-proxies");
        assertThat(value("tracing", "headers.Authorization")).isEqualTo("***");
    }

    @Test
    void showsNoSecret() {
        String report = report();

        assertThat(report.toLowerCase(java.util.Locale.ROOT)).doesNotContain(PlantedConfiguration.PLANTED);
        for (String pem : new String[] {planted.publicKey(), planted.privateKey()}) {
            pem.lines()
                    .filter(line -> !line.startsWith("-"))
                    .forEach(line -> assertThat(report).doesNotContain(line));
        }
    }

    @Test
    void hasPlantedEverySecretThatThereIs() throws IOException {
        Set<String> secret = new TreeSet<>();
        collect(
                new ObjectMapper().readTree(Files.readString(Path.of("../config/sessiongate.schema.json"))),
                "",
                secret);

        assertThat(secret).containsExactlyInAnyOrderElementsOf(SECRET_KEYS);
    }

    private static void collect(JsonNode at, String path, Set<String> secret) {
        if (at.path("x-secret").asBoolean(false)) {
            secret.add(path);
        }
        at.path("properties")
                .properties()
                .forEach(e -> collect(e.getValue(), path + (path.isEmpty() ? "" : ".") + e.getKey(), secret));
        if (at.path("additionalProperties").isObject()) {
            collect(at.path("additionalProperties"), path + ".<name>", secret);
        }
        if (at.path("items").isObject()) {
            collect(at.path("items"), at.path("items").has("properties") ? path + "[]" : path, secret);
        }
    }

    @Test
    void saysThatASecretIsThere() {
        assertThat(value("gateway", "admin.secret")).isEqualTo("***");
        assertThat(value("realms.default.token", "key 1 secret")).isEqualTo("***");
        assertThat(value("realms.default.token", "key 2 public-key")).isEqualTo("***");
        assertThat(value("realms.default.identity", "assertion.key")).isEqualTo("***");
        assertThat(value("realms.other.identity", "assertion.secret")).isEqualTo("***");
    }

    @Test
    void showsWhatIsInForceAsTheFileWritesIt() {
        assertThat(value("gateway", "mode")).isEqualTo("enforce");
        assertThat(value("gateway", "admin.hosts")).isEqualTo("ops.example.com");
        assertThat(value("realms.default.session", "database")).isEqualTo("db.example.com:5432/app");
        assertThat(value("realms.default.session", "revocations.listen-on")).isEqualTo("primary.example.com:5432/app");
        assertThat(value("realms.default.session", "check.revalidate-after")).isEqualTo("1m");
        assertThat(value("realms.default.token", "key 3 jwks")).isEqualTo("https://keys.example.com/jwks");
        assertThat(value("upstreams.app", "servers")).isEqualTo("127.0.0.1:3000, unix:/run/app.sock");
        assertThat(new ObjectMapper().readTree(report()).at("/routes/0/access").asString())
                .isEqualTo("roles: admin, ops");
        assertThat(new ObjectMapper().readTree(report()).at("/routes/2/signIn").asString())
                .isEqualTo("https://login.example.com/in");
    }

    @Test
    void showsListenersWithTheirCertificates() {
        assertThat(value("listeners[0]", "proxy-protocol")).isEqualTo("true");
        assertThat(value("listeners[0]", "https-port")).isEqualTo("8443");
        assertThat(value("listeners[1]", "address")).isEqualTo("[0:0:0:0:0:0:0:1]:0");
        assertThat(value("listeners[1]", "tls.certificates[0].certificate")).endsWith("/chain.pem");
        assertThat(value("listeners[1]", "tls.certificates[0].key")).isEqualTo("***");
        assertThat(value("listeners[1]", "tls.client-certificates.mode")).isEqualTo("optional");
        assertThat(value("listeners[1]", "hsts.max-age")).isEqualTo("365d");
    }

    @Test
    void showsRateLimitsAndWhereTheyHold() {
        assertThat(value("rate-limits.sign-in", "count")).isEqualTo("unauthorized");
        assertThat(value("rate-limits.sign-in", "requests")).isEqualTo("10");
        assertThat(value("rate-limits.sign-in", "per")).isEqualTo("1m");
        assertThat(value("rate-limits.api", "by")).isEqualTo("session");
        assertThat(new ObjectMapper()
                        .readTree(report())
                        .at("/routes/0/rateLimits")
                        .toString())
                .isEqualTo("[\"sign-in\",\"api\"]");
    }

    @Test
    void showsHandOverAndReload() {
        assertThat(value("gateway", "hand-over.socket")).endsWith("/run/hand-over.sock");
        assertThat(value("gateway", "reload.watch")).isEqualTo("false");
        assertThat(value("gateway", "reload.interval")).isEqualTo("5s");
    }

    @Test
    void showsHowUpstreamsAreSpokenTo() {
        assertThat(value("upstreams.secure", "balance")).isEqualTo("least-requests");
        assertThat(value("upstreams.secure", "wait-timeout")).isEqualTo("1s");
        assertThat(value("upstreams.secure", "health-check.path")).isEqualTo("/healthz");
        assertThat(value("upstreams.secure", "tls.client-certificate.key")).isEqualTo("***");
        assertThat(value("upstreams.app", "wait-timeout")).isEqualTo(value("upstreams.app", "connect-timeout"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://user:pl4nted@host/path",
                "https://host/path?pl4nted",
                "https://host/path#pl4nted",
                "postgres://u:pl4nted@h:1/d",
                "user:pl4nted@host",
                "http://a:pl4nted@b:pl4nted@host/",
                "/login?next=pl4nted",
            })
    void stripsUrls(String url) {
        assertThat(Shown.bare(url)).doesNotContain(PlantedConfiguration.PLANTED);
    }
}
