package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.RawPeer;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How the status page is served: to whom, with which fields, and with nothing of anybody else's within. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatusPageTest {

    private RunningGateway gateway;

    @BeforeAll
    void start(@TempDir Path folder) {
        gateway = new RunningGateway(folder, "", "revalidate-after: 60s");
    }

    @AfterAll
    void stop() {
        gateway.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/status"})
    void letsTheBrowserRunWhatThePageHasWithinAndNothingElse(String path) throws Exception {
        HttpResponse<String> page = gateway.admin(path);

        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(page.headers().firstValue("content-type")).hasValue("text/html; charset=utf-8");
        assertThat(page.headers().firstValue("x-content-type-options")).hasValue("nosniff");
        assertThat(page.headers().firstValue("cache-control")).hasValue("no-store");
        assertThat(page.headers().firstValue("referrer-policy")).hasValue("no-referrer");
        String policy = page.headers().firstValue("content-security-policy").orElseThrow();
        assertThat(policy)
                .contains("default-src 'none'", "frame-ancestors 'none'", "connect-src 'self'", "base-uri 'none'")
                .contains("script-src '" + sha256(page.body(), "script") + "';")
                .contains("style-src '" + sha256(page.body(), "style") + "';")
                .doesNotContain("unsafe");
    }

    private static String sha256(String html, String element) throws Exception {
        Matcher found = Pattern.compile("<" + element + ">(.*?)</" + element + ">", Pattern.DOTALL)
                .matcher(html);
        assertThat(found.find()).isTrue();
        byte[] digest =
                MessageDigest.getInstance("SHA-256").digest(found.group(1).getBytes(StandardCharsets.UTF_8));
        return "sha256-" + Base64.getEncoder().encodeToString(digest);
    }

    @Test
    void asksNobodyElseForAnything() throws Exception {
        String page = gateway.admin("/").body();

        assertThat(page)
                .doesNotContainPattern("\\son[a-z]+\\s*=")
                .doesNotContainPattern("\\sstyle\\s*=")
                .doesNotContainPattern("(src|href|action)\\s*=\\s*[\"']?(https?:)?//")
                .doesNotContainPattern("@import|url\\(")
                .doesNotContain("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(");
    }

    @ParameterizedTest
    @CsvSource({
        "/, POST",
        "/status, PUT",
        "/status.json, POST",
        "/status.json, DELETE",
        "/configuration.json, POST",
        "/, OPTIONS"
    })
    void onlyShows(String path, String method) {
        RawPeer.Message answer = ask(method, path, "127.0.0.1");

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.field("allow")).isEqualTo("GET, HEAD");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/status", "/status.json", "/configuration.json"})
    void saysNothingUnderAForeignName(String path) {
        RawPeer.Message answer = ask("GET", path, "rebound.attacker.example:9901");

        assertThat(answer.status()).isEqualTo(421);
        assertThat(answer.body()).doesNotContain("<", "{").contains("admin.hosts");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/metrics", "/livez", "/readyz", "/.well-known/jwks.json"})
    void answersMachinesUnderAnyName(String path) {
        await().untilAsserted(() -> assertThat(ask("GET", path, "gateway.monitoring.svc.cluster.local:9901")
                        .status())
                .isEqualTo(200));
    }

    private RawPeer.Message ask(String method, String path, String host) {
        try (RawPeer peer = RawPeer.connect(gateway.adminAddress())) {
            return peer.send(method + " " + path + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
                    .message();
        }
    }
}
