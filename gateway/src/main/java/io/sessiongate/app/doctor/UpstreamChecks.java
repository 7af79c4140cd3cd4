package io.sessiongate.app.doctor;

import io.sessiongate.config.TokenConfig;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
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

    Seen answers(InetSocketAddress server) throws InterruptedException {
        long begun = System.nanoTime();
        return asked(
                HttpRequest.newBuilder(address(server, "/")),
                response -> Seen.ok("GET / was answered " + response.statusCode() + " in "
                        + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun) + " ms"));
    }

    /**
     * What the application's own Auth.js says of its cookies when it is asked for a CSRF token, beside what the realm has keys for.
     * It is asked as by the proxy before a gateway, so that its names are those that browsers get.
     */
    Seen authJs(InetSocketAddress server, TokenConfig token) throws InterruptedException {
        boolean https = AuthJsChecks.expectsHttps(token);
        return asked(
                HttpRequest.newBuilder(address(server, AuthJsChecks.CSRF_PATH))
                        .header("X-Forwarded-Proto", https ? "https" : "http"),
                response -> AuthJsChecks.application(
                        response.statusCode(), response.headers().allValues("Set-Cookie"), token));
    }

    private Seen asked(HttpRequest.Builder request, Function<HttpResponse<InputStream>, Seen> reader)
            throws InterruptedException {
        CompletableFuture<HttpResponse<InputStream>> answer =
                client.sendAsync(request.timeout(deadline).build(), HttpResponse.BodyHandlers.ofInputStream());
        try {
            HttpResponse<InputStream> response = answer.get(deadline.toMillis(), TimeUnit.MILLISECONDS);
            response.body().close(); // however long it would go on
            return reader.apply(response);
        } catch (TimeoutException e) {
            return late();
        } catch (ExecutionException e) {
            return said(e.getCause() == null ? e : e.getCause());
        } catch (IOException e) {
            return said(e);
        } finally {
            answer.cancel(true);
        }
    }

    private Seen said(Throwable fault) {
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
