package io.sessiongate.testing;

import io.sessiongate.http.WebSocketKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** A server written by hand: what it does with each connection is a piece of the test. A thread a connection. */
public final class RawUpstream implements AutoCloseable {

    private static final Pattern SENT_KEY = Pattern.compile("(?mi)^sec-websocket-key: *(\\S+)");

    private final ServerSocket server;
    private final Script script;
    private final List<RawPeer> peers = new CopyOnWriteArrayList<>();
    private final List<String> heads = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();

    /** What is done with a connection; it is closed afterwards. */
    @FunctionalInterface
    public interface Script {
        void run(RawPeer peer, int number) throws Exception;
    }

    public RawUpstream(Script script) {
        this(script, 0);
    }

    public RawUpstream(Script script, int receiveBuffer) {
        this(script, port(receiveBuffer));
    }

    /** On a Unix-domain socket, which is made there. */
    public static RawUpstream at(Path socket, Script script) {
        try {
            return new RawUpstream(script, UnixSockets.listen(socket, 128));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One that speaks TLS, as that context does. */
    public static RawUpstream secure(SSLContext context, boolean needsClientCertificate, Script script) {
        try {
            SSLServerSocket server = (SSLServerSocket)
                    context.getServerSocketFactory().createServerSocket(0, 128, InetAddress.getLoopbackAddress());
            server.setNeedClientAuth(needsClientCertificate);
            return new RawUpstream(script, server);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ServerSocket port(int receiveBuffer) {
        try {
            ServerSocket server = new ServerSocket();
            if (receiveBuffer > 0) {
                server.setReceiveBufferSize(receiveBuffer);
            }
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 128);
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RawUpstream(Script script, ServerSocket server) {
        this.script = script;
        this.server = server;
        Thread thread = new Thread(this::accept, "raw-upstream");
        thread.setDaemon(true);
        thread.start();
    }

    /** Answers every request of every connection. */
    public static RawUpstream answering(Function<RawPeer.Message, String> answer) {
        List<RawUpstream> self = new CopyOnWriteArrayList<>();
        RawUpstream upstream = new RawUpstream((peer, number) -> {
            while (true) {
                RawPeer.Message request = peer.message();
                self.get(0).heads.add(request.startLine() + "\n" + String.join("\n", request.fields()));
                peer.send(answer.apply(request));
            }
        });
        self.add(upstream);
        return upstream;
    }

    public static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    /** The head of an answer that switches to the WebSocket that was asked for, with these lines in it. */
    public static String webSocket(String asked, String... lines) {
        Matcher key = SENT_KEY.matcher(asked);
        if (!key.find()) {
            throw new IllegalArgumentException("no key in " + asked);
        }
        StringBuilder head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n")
                .append("Upgrade: websocket\r\nSec-WebSocket-Accept: ")
                .append(WebSocketKey.accept(key.group(1)))
                .append("\r\n");
        for (String line : lines) {
            head.append(line).append("\r\n");
        }
        return head.append("\r\n").toString();
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = server.accept();
                RawPeer peer = new RawPeer(socket);
                peers.add(peer);
                int number = accepted.incrementAndGet();
                Thread thread = new Thread(() -> run(peer, number), "raw-upstream-" + number);
                thread.setDaemon(true);
                thread.start();
            }
        } catch (IOException closed) {
            // the end of the test
        }
    }

    private void run(RawPeer peer, int number) {
        try (peer) {
            script.run(peer, number);
        } catch (Exception e) {
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

    /** Heads of the requests so far, where {@link #answering} is used. */
    public List<String> heads() {
        return heads;
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        peers.forEach(RawPeer::close);
    }
}
