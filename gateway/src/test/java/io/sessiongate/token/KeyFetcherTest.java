package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.sessiongate.config.PemKeys;
import io.sessiongate.testing.TestPostgres;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Fetching over TLS, and from servers that do not behave. */
class KeyFetcherTest {

    private final KeyThreads threads = new KeyThreads();

    @AfterEach
    void close() {
        threads.close();
    }

    private static String resource(String name) throws Exception {
        try (InputStream in = Objects.requireNonNull(TestPostgres.class.getResourceAsStream(name))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Its certificate is for localhost, by an authority of the tests. */
    private static HttpsServer server() throws Exception {
        X509Certificate certificate =
                PemKeys.certificates(resource("postgres-server.pem")).get(0);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("a", PemKeys.privateKey(resource("postgres-server.key")), new char[0], new X509Certificate[] {
            certificate
        });
        var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        keys.init(store, new char[0]);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), null, null);
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context));
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, 2);
            exchange.getResponseBody().write("{}".getBytes(StandardCharsets.US_ASCII));
            exchange.close();
        });
        server.start();
        return server;
    }

    private byte[] get(String authorities, String host, int port) throws Exception {
        return threads.fetcher(authorities)
                .get(URI.create("https://" + host + ":" + port + "/"))
                .get(20, TimeUnit.SECONDS);
    }

    @Test
    void believesTheAuthoritiesThatAreConfigured() throws Exception {
        HttpsServer server = server();
        try {
            assertThat(get(
                            resource("postgres-authority.pem"),
                            "localhost",
                            server.getAddress().getPort()))
                    .isEqualTo("{}".getBytes(StandardCharsets.US_ASCII));
        } finally {
            server.stop(0);
        }
    }

    @Test
    void believesNoOtherAuthorityAndNoOtherName() throws Exception {
        HttpsServer server = server();
        int port = server.getAddress().getPort();
        try {
            assertThatThrownBy(() -> get("", "localhost", port))
                    .hasRootCauseMessage("its certificate is not trusted, or is for another name");
            assertThatThrownBy(() -> get(resource("postgres-authority.pem"), "127.0.0.1", port))
                    .hasRootCauseMessage("its certificate is not trusted, or is for another name");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void saysThatNothingListens() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        assertThatThrownBy(() -> threads.fetcher("")
                        .get(URI.create("http://127.0.0.1:" + port + "/"))
                        .get(20, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasRootCauseMessage("nothing listens there, or its name has no address");
    }

    /** Without a length, and without an end: the bound is kept while reading. */
    @Test
    void hangsUpOnABodyThatNeverEnds() throws Exception {
        var sent = new AtomicLong();
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var ended = CompletableFuture.runAsync(() -> {
                try (Socket socket = listening.accept()) {
                    var out = socket.getOutputStream();
                    out.write("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    byte[] block = new byte[8192];
                    while (sent.get() < 1L << 30) {
                        out.write(block);
                        sent.addAndGet(block.length);
                    }
                } catch (java.io.IOException hungUp) {
                    // As it should.
                }
            });

            assertThatThrownBy(() -> threads.fetcher("")
                            .get(URI.create("http://127.0.0.1:" + listening.getLocalPort() + "/"))
                            .get(20, TimeUnit.SECONDS))
                    .hasRootCauseMessage("it is larger than 256 KiB");
            ended.get(20, TimeUnit.SECONDS);
            assertThat(sent.get()).isLessThan(64L << 20);
        }
    }
}
