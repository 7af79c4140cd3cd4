package io.sessiongate.app.doctor;

import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.UpstreamTls;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * Whether a server speaks HTTP/2 as the gateway would with it: at once, or over TLS once both have agreed on it. Nothing is asked of the
 * application: the first that comes has to be the settings of the server (RFC 9113 section 3.4). Blocks the thread that asks until the
 * deadline; its own thread ends with the socket.
 */
final class Http2Question {

    private static final String H2 = "h2";

    /** The preface, and settings that say nothing. */
    private static final byte[] GREETING =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);

    private static final int FRAME_HEAD_BYTES = 9;
    private static final int SETTINGS = 4;

    private interface Step {
        void run() throws IOException;
    }

    private Http2Question() {}

    /**
     * Greets it, and hears its greeting.
     *
     * @throws TimeoutException without one by the deadline, in milliseconds
     * @throws ProtocolException where it speaks something else
     * @throws IOException where nobody answers, or TLS is not agreed on
     * @throws IllegalArgumentException where a file cannot be used, with a sentence that names it
     */
    static void ask(ServerAddress server, UpstreamTls tls, long deadlineMillis)
            throws IOException, InterruptedException, TimeoutException {
        // Closing the socket at the end is what ends a thread that still waits for it.
        if (server instanceof ServerAddress.Unix unix) {
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                await(
                        () -> {
                            channel.connect(UnixDomainSocketAddress.of(unix.path()));
                            greet(Channels.newInputStream(channel), Channels.newOutputStream(channel));
                        },
                        deadlineMillis);
            }
            return;
        }
        ServerAddress.Tcp tcp = (ServerAddress.Tcp) server;
        SSLContext context = tcp.secure() ? TlsQuestion.context(tls) : null;
        try (Socket plain = new Socket()) {
            await(
                    () -> {
                        plain.connect(new InetSocketAddress(
                                tcp.address().getHostString(), tcp.address().getPort()));
                        Socket socket = context == null ? plain : secure(plain, context, tcp, tls);
                        greet(socket.getInputStream(), socket.getOutputStream());
                    },
                    deadlineMillis);
        }
    }

    private static void await(Step step, long deadlineMillis)
            throws IOException, InterruptedException, TimeoutException {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Runnable steps = () -> {
            try {
                step.run();
                done.complete(null);
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
            }
        };
        Thread asking = new Thread(steps, "doctor-http2");
        asking.setDaemon(true);
        asking.start();
        try {
            done.get(deadlineMillis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException fault ? fault : new IOException(e.getCause());
        }
    }

    private static Socket secure(Socket plain, SSLContext context, ServerAddress.Tcp server, UpstreamTls tls)
            throws IOException {
        SSLSocket socket = TlsQuestion.secure(plain, context, server, tls.nameOf(server), H2);
        if (!H2.equals(socket.getApplicationProtocol())) {
            throw new ProtocolException("it does not agree on h2 by ALPN");
        }
        return socket;
    }

    private static void greet(InputStream in, OutputStream out) throws IOException {
        out.write(GREETING);
        out.flush();
        byte[] head = in.readNBytes(FRAME_HEAD_BYTES);
        if (head.length < FRAME_HEAD_BYTES || head[0] != 0 || head[3] != SETTINGS) {
            throw new ProtocolException("no settings of HTTP/2 came");
        }
    }
}
