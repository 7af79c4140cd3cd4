package io.sessiongate.testing;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** One end of a TCP connection, spoken to byte by byte; used by one thread at a time. Text is ISO-8859-1. */
public final class RawPeer implements AutoCloseable {

    private final Socket socket;
    private final InputStream in;

    /** A message as it stood on the wire, and its body without framing. */
    public record Message(String startLine, List<String> fields, String body, List<String> trailers) {

        public int status() {
            return Integer.parseInt(startLine.split(" ", 3)[1]);
        }

        /** Values of all fields of that name. */
        public List<String> all(String name) {
            String start = name.toLowerCase(Locale.ROOT) + ":";
            return fields.stream()
                    .filter(f -> f.toLowerCase(Locale.ROOT).startsWith(start))
                    .map(f -> f.substring(start.length()).strip())
                    .toList();
        }

        public String field(String name) {
            List<String> values = all(name);
            return values.isEmpty() ? "" : values.get(0);
        }
    }

    public RawPeer(Socket socket) {
        try {
            socket.setSoTimeout(10_000);
            socket.setTcpNoDelay(true);
            this.socket = socket;
            this.in = socket.getInputStream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static RawPeer connect(InetSocketAddress address) {
        return connect(address, 0);
    }

    /** Connects with a receive buffer of that size, 0 leaving it to the system. */
    public static RawPeer connect(InetSocketAddress address, int receiveBuffer) {
        try {
            Socket socket = new Socket();
            if (receiveBuffer > 0) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.connect(address, 10_000);
            return new RawPeer(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Socket socket() {
        return socket;
    }

    public RawPeer send(String text) {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    public RawPeer send(byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a head up to its empty line, without it. */
    public String head() {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            int b = read();
            if (b < 0) {
                throw new UncheckedIOException(new EOFException("connection ended after: " + head));
            }
            head.write(b);
        }
        String text = head.toString(StandardCharsets.ISO_8859_1);
        return text.substring(0, text.length() - 4);
    }

    /** Reads that many bytes. */
    public String text(int length) {
        try {
            byte[] bytes = in.readNBytes(length);
            if (bytes.length < length) {
                throw new EOFException("connection ended after " + bytes.length + " of " + length + " bytes");
            }
            return new String(bytes, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a byte; -1 at the end. A reset is an exception. */
    public int read() {
        try {
            return in.read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public InputStream in() {
        return in;
    }

    /** Reads a whole request, or response to a method other than {@code HEAD}. */
    public Message message() {
        return message(false);
    }

    /** Reads a whole message; {@code bodiless} where none follows whatever the head says. */
    public Message message(boolean bodiless) {
        String[] lines = head().split("\r\n");
        Message head = new Message(lines[0], List.of(lines).subList(1, lines.length), "", List.of());
        boolean response = lines[0].startsWith("HTTP/");
        if (bodiless || (response && (head.status() < 200 || head.status() == 204 || head.status() == 304))) {
            return head;
        }
        if (head.field("transfer-encoding").equalsIgnoreCase("chunked")) {
            return chunked(head);
        }
        if (!head.field("content-length").isEmpty()) {
            String body = text(Integer.parseInt(head.field("content-length")));
            return new Message(head.startLine(), head.fields(), body, List.of());
        }
        return response ? new Message(head.startLine(), head.fields(), rest(), List.of()) : head;
    }

    private Message chunked(Message head) {
        StringBuilder body = new StringBuilder();
        List<String> trailers = new ArrayList<>();
        while (true) {
            int size = Integer.parseInt(line().split(";", 2)[0], 16);
            if (size == 0) {
                for (String trailer = line(); !trailer.isEmpty(); trailer = line()) {
                    trailers.add(trailer);
                }
                return new Message(head.startLine(), head.fields(), body.toString(), trailers);
            }
            body.append(text(size));
            line();
        }
    }

    public String line() {
        StringBuilder line = new StringBuilder();
        for (int b = read(); b != '\n'; b = read()) {
            if (b < 0) {
                throw new UncheckedIOException(new EOFException("connection ended in: " + line));
            }
            line.append((char) b);
        }
        return line.substring(0, line.length() - 1);
    }

    /** Everything up to the end. */
    public String rest() {
        try {
            return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the other side has ended the connection, orderly or by a reset, waiting for it if need be. */
    public boolean ended() {
        try {
            while (in.read() >= 0) {
                // what is still on its way
            }
            return true;
        } catch (SocketTimeoutException e) {
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    public void endOutput() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Closes in the orderly way, in the middle of a test. */
    public void hangUp() {
        close();
    }

    /** Closes with a reset. */
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
