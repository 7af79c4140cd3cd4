package io.sessiongate.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;

/** A server that speaks HTTP/2 frame by frame: what it does with each connection is a piece of the test. A thread a connection. */
public final class Http2Upstream implements AutoCloseable {

    private final ServerSocket server;
    private final Script script;
    private final List<Http2Peer> peers = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();

    /** What is done with a connection, of which not even the preface was read; it is closed afterwards. */
    @FunctionalInterface
    public interface Script {
        void run(Http2Peer peer, int number) throws Exception;
    }

    public Http2Upstream(Script script) {
        this(script, plain());
    }

    private Http2Upstream(Script script, ServerSocket server) {
        this.script = script;
        this.server = server;
        Thread thread = new Thread(this::accept, "http2-upstream");
        thread.setDaemon(true);
        thread.start();
    }

    private static ServerSocket plain() {
        try {
            return new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One that speaks TLS, and agrees on one of these protocols by ALPN. */
    public static Http2Upstream secure(SSLContext context, Script script, String... protocols) {
        try {
            SSLServerSocket server = (SSLServerSocket)
                    context.getServerSocketFactory().createServerSocket(0, 128, InetAddress.getLoopbackAddress());
            SSLParameters parameters = server.getSSLParameters();
            parameters.setApplicationProtocols(protocols);
            server.setSSLParameters(parameters);
            return new Http2Upstream(script, server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                int number = accepted.incrementAndGet();
                Thread thread = new Thread(() -> run(socket, number), "http2-upstream-" + number);
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            // the end of the test
        }
    }

    private void run(Socket socket, int number) {
        try (Http2Peer peer = new Http2Peer(socket)) {
            peers.add(peer);
            script.run(peer, number);
        } catch (Exception | AssertionError e) {
            // The gateway closed the connection, or the test is over; what matters is asserted on the other side.
        }
    }

    public InetSocketAddress address() {
        return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
    }

    /** Connections so far. */
    public int accepted() {
        return accepted.get();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        peers.forEach(Http2Peer::close);
    }
}
