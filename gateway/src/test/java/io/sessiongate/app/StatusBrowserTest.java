package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sessiongate.app.AdminServer.Page;
import io.sessiongate.app.status.StatusPage;
import io.sessiongate.testing.Browser;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The status page in a real browser, in front of a gateway that has been asked a few things. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StatusBrowserTest {

    private static final String HOSTILE = "<img src=x onerror=\"window.pwned=1\"><script>window.pwned=1</script>\u202e";
    private static final ObjectMapper JSON = new ObjectMapper();

    private RunningGateway gateway;
    private Browser browser;

    @BeforeAll
    void start(@TempDir Path folder, @TempDir Path profile) throws Exception {
        assumeTrue(
                Browser.isInstalled(),
                "The status page is not tried in a browser: chromium and chromedriver are not installed");
        gateway = new RunningGateway(folder, "", "revalidate-after: 60s");
        gateway.signUp("ada", "member");
        String cookie = gateway.cookie("ada", gateway.login("ada"));
        for (int i = 0; i < 20; i++) {
            gateway.get("/stats", "Cookie", cookie);
        }
        gateway.get("/api/admin/users", "Cookie", cookie, "X-Request-Id", "the-one-to-find");
        gateway.get("/stats", "Cookie", gateway.cookie("ada", UUID.randomUUID().toString()));
        gateway.get("/stats");
        browser = Browser.start(profile);
    }

    @AfterAll
    void stop() {
        if (browser != null) {
            browser.close();
        }
        if (gateway != null) {
            gateway.close();
        }
    }

    @BeforeEach
    void open() {
        browser.screen(1280, 900, false, false);
        browser.console();
        open(gateway.adminAddress());
    }

    private void open(InetSocketAddress address) {
        browser.visit("http://127.0.0.1:" + address.getPort() + "/");
        await().until(() -> text("#live").equals("Live")
                && browser.run("return document.querySelectorAll('details').length")
                                .asInt()
                        > 0);
    }

    private String text(String selector) {
        return browser.run("return document.querySelector('" + selector + "')?.textContent ?? ''")
                .asString();
    }

    /** The value beside a name in one of the lists of facts. */
    private String fact(String name) {
        return browser.run(
                        "return [...document.querySelectorAll('dl.facts > div')].find(d => d.firstChild.textContent === '"
                                + name + "')?.children[1].textContent ?? ''")
                .asString();
    }

    private String total(String outcome) {
        return browser.run(
                        "return [...document.querySelectorAll('#outcome-rows tr')].find(r => r.cells[0].textContent === '"
                                + outcome + "')?.cells[3].textContent ?? ''")
                .asString();
    }

    private String metric(String line) throws Exception {
        return String.valueOf((long) gateway.metric(line));
    }

    @Test
    void showsTheNumbersOfTheMeters() throws Exception {
        await().untilAsserted(() -> assertThat(text("#saved-text"))
                .isEqualTo(metric("sessiongate_session_queries_saved{") + " of "
                        + metric("sessiongate_session_requests_total{") + " saved, "
                        + metric("sessiongate_session_queries_total{") + " made"));

        assertThat(text("#share")).isEqualTo("90.9 %"); // 22 requests, 2 queries
        assertThat(total("2xx")).isEqualTo("20");
        for (String outcome : new String[] {"2xx", "role-missing", "session-ended", "token-missing"}) {
            assertThat(total(outcome))
                    .isNotEqualTo("0")
                    .isEqualTo(metric("sessiongate_requests_total{outcome=\"" + outcome + "\""));
        }
        assertThat(fact("Connections in use"))
                .isEqualTo(metric("sessiongate_session_connections_used_connections{") + " of "
                        + metric("sessiongate_session_connections_limit_connections{"));
        assertThat(fact("Session ended")).startsWith("1 (");
        assertThat(fact("Listening")).isEqualTo("not set up");
        await().untilAsserted(() -> assertThat(fact("Answers")).endsWith("/s")); // with the second reading
        assertThat(fact("Version")).isNotEmpty();
        assertThat(text("#refusal-rows")).contains("403 role-missing", "/api/admin/**", "the-one-to-find");
        assertThat(text("#settings"))
                .contains("admin.secret", "•••••• set")
                .doesNotContain(RunningGateway.ADMIN_SECRET);
        assertThat(browser.console()).isEmpty();
    }

    @Test
    void goesOnByItself() throws Exception {
        String before = text("#total");
        gateway.get("/stats");

        await().untilAsserted(() -> assertThat(text("#total")).isNotEqualTo(before));
    }

    @Test
    void fitsAPhone() {
        browser.screen(360, 740, true, false);
        open(gateway.adminAddress());
        browser.run("document.querySelectorAll('details').forEach(d => d.open = true)");

        assertThat(browser.run("return document.documentElement.scrollWidth").asInt())
                .isEqualTo(360);
        assertThat(browser.run("""
                        return [...document.querySelectorAll('main *, header *, nav *')]
                          .filter(e => e.getBoundingClientRect().right > 360.5 && e.offsetParent !== null)
                          .map(e => e.outerHTML.slice(0, 120))""")).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void canBeReadInLightAndInDark(boolean dark) {
        browser.screen(1280, 900, false, dark);
        open(gateway.adminAddress());
        browser.run("document.querySelectorAll('details').forEach(d => d.open = true)");

        String page = browser.run("return getComputedStyle(document.body).backgroundColor")
                .asString();
        assertThat(page).isEqualTo(dark ? "rgb(14, 19, 17)" : "rgb(244, 246, 244)");
        // WCAG 2.2, 1.4.3: 4.5 to 1 for every text that stands on the page.
        assertThat(browser.run("""
                const luminance = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
                  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
                const rgb = text => text.match(/[\\d.]+/g).map(Number);
                const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
                  if (c.length < 4 || c[3] === 1) return c; } return [255, 255, 255]; };
                const bad = new Set();
                for (const e of document.querySelectorAll('body *')) {
                  if (e.closest('svg, script') || !e.checkVisibility() || ![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
                  const [a, b] = [luminance(rgb(getComputedStyle(e).color)), luminance(ground(e))].sort((x, y) => y - x);
                  const ratio = (a + .05) / (b + .05);
                  if (ratio < 4.5) bad.add(ratio.toFixed(2) + ' ' + e.textContent.slice(0, 40));
                }
                return [...bad];""")).isEmpty();
        assertThat(browser.console()).isEmpty();
    }

    @Test
    void isReachedByKeyboard() {
        int wanted = browser.run("return document.querySelectorAll('a[href], button, summary').length")
                .asInt();
        Set<String> reached = new LinkedHashSet<>();
        for (int i = 0; i < wanted; i++) {
            browser.pressTab();
            JsonNode at = browser.run("""
                    const e = document.activeElement, style = getComputedStyle(e);
                    return [e.tagName + ' ' + e.textContent, style.outlineStyle + ' ' + style.outlineWidth,
                      e.getBoundingClientRect().left >= 0];""");
            assertThat(at.get(1).asString()).as(at.get(0).asString()).isEqualTo("solid 3px");
            assertThat(at.get(2).asBoolean()).as(at.get(0).asString()).isTrue();
            reached.add(at.get(0).asString());
        }

        assertThat(reached).hasSize(wanted);
        assertThat(reached.iterator().next()).isEqualTo("A Skip to the numbers");
        browser.run("document.querySelector('summary').focus()");
        browser.press(" ");
        assertThat(browser.run("return document.querySelector('details').open").asBoolean())
                .isTrue();
    }

    @Test
    void hasLandmarksAndTablesWithHeaders() {
        assertThat(browser.run("""
                        const missing = [];
                        for (const of of ['header', 'nav[aria-label]', 'main', 'footer', 'h1', '[role=status][aria-live=polite]', '[role=alert]'])
                          if (document.querySelectorAll(of).length !== 1 && !(of === 'header')) missing.push(of);
                        for (const table of document.querySelectorAll('table'))
                          if (![...table.querySelectorAll('thead th')].every(th => th.scope === 'col') || !table.tHead) missing.push('headers of ' + table.outerHTML.slice(0, 80));
                        for (const section of document.querySelectorAll('section'))
                          if (!document.getElementById(section.getAttribute('aria-labelledby'))?.textContent) missing.push('name of ' + section.id);
                        const ids = [...document.querySelectorAll('[id]')].map(e => e.id);
                        if (new Set(ids).size !== ids.length) missing.push('one element an id');
                        return missing;""")).isEmpty();
    }

    @Test
    void standsStillForWhoWantsNoMotion() {
        assertThat(browser.run("return getComputedStyle(document.querySelector('.bar span')).transitionDuration")
                        .asString())
                .isEqualTo("0s");
    }

    @Test
    void showsWhateverItIsToldAsText() throws Exception {
        String status = JSON.writeValueAsString(
                hostile(JSON.readTree(gateway.admin("/status.json").body())));
        String configuration = JSON.writeValueAsString(
                hostile(JSON.readTree(gateway.admin("/configuration.json").body())));
        try (Stand stand = new Stand(status, configuration)) {
            open(stand.address());
            browser.run("document.querySelectorAll('details').forEach(d => d.open = true)");

            assertThat(browser.run("return [document.querySelectorAll('img, main script').length, window.pwned ?? 0]")
                            .toString())
                    .isEqualTo("[0,0]");
            assertThat(text("#outcome-rows")).contains(HOSTILE);
            assertThat(text("#refusal-rows")).contains(HOSTILE);
            assertThat(text("#settings")).contains(HOSTILE);
            assertThat(text("#upstreams")).contains(HOSTILE);
            assertThat(browser.console()).isEmpty();
        }
    }

    /** The same with hostile text wherever there is text, names included but for those that the page asks for. */
    private static JsonNode hostile(JsonNode value) {
        if (value.isObject()) {
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            value.properties().forEach(e -> object.set(e.getKey(), hostile(e.getValue())));
            if (object.has("outcomes")) {
                ((ObjectNode) object.get("outcomes"))
                        .put(HOSTILE, 7)
                        .put("__proto__", 7)
                        .put("constructor", 7);
            }
            return object;
        }
        if (value.isArray()) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode();
            value.forEach(each -> array.add(hostile(each)));
            return array;
        }
        return value.isString() ? JsonNodeFactory.instance.stringNode(HOSTILE) : value;
    }

    @Test
    void saysThatTheGatewayDoesNotAnswer() throws Exception {
        Stand stand = stand();
        open(stand.address());
        assertThat(browser.run("return document.getElementById('trouble').hidden")
                        .asBoolean())
                .isTrue();

        stand.close();

        await().atMost(Duration.ofSeconds(20)).untilAsserted(() -> {
            assertThat(text("#live")).isEqualTo("No answer");
            assertThat(text("#ready")).isEqualTo("No answer");
            assertThat(text("#trouble")).contains("The gateway does not answer", "What is shown is from ");
            assertThat(browser.run("return document.getElementById('main').className")
                            .asString())
                    .contains("stale");
        });
    }

    @Test
    void asksNothingWhileNobodyLooks() throws Exception {
        try (Stand stand = stand()) {
            open(stand.address());
            browser.run("Object.defineProperty(document, 'hidden', { value: true, configurable: true });"
                    + "document.dispatchEvent(new Event('visibilitychange'))");
            await().during(Duration.ofSeconds(3)).atMost(Duration.ofSeconds(20)).until(stand::isQuiet);
            int asked = stand.asked.get();

            browser.run("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))");

            await().until(() -> stand.asked.get() > asked);
        }
    }

    @Test
    void pausesAndGoesOn() throws Exception {
        try (Stand stand = stand()) {
            open(stand.address());
            browser.run("document.getElementById('pause').click()");
            assertThat(text("#live")).isEqualTo("Paused");
            assertThat(browser.run("return document.getElementById('pause').ariaPressed")
                            .asString())
                    .isEqualTo("true");
            await().during(Duration.ofSeconds(3)).atMost(Duration.ofSeconds(20)).until(stand::isQuiet);
            int asked = stand.asked.get();

            browser.run("document.getElementById('pause').click()");

            await().until(() -> stand.asked.get() > asked && text("#live").equals("Live"));
        }
    }

    private Stand stand() throws Exception {
        return new Stand(
                gateway.admin("/status.json").body(),
                gateway.admin("/configuration.json").body());
    }

    /** An admin port that always says the same, and counts how often it is asked. */
    private static final class Stand implements AutoCloseable {

        final AtomicInteger asked = new AtomicInteger();
        private final AdminServer server;
        private int before = -1;

        Stand(String status, String configuration) {
            StatusPage page = StatusPage.read();
            server = AdminServer.start(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    Map.of(),
                    Map.of(),
                    new BrowserPages(
                            Map.of(
                                    "/",
                                    () -> new Page(200, "text/html; charset=utf-8", page.html(), page.fields()),
                                    "/status.json",
                                    () -> {
                                        asked.incrementAndGet();
                                        return new Page(200, "application/json", status);
                                    },
                                    "/configuration.json",
                                    () -> new Page(200, "application/json", configuration)),
                            Set::of));
        }

        InetSocketAddress address() {
            return server.address();
        }

        /** Whether nobody asked since this was asked last. */
        boolean isQuiet() {
            int now = asked.get();
            boolean quiet = now == before;
            before = now;
            return quiet;
        }

        @Override
        public void close() {
            server.stop();
        }
    }
}
