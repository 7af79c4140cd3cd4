package io.sessiongate.benchmarks.nextjs;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.stream.Collectors;

/** Signs in as a browser does, by the application's own form. */
final class SignIn {

    private static final String SESSION_COOKIE = "authjs.session-token";
    private static final String TOKEN_BEGIN = "\"csrfToken\":\"";

    /** Next.js closes a connection that asks to be upgraded to HTTP/2. */
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private final String address;

    SignIn(InetSocketAddress address) {
        this.address = "http://" + address.getHostString() + ":" + address.getPort();
    }

    /** The header line with the new session's cookies. */
    String as(String name, String password) throws IOException, InterruptedException {
        HttpResponse<String> csrf = client.send(
                HttpRequest.newBuilder(URI.create(address + "/api/auth/csrf")).build(), BodyHandlers.ofString());
        String body = csrf.body();
        int begin = body.indexOf(TOKEN_BEGIN) + TOKEN_BEGIN.length();
        String form = "csrfToken=" + body.substring(begin, body.indexOf('"', begin)) + "&name=" + name + "&password="
                + password;
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create(address + "/api/auth/callback/credentials"))
                        .header("Content-Type", "application/x-www-form-urlencoded")
                        .header("Cookie", cookies(csrf, ""))
                        .POST(HttpRequest.BodyPublishers.ofString(form))
                        .build(),
                BodyHandlers.ofString());
        String session = cookies(answer, SESSION_COOKIE);
        if (session.isEmpty()) {
            throw new IOException("sign-in of " + name + " was answered " + answer.statusCode() + " and no session");
        }
        return "Cookie: " + session;
    }

    private static String cookies(HttpResponse<String> answer, String prefix) {
        List<String> lines = answer.headers().allValues("Set-Cookie");
        return lines.stream()
                .map(line -> line.substring(0, line.contains(";") ? line.indexOf(';') : line.length()))
                .filter(cookie -> cookie.startsWith(prefix))
                .collect(Collectors.joining("; "));
    }
}
