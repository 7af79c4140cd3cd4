package io.sessiongate.app.doctor;

import io.sessiongate.config.CertificateFiles;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.config.UpstreamTls;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import javax.net.ssl.SSLException;

/** Whether the application answers (any status is an answer), and goes on to be believed. */
final class UpstreamChecks {

    private interface Question {
        Seen ask() throws IOException, InterruptedException, TimeoutException;
    }

    private final HttpClient client;
    private final Duration deadline;
    private final CertificateDates dates;

    UpstreamChecks(Duration deadline, Instant now) {
        this.deadline = deadline;
        this.dates = new CertificateDates(now);
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(HttpClient.Builder.NO_PROXY)
                .connectTimeout(deadline)
                .build();
    }

    /** How long the certificate that is shown to its servers is valid, and those that theirs are verified by. */
    void certificates(UpstreamTls tls, Findings findings, String about) throws InterruptedException {
        CertificateFiles own = tls.clientCertificate();
        if (own != null) {
            findings.check(about, own.certificate().getFileName() + " dates", () -> {
                try {
                    return dates.ofChain(own.read().chain(), "servers");
                } catch (IllegalArgumentException e) {
                    return Seen.fail(
                            String.valueOf(e.getMessage()), "the files under tls.client-certificate of the upstream");
                }
            });
        }
        Path authorities = tls.ca();
        if (authorities != null) {
            findings.check(about, authorities.getFileName() + " dates", () -> dates.ofAuthorities(authorities));
        }
    }

    Seen answers(ServerAddress server) throws InterruptedException {
        return answers(server, UpstreamTls.STANDARD);
    }

    /**
     * Asks it.
     *
     * @param tls how it is spoken to, where that is by https
     */
    Seen answers(ServerAddress server, UpstreamTls tls) throws InterruptedException {
        long begun = System.nanoTime();
        return asked(
                server,
                tls,
                "/",
                Map.of(),
                answer -> Seen.ok("GET / was answered " + answer.status() + " in "
                        + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun) + " ms"));
    }

    /**
     * Greets it in HTTP/2.
     *
     * @param tls how it is spoken to, where that is by https
     */
    Seen speaksHttp2(ServerAddress server, UpstreamTls tls) throws InterruptedException {
        long begun = System.nanoTime();
        return asked(server, tls, () -> {
            try {
                Http2Question.ask(server, tls, deadline.toMillis());
            } catch (ConnectException e) {
                throw e; // nobody is there
            } catch (ProtocolException | SocketException e) {
                return Seen.fail(
                        "no HTTP/2 is spoken there: " + e.getMessage(),
                        "leave out protocol of the upstream where the application speaks HTTP/1.1, or mend servers");
            }
            return Seen.ok("speaks HTTP/2, as it said after " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun)
                    + " ms");
        });
    }

    /**
     * What the application's own Auth.js says of its cookies when it is asked for a CSRF token, beside what the realm has keys for.
     * It is asked as by the proxy before a gateway, so that its names are those that browsers get.
     */
    Seen authJs(ServerAddress server, TokenConfig token) throws InterruptedException {
        return authJs(server, UpstreamTls.STANDARD, token);
    }

    /** The same where it may be spoken to by https. */
    Seen authJs(ServerAddress server, UpstreamTls tls, TokenConfig token) throws InterruptedException {
        boolean https = AuthJsChecks.expectsHttps(token);
        return asked(
                server,
                tls,
                AuthJsChecks.CSRF_PATH,
                Map.of("X-Forwarded-Proto", https ? "https" : "http"),
                answer -> AuthJsChecks.application(answer.status(), answer.setCookies(), token));
    }

    private Seen asked(
            ServerAddress server,
            UpstreamTls tls,
            String path,
            Map<String, String> fields,
            Function<SocketQuestion.Answer, Seen> reader)
            throws InterruptedException {
        return asked(server, tls, () -> reader.apply(answer(server, tls, path, fields)));
    }

    private Seen asked(ServerAddress server, UpstreamTls tls, Question question) throws InterruptedException {
        try {
            return question.ask();
        } catch (SSLException e) {
            return TlsQuestion.said(e, (ServerAddress.Tcp) server, tls);
        } catch (IllegalArgumentException e) {
            return Seen.fail(String.valueOf(e.getMessage()), "the files under tls of the upstream");
        } catch (TimeoutException e) {
            return late();
        } catch (IOException e) {
            return server instanceof ServerAddress.Unix ? saidOfSocket(e) : said(e, server.secure());
        }
    }

    private SocketQuestion.Answer answer(ServerAddress server, UpstreamTls tls, String path, Map<String, String> fields)
            throws IOException, InterruptedException, TimeoutException {
        if (server instanceof ServerAddress.Unix unix) {
            return SocketQuestion.ask(unix.path(), path, lines(fields), deadline.toMillis());
        }
        ServerAddress.Tcp tcp = (ServerAddress.Tcp) server;
        return tcp.secure()
                ? TlsQuestion.ask(tcp, tls, path, lines(fields), deadline.toMillis())
                : byPort(tcp.address(), path, fields);
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

    private static String lines(Map<String, String> fields) {
        StringBuilder lines = new StringBuilder();
        fields.forEach(
                (name, value) -> lines.append(name).append(": ").append(value).append("\r\n"));
        return lines.toString();
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

    private Seen said(IOException fault, boolean secure) {
        if (fault instanceof HttpTimeoutException) {
            return late();
        }
        if (fault instanceof UnknownHostException) {
            return Seen.fail("its name has no address here", "the host under servers");
        }
        if (fault instanceof ConnectException) {
            return fault.getCause() instanceof UnresolvedAddressException
                    ? Seen.fail("its name has no address here", "the host under servers")
                    : Seen.fail("nothing listens there", "start the application, or mend servers");
        }
        return Seen.fail(
                "the answer is not HTTP, or broke off",
                secure
                        ? "the port under servers, or tls.client-certificate of the upstream where one is wanted there"
                        : "the port under servers: plain HTTP/1.1 is spoken there");
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
