package io.sessiongate.app.doctor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One {@code GET} over a Unix-domain socket, which the JDK's HTTP client cannot do. Reads the head of the answer, at most
 * {@value #MOST_BYTES} bytes of it, and nothing behind it. Blocks the thread that asks until the deadline; its own thread
 * ends with the socket.
 */
final class SocketQuestion {

    private static final int MOST_BYTES = 128 * 1024;

    /** The head of an answer, as much of it as is looked at. */
    record Answer(int status, List<String> setCookies) {}

    private SocketQuestion() {}

    /**
     * Asks.
     *
     * @param fields lines of the request's head, each with its end of line
     * @throws TimeoutException without an answer by the deadline, in milliseconds
     * @throws IOException where nobody answers, or what comes is not HTTP
     */
    static Answer ask(Path socket, String target, String fields, long deadlineMillis)
            throws IOException, InterruptedException, TimeoutException {
        CompletableFuture<Answer> answer = new CompletableFuture<>();
        // Closing the channel at the end is what ends a thread that still waits for it.
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            Thread asking = new Thread(() -> exchange(channel, socket, target, fields, answer), "doctor-socket");
            asking.setDaemon(true);
            asking.start();
            return answer.get(deadlineMillis, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException fault ? fault : new IOException(e.getCause());
        }
    }

    private static void exchange(
            SocketChannel channel, Path socket, String target, String fields, CompletableFuture<Answer> answer) {
        try {
            channel.connect(UnixDomainSocketAddress.of(socket));
            ByteBuffer request = StandardCharsets.US_ASCII.encode(
                    "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + fields + "\r\n");
            while (request.hasRemaining()) {
                channel.write(request);
            }
            answer.complete(read(head(channel)));
        } catch (IOException | RuntimeException e) {
            answer.completeExceptionally(e);
        }
    }

    private static String head(SocketChannel channel) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        ByteBuffer piece = ByteBuffer.allocate(8192);
        while (read.size() < MOST_BYTES && channel.read(piece.clear()) >= 0) {
            read.write(piece.array(), 0, piece.position());
            String text = read.toString(StandardCharsets.ISO_8859_1);
            int end = text.indexOf("\r\n\r\n");
            if (end >= 0) {
                return text.substring(0, end);
            }
        }
        throw new ProtocolException("no head of an answer");
    }

    /** What the head of an answer says. */
    static Answer read(String head) throws ProtocolException {
        String[] lines = head.split("\r\n", -1);
        if (!lines[0].matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
            throw new ProtocolException("not the status line of an answer");
        }
        List<String> cookies = new ArrayList<>();
        for (String line : lines) {
            int colon = line.indexOf(':');
            if (colon > 0 && line.substring(0, colon).equalsIgnoreCase("set-cookie")) {
                cookies.add(line.substring(colon + 1).strip());
            }
        }
        return new Answer(Integer.parseInt(lines[0].substring(9, 12)), cookies);
    }
}
