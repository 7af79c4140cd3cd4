package io.sessiongate.benchmarks.load;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * Answers each request with what the function says, one thread a connection; requests have no bodies. An empty answer is none: the
 * connection ends.
 */
final class AnsweringServer implements AutoCloseable {

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicInteger connections = new AtomicInteger();
    private final IntFunction<String> answers;

    AnsweringServer(IntFunction<String> answers) throws IOException {
        this.answers = answers;
        start(this::accept);
    }

    InetSocketAddress address() {
        return new InetSocketAddress(socket.getInetAddress(), socket.getLocalPort());
    }

    int requests() {
        return requests.get();
    }

    int connections() {
        return connections.get();
    }

    private static void start(Runnable work) {
        var thread = new Thread(work, "server");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                Socket client = socket.accept();
                connections.incrementAndGet();
                start(() -> serve(client));
            }
        } catch (IOException e) {
            // Closed.
        }
    }

    private void serve(Socket client) {
        try (client) {
            var head = new StringBuilder();
            for (int b = client.getInputStream().read();
                    b >= 0;
                    b = client.getInputStream().read()) {
                head.append((char) b);
                if (head.toString().endsWith("\r\n\r\n")) {
                    head.setLength(0);
                    String answer = answers.apply(requests.incrementAndGet());
                    client.getOutputStream().write(answer.getBytes(StandardCharsets.ISO_8859_1));
                    if (answer.isEmpty() || answer.contains("Connection: close")) {
                        return;
                    }
                }
            }
        } catch (IOException e) {
            // The client is gone.
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
