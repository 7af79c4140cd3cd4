package io.sessiongate.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The two pages and their files, read once. Thread-safe. */
final class Pages {

    private static final Map<String, String> TYPES = Map.of(
            "app.css", "text/css; charset=utf-8",
            "app.js", "text/javascript; charset=utf-8",
            "icon.svg", "image/svg+xml");
    private static final String HTML = "text/html; charset=utf-8";

    private final Map<String, byte[]> assets =
            TYPES.keySet().stream().collect(Collectors.toUnmodifiableMap(name -> name, Pages::read));
    private final byte[] dashboard = read("index.html");
    private final String login = new String(read("login.html"), StandardCharsets.UTF_8);

    void dashboard(WebExchange exchange) throws IOException {
        exchange.send(200, HTML, dashboard);
    }

    /** The sign-in form; {@code message} is empty at first, {@code returnTo} a path of ours. */
    void login(WebExchange exchange, int status, String message, String returnTo) throws IOException {
        String page = login.replace("{{users}}", users(DemoData.USERS))
                .replace("{{message}}", escape(message))
                .replace("{{password}}", escape(DemoData.PASSWORD))
                // Last: what a visitor wrote is not looked at again.
                .replace("{{return}}", escape(returnTo));
        exchange.send(status, HTML, page.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends a file of the pages; false when there is none of that name. */
    boolean asset(WebExchange exchange, String name) throws IOException {
        Optional<byte[]> body = Optional.ofNullable(assets.get(name));
        if (body.isPresent()) {
            exchange.send(200, TYPES.getOrDefault(name, "application/octet-stream"), body.get());
        }
        return body.isPresent();
    }

    private static String users(List<DemoData.User> users) {
        return users.stream()
                .map(user -> """
                        <label class="user"><input type="radio" name="email" value="%s" required%s>
                        <span><strong>%s</strong> <span class="role">%s</span><br><small>%s</small></span></label>
                        """.formatted(
                                escape(user.email()),
                                user.equals(users.get(0)) ? " checked" : "",
                                escape(user.name()),
                                escape(user.role()),
                                escape(user.email())))
                .collect(Collectors.joining());
    }

    private static String escape(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }

    private static byte[] read(String name) {
        try (InputStream in = Pages.class.getResourceAsStream("web/" + name)) {
            if (in == null) {
                throw new IllegalStateException("web/" + name + " is missing from the class path");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
