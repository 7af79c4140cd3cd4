package io.sessiongate.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/**
 * A Chromium without a window, told what to do in the words of WebDriver (W3C) and of its own developer tools. The driver and
 * the browser end with it. One thread at a time.
 */
public final class Browser implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration TIMEOUT = Duration.ofSeconds(60);
    private static final String TAB_KEY = "\uE004";

    private final HttpClient client = HttpClient.newHttpClient();
    private final Process driver;
    private final String origin;
    private String session = "";

    /** Whether there is one on this machine; Debian has it in the packages chromium and chromium-driver. */
    public static boolean isInstalled() {
        return program("chromedriver") != null && program("chromium") != null;
    }

    private static @Nullable Path program(String name) {
        for (String folder : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            Path program = Path.of(folder.isEmpty() ? "." : folder, name);
            if (Files.isExecutable(program)) {
                return program;
            }
        }
        return null;
    }

    private Browser(Process driver, int port) {
        this.driver = driver;
        this.origin = "http://127.0.0.1:" + port;
    }

    /** Starts one; {@code profile} is an empty folder. */
    public static Browser start(Path profile) throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        Process driver = new ProcessBuilder("chromedriver", "--port=" + port)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        Browser browser = new Browser(driver, port);
        try {
            Awaitility.await()
                    .atMost(TIMEOUT)
                    .ignoreExceptions()
                    .until(() ->
                            browser.ask("GET", "/status", null).path("ready").asBoolean());
            browser.open(profile);
        } catch (RuntimeException e) {
            browser.close();
            throw e;
        }
        return browser;
    }

    private void open(Path profile) {
        List<String> arguments = List.of(
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--user-data-dir=" + profile);
        Map<String, Object> wanted = Map.of(
                "browserName",
                "chrome",
                "acceptInsecureCerts",
                true,
                "goog:loggingPrefs",
                Map.of("browser", "ALL"),
                "goog:chromeOptions",
                Map.of("args", arguments));
        session = "/session/"
                + ask("POST", "/session", Map.of("capabilities", Map.of("alwaysMatch", wanted)))
                        .path("sessionId")
                        .asString();
    }

    /** Opens a page and waits until it is loaded. */
    public void visit(String url) {
        ask("POST", session + "/url", Map.of("url", url));
    }

    /** What the body of a function returns in the page. */
    public JsonNode run(String script) {
        return ask("POST", session + "/execute/sync", Map.of("script", script, "args", List.of()));
    }

    /** A screen of that size, and whether the user has dark colours and much or little motion. */
    public void screen(int width, int height, boolean phone, boolean dark) {
        tell(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", phone));
        tell(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(
                                Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"),
                                Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    }

    /** The tab is seen, or another one is. */
    public JsonNode tell(String command, Map<String, ?> parameters) {
        return ask("POST", session + "/goog/cdp/execute", Map.of("cmd", command, "params", parameters));
    }

    /** Presses the key that leads to the next element. */
    public void pressTab() {
        press(TAB_KEY);
    }

    public void press(String key) {
        List<Map<String, String>> actions =
                List.of(Map.of("type", "keyDown", "value", key), Map.of("type", "keyUp", "value", key));
        ask(
                "POST",
                session + "/actions",
                Map.of("actions", List.of(Map.of("type", "key", "id", "keys", "actions", actions))));
    }

    /** Lines of the console since it was asked last, level before message. */
    public List<String> console() {
        List<String> lines = new ArrayList<>();
        for (JsonNode line : ask("POST", session + "/se/log", Map.of("type", "browser"))) {
            lines.add(line.path("level").asString() + " " + line.path("message").asString());
        }
        return lines;
    }

    /** The page from its top, as a PNG; {@code height} 0 is all of it. */
    public byte[] picture(int width, int height) {
        int whole = run("return document.documentElement.scrollHeight").asInt();
        Map<String, Object> clip =
                Map.of("x", 0, "y", 0, "width", width, "height", height == 0 ? whole : height, "scale", 1);
        JsonNode picture =
                tell("Page.captureScreenshot", Map.of("format", "png", "captureBeyondViewport", true, "clip", clip));
        return Base64.getDecoder().decode(picture.path("data").asString());
    }

    private JsonNode ask(String method, String path, @Nullable Object body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(origin + path))
                .timeout(TIMEOUT)
                .header("Content-Type", "application/json")
                .method(
                        method,
                        body == null
                                ? HttpRequest.BodyPublishers.noBody()
                                : HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)))
                .build();
        try {
            HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new IllegalStateException(answer.body());
            }
            return JSON.readTree(answer.body()).path("value");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        try {
            if (!session.isEmpty()) {
                ask("DELETE", session, null);
            }
        } finally {
            driver.destroy();
            try {
                if (!driver.waitFor(10, TimeUnit.SECONDS)) {
                    driver.descendants().forEach(ProcessHandle::destroyForcibly);
                    driver.destroyForcibly();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
