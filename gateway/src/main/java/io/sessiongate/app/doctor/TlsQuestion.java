package io.sessiongate.app.doctor;

import io.sessiongate.config.CertificateKey;
import io.sessiongate.config.PemFile;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamTls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.Certificate;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * One {@code GET} over TLS as the gateway would speak it: with its authorities, its certificate and the name it asks for, which
 * the JDK's HTTP client cannot do. Reads the head of the answer, at most {@value #MOST_BYTES} bytes of it. Blocks the thread that
 * asks until the deadline; its own thread ends with the socket.
 */
final class TlsQuestion {

    private static final int MOST_BYTES = 128 * 1024;
    private static final char[] NO_PASSWORD = new char[0];

    private TlsQuestion() {}

    /**
     * Asks.
     *
     * @param fields lines of the request's head, each with its end of line
     * @throws TimeoutException without an answer by the deadline, in milliseconds
     * @throws SSLException where TLS is not agreed on, for {@link #said}
     * @throws IOException where nobody answers, or what comes is not HTTP
     * @throws IllegalArgumentException where a file cannot be used, with a sentence that names it
     */
    static SocketQuestion.Answer ask(
            ServerAddress.Tcp server, UpstreamTls tls, String target, String fields, long deadlineMillis)
            throws IOException, InterruptedException, TimeoutException {
        SSLContext context = context(tls);
        String request = "GET " + target + " HTTP/1.1\r\nHost: " + server.authority() + "\r\nConnection: close\r\n"
                + fields + "\r\n";
        CompletableFuture<SocketQuestion.Answer> answer = new CompletableFuture<>();
        // Closing the socket at the end is what ends a thread that still waits for it.
        try (Socket socket = new Socket()) {
            Runnable question = () -> {
                try {
                    answer.complete(exchange(socket, context, server, tls.nameOf(server), request));
                } catch (IOException | RuntimeException e) {
                    answer.completeExceptionally(e);
                }
            };
            Thread asking = new Thread(question, "doctor-tls");
            asking.setDaemon(true);
            asking.start();
            return answer.get(deadlineMillis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException fault ? fault : new IOException(e.getCause());
        }
    }

    private static SocketQuestion.Answer exchange(
            Socket plain, SSLContext context, ServerAddress.Tcp server, String name, String request)
            throws IOException {
        plain.connect(new InetSocketAddress(
                server.address().getHostString(), server.address().getPort()));
        SSLSocket socket = secure(plain, context, server, name);
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return SocketQuestion.read(head(socket.getInputStream()));
    }

    /**
     * Agrees on TLS over a connection that stands, and verifies who that is.
     *
     * @param protocols offered by ALPN; none for no such offer
     */
    static SSLSocket secure(
            Socket plain, SSLContext context, ServerAddress.Tcp server, String name, String... protocols)
            throws IOException {
        SSLSocket socket = (SSLSocket) context.getSocketFactory()
                .createSocket(plain, name, server.address().getPort(), true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setApplicationProtocols(protocols);
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] piece = new byte[8192];
        for (int n = in.read(piece); n >= 0 && read.size() < MOST_BYTES; n = in.read(piece)) {
            read.write(piece, 0, n);
            String text = read.toString(StandardCharsets.ISO_8859_1);
            int end = text.indexOf("\r\n\r\n");
            if (end >= 0) {
                return text.substring(0, end);
            }
        }
        throw new ProtocolException("no head of an answer");
    }

    static SSLContext context(UpstreamTls tls) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(own(tls), believed(tls), null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static KeyManager @Nullable [] own(UpstreamTls tls) throws GeneralSecurityException, IOException {
        if (tls.clientCertificate() == null) {
            return null;
        }
        CertificateKey pair = tls.clientCertificate().read();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("own", pair.key(), NO_PASSWORD, pair.chain().toArray(Certificate[]::new));
        KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, NO_PASSWORD);
        return factory.getKeyManagers();
    }

    /** Null for whom Java believes. */
    private static TrustManager @Nullable [] believed(UpstreamTls tls) throws GeneralSecurityException, IOException {
        if (tls.ca() == null) {
            return null;
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        List<X509Certificate> authorities = PemFile.certificates(tls.ca());
        for (int i = 0; i < authorities.size(); i++) {
            store.setCertificateEntry("ca" + i, authorities.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    /** What is wrong with a server with which TLS was not agreed on. */
    static Seen said(SSLException fault, ServerAddress.Tcp server, UpstreamTls tls) {
        Throwable inner = fault;
        boolean unknown = false;
        for (int depth = 0; depth < 10; depth++) {
            if (inner instanceof CertificateExpiredException || inner instanceof CertificateNotYetValidException) {
                return Seen.fail(
                        "its certificate is not valid now (" + inner.getMessage() + ")",
                        "renew the server's certificate, or set the clock of this machine");
            }
            unknown |= inner instanceof CertPathBuilderException || inner instanceof CertPathValidatorException;
            Throwable next = inner.getCause();
            if (next == null) {
                break;
            }
            inner = next;
        }
        String message = String.valueOf(inner.getMessage());
        if (unknown) {
            return Seen.fail(
                    "its certificate was issued by nobody who is believed"
                            + (tls.ca() == null ? "" : " by " + tls.ca()),
                    "tls.ca of the upstream: the PEM file of the authority that issued it");
        }
        if (message.startsWith("No subject alternative") || message.startsWith("No name matching")) {
            return Seen.fail(
                    "its certificate is not made out to " + tls.nameOf(server),
                    "tls.server-name of the upstream: a name that stands in it, or a certificate with this one");
        }
        String alert = message.toLowerCase(Locale.ROOT);
        return alert.contains("alert") && alert.contains("certificate")
                ? Seen.fail(
                        "it refused the gateway's certificate, or wants one (" + message + ")",
                        "tls.client-certificate of the upstream")
                : Seen.fail("TLS was not agreed on: " + message, "the port under servers: https is spoken there");
    }
}
