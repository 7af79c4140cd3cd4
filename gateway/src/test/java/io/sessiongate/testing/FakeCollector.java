package io.sessiongate.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A collector of spans that takes OTLP over HTTP and reads as much of its protobuf as a test wants to know, by the numbers
 * of the fields in opentelemetry/proto/trace/v1/trace.proto. Safe to use from any thread.
 */
public final class FakeCollector implements AutoCloseable {

    /** A span as it came; ids in hexadecimal digits. */
    public record Received(
            String traceId,
            String id,
            String parentId,
            String name,
            long kind,
            long startEpochNanos,
            long endEpochNanos,
            long status,
            Map<String, Object> attributes) {}

    public static final long INTERNAL = 1;
    public static final long SERVER = 2;
    public static final long CLIENT = 3;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Received> spans = new CopyOnWriteArrayList<>();
    private final List<String> resource = new CopyOnWriteArrayList<>();
    private final List<String> authorization = new CopyOnWriteArrayList<>();
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean silent;
    private volatile int status = 200;

    public FakeCollector() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/v1/traces", this::take);
        server.setExecutor(threads);
        server.start();
    }

    public String endpoint() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1/traces";
    }

    /** From now on nothing is answered. */
    public void fallSilent() {
        silent = true;
    }

    /** From now on this is answered. */
    public void answer(int with) {
        status = with;
    }

    public List<Received> spans() {
        return List.copyOf(spans);
    }

    /** Of every export, what it said of the service. */
    public List<String> services() {
        return List.copyOf(resource);
    }

    public List<String> authorization() {
        return List.copyOf(authorization);
    }

    private void take(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        if (silent) {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            exchange.close();
            return;
        }
        authorization.add(Objects.toString(exchange.getRequestHeaders().getFirst("Authorization")));
        if (status == 200) {
            for (byte[] ofOne : Message.of(body).messages(1)) {
                Message.of(ofOne)
                        .messages(1)
                        .forEach(r -> resource.add(Objects.toString(
                                attributes(Message.of(r).messages(1)).get("service.name"))));
                for (byte[] scope : Message.of(ofOne).messages(2)) {
                    Message.of(scope).messages(2).forEach(span -> spans.add(span(Message.of(span))));
                }
            }
        }
        exchange.sendResponseHeaders(status, -1);
        exchange.close();
    }

    private static Received span(Message span) {
        List<byte[]> status = span.messages(15);
        return new Received(
                span.hex(1),
                span.hex(2),
                span.hex(4),
                span.text(5),
                span.number(6),
                span.number(7),
                span.number(8),
                status.isEmpty() ? 0 : Message.of(status.get(0)).number(3),
                attributes(span.messages(9)));
    }

    private static Map<String, Object> attributes(List<byte[]> pairs) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        for (byte[] pair : pairs) {
            Message entry = Message.of(pair);
            Message value = Message.of(entry.messages(2).get(0));
            attributes.put(entry.text(1), value.messages(1).isEmpty() ? (Object) value.number(3) : value.text(1));
        }
        return attributes;
    }

    @Override
    public void close() {
        ended.countDown();
        server.stop(0);
        threads.shutdownNow();
    }

    /** Fields of a message by number: numbers, or the octets of what has a length. */
    private record Message(Map<Integer, List<byte[]>> octets, Map<Integer, Long> numbers) {

        static Message of(byte[] bytes) {
            Message message = new Message(new LinkedHashMap<>(), new LinkedHashMap<>());
            ByteArrayInputStream in = new ByteArrayInputStream(bytes);
            while (in.available() > 0) {
                long key = varint(in);
                int field = (int) (key >>> 3);
                switch ((int) (key & 7)) {
                    case 0 -> message.numbers.put(field, varint(in));
                    case 1 -> message.numbers.put(field, fixed(in, 8).getLong());
                    case 5 -> message.numbers.put(field, (long) fixed(in, 4).getInt());
                    case 2 ->
                        message.octets
                                .computeIfAbsent(field, f -> new ArrayList<>())
                                .add(read(in, (int) varint(in)));
                    default -> throw new AssertionError("no protobuf");
                }
            }
            return message;
        }

        private static byte[] read(ByteArrayInputStream in, int length) {
            byte[] bytes = new byte[length];
            if (in.readNBytes(bytes, 0, length) < length) {
                throw new AssertionError("protobuf was cut");
            }
            return bytes;
        }

        private static ByteBuffer fixed(ByteArrayInputStream in, int length) {
            return ByteBuffer.wrap(read(in, length)).order(ByteOrder.LITTLE_ENDIAN);
        }

        private static long varint(ByteArrayInputStream in) {
            long number = 0;
            for (int shift = 0; shift < 64; shift += 7) {
                int octet = in.read();
                number |= (long) (octet & 0x7f) << shift;
                if ((octet & 0x80) == 0) {
                    return number;
                }
            }
            throw new AssertionError("no number");
        }

        List<byte[]> messages(int field) {
            return octets.getOrDefault(field, List.of());
        }

        long number(int field) {
            return numbers.getOrDefault(field, 0L);
        }

        String text(int field) {
            return messages(field).isEmpty() ? "" : new String(messages(field).get(0), StandardCharsets.UTF_8);
        }

        String hex(int field) {
            return messages(field).isEmpty()
                    ? ""
                    : HexFormat.of().formatHex(messages(field).get(0));
        }
    }
}
