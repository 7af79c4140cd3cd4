package io.sessiongate.app.doctor;

import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.TokenConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Whether the application answers. Any status is an answer. */
final class UpstreamChecks {

    private final HttpClient client;
    private final Duration deadline;

    UpstreamChecks(Duration deadline) {
        this.deadline = deadline;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(deadline)
                .build();
    }

    Seen answers(ServerAddress server) throws InterruptedException {
        long begun = System.nanoTime();
        return asked(
                server,
                "/",
                Map.of(),
                answer -> Seen.ok("GET / was answered " + answer.status() + " in "
                        + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun) + " ms"));
    }

    /**
     * What the application's own Auth.js says of its cookies when it is asked for a CSRF token, beside what the realm has keys for.
     * It is asked as by the proxy before a gateway, so that its names are those that browsers get.
     */
    Seen authJs(ServerAddress server, TokenConfig token) throws InterruptedException {
        boolean https = AuthJsChecks.expectsHttps(token);
        return asked(
                server,
                AuthJsChecks.CSRF_PATH,
                Map.of("X-Forwarded-Proto", https ? "https" : "http"),
                answer -> AuthJsChecks.application(answer.status(), answer.setCookies(), token));
    }

    private Seen asked(
            ServerAddress server, String path, Map<String, String> fields, Function<SocketQuestion.Answer, Seen> reader)
            throws InterruptedException {
        try {
            return reader.apply(
                    server instanceof ServerAddress.Tcp tcp
                            ? byPort(tcp.address(), path, fields)
                            : bySocket(((ServerAddress.Unix) server).path(), path, fields));
        } catch (TimeoutException e) {
            return late();
        } catch (IOException e) {
            return server instanceof ServerAddress.Unix ? saidOfSocket(e) : said(e);
        }
    }

    private SocketQuestion.Answer byPort(InetSocketAddress server, String path, Map<String, String> fields)
            throws IOException, InterruptedException, TimeoutException {
        HttpRequest.Builder request = HttpRequest.newBuilder(address(server, path));
        fields.forEach(request::header);
        CompletableFuture<HttpResponse<InputStream>> answer =
                client.sendAsync(request.timeout(deadline).build(), HttpResponse.BodyHandlers.ofInputStream());
        try {
            HttpResponse<InputStream> response = answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            response.body().close(); // however long it would go on
            return new SocketQuestion.Answer(
                    response.statusCode(), response.headers().allValues("Set-Cookie"));
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException fault ? fault : new IOException(e);
        } finally {
            answer.cancel(true);
        }
    }

    private SocketQuestion.Answer bySocket(Path socket, String path, Map<String, String> fields)
            throws IOException, InterruptedException, TimeoutException {
        StringBuilder lines = new StringBuilder();
        fields.forEach(
                (name, value) -> lines.append(name).append(": ").append(value).append("\r\n"));
        return SocketQuestion.ask(socket, path, lines.toString(), deadline.toMillis());
    }

    private static Seen saidOfSocket(IOException fault) {
        if (fault instanceof ProtocolException || fault instanceof ClosedChannelException) {
            return Seen.fail(
                    "the answer is not HTTP, or broke off", "the path under servers: plain HTTP/1.1 is spoken there");
        }
        // The system's own words: no such file, connection refused, permission denied.
        return Seen.fail(
                "the socket cannot be used: " + fault.getMessage(),
                "start the application, mend the path under servers, or let this user write to the socket");
    }

    private Seen said(IOException fault) {
        if (fault instanceof HttpTimeoutException) {
            return late();
        }
        if (fault instanceof ConnectException) {
            return fault.getCause() instanceof UnresolvedAddressException
                    ? Seen.fail("its name has no address here", "the host under servers")
                    : Seen.fail("nothing listens there", "start the application, or mend servers");
        }
        return Seen.fail(
                "the answer is not HTTP, or broke off", "the port under servers: plain HTTP/1.1 is spoken there");
    }

    private Seen late() {
        return Seen.fail("no answer within " + deadline.toMillis() + " ms", "a firewall, or an application that hangs");
    }

    private static URI address(InetSocketAddress server, String path) {
        try {
            return new URI("http", null, server.getHostString(), server.getPort(), path, null, null);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
