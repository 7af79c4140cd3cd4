package io.sessiongate.demo;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** One request and its answer, with the headers every answer of ours carries. Confined to the request's thread. */
final class WebExchange {

    private static final int MAX_FORM_BYTES = 8192;
    private static final String CONTENT_SECURITY_POLICY = "default-src 'none'; script-src 'self'; style-src 'self';"
            + " img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

    private final HttpExchange http;

    WebExchange(HttpExchange http) {
        this.http = http;
        var headers = http.getResponseHeaders();
        headers.set("Content-Security-Policy", CONTENT_SECURITY_POLICY);
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "same-origin");
        headers.set("Cache-Control", "no-store");
    }

    /** HEAD is GET without a body. */
    String method() {
        return isHead() ? "GET" : http.getRequestMethod();
    }

    private boolean isHead() {
        return http.getRequestMethod().equals("HEAD");
    }

    String path() {
        return http.getRequestURI().getPath();
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(http.getRequestHeaders().getFirst(name));
    }

    Optional<String> queryParameter(String name) {
        return Optional.ofNullable(http.getRequestURI().getRawQuery())
                .map(WebExchange::parameters)
                .map(parameters -> parameters.get(name));
    }

    /** The session token: of the {@code Authorization} header, else of the cookie. */
    Optional<String> token() {
        Optional<String> authorization = header("Authorization");
        if (authorization.isPresent()) {
            return authorization.filter(value -> value.startsWith("Bearer ")).map(value -> value.substring(7));
        }
        List<String> cookies = http.getRequestHeaders().getOrDefault("Cookie", List.of());
        return cookies.stream()
                .flatMap(line -> java.util.Arrays.stream(line.split(";", -1)))
                .map(String::strip)
                .filter(pair -> pair.startsWith(SESSION_COOKIE + "="))
                .map(pair -> pair.substring(SESSION_COOKIE.length() + 1))
                .findFirst();
    }

    static final String SESSION_COOKIE = "session";

    /** The fields of a posted form; empty for a body longer than 8 KiB. */
    Map<String, String> form() throws IOException {
        byte[] body = http.getRequestBody().readNBytes(MAX_FORM_BYTES + 1);
        return body.length > MAX_FORM_BYTES ? Map.of() : parameters(new String(body, StandardCharsets.UTF_8));
    }

    private static Map<String, String> parameters(String encoded) {
        var parameters = new HashMap<String, String>();
        for (String pair : encoded.split("&", -1)) {
            int equals = pair.indexOf('=');
            if (equals > 0) {
                try {
                    parameters.put(decode(pair.substring(0, equals)), decode(pair.substring(equals + 1)));
                } catch (IllegalArgumentException e) {
                    // A malformed escape is a field that was not sent.
                }
            }
        }
        return parameters;
    }

    private static String decode(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    /**
     * Whether a browser says that this request comes from a page of ours, beside the cookie's {@code SameSite=Lax}
     * (OWASP CSRF Prevention Cheat Sheet, "Verifying Origin"). What is no browser sends neither field and has no
     * cookies that others could ride on.
     */
    boolean isSameOrigin() {
        Optional<String> origin = header("Origin");
        if (origin.isEmpty()) {
            return header("Sec-Fetch-Site").map("same-origin"::equals).orElse(true);
        }
        String host = header("X-Forwarded-Host").or(() -> header("Host")).orElse("");
        try {
            return host.equalsIgnoreCase(URI.create(origin.get()).getRawAuthority());
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** Who connects, as the proxy says where there is one. */
    String clientAddress() {
        return header("X-Forwarded-For")
                .map(value -> value.split(",", 2)[0].strip())
                .orElseGet(() -> http.getRemoteAddress().getAddress().getHostAddress());
    }

    void setCookie(String value, long maxAgeSeconds) {
        String secure = header("X-Forwarded-Proto").filter("https"::equals).isPresent() ? "; Secure" : "";
        http.getResponseHeaders()
                .add(
                        "Set-Cookie",
                        SESSION_COOKIE + "=" + value + "; Path=/; HttpOnly; SameSite=Lax; Max-Age=" + maxAgeSeconds
                                + secure);
    }

    void json(int status, Object value) throws IOException {
        send(status, "application/json", Json.bytes(value));
    }

    /** A problem of RFC 9457. */
    void problem(int status, String title, String detail) throws IOException {
        send(
                status,
                "application/problem+json",
                Json.bytes(Map.of("status", status, "title", title, "detail", detail)));
    }

    void unauthorized(String detail) throws IOException {
        http.getResponseHeaders().set("WWW-Authenticate", "Bearer realm=\"dashboard\"");
        problem(401, "Unauthorized", detail);
    }

    void redirect(String location) throws IOException {
        http.getResponseHeaders().set("Location", location);
        http.sendResponseHeaders(303, -1);
    }

    void noContent() throws IOException {
        http.sendResponseHeaders(204, -1);
    }

    void send(int status, String contentType, byte[] body) throws IOException {
        http.getResponseHeaders().set("Content-Type", contentType);
        http.sendResponseHeaders(status, isHead() || body.length == 0 ? -1 : body.length);
        if (!isHead() && body.length > 0) {
            http.getResponseBody().write(body);
        }
    }

    /** Begins an event stream, which goes on until its writer fails or ends. */
    OutputStream eventStream() throws IOException {
        http.getResponseHeaders().set("Content-Type", "text/event-stream");
        http.sendResponseHeaders(200, 0);
        return http.getResponseBody();
    }
}
