package io.sessiongate.testing;

import static io.grpc.MethodDescriptor.MethodType.BIDI_STREAMING;
import static io.grpc.MethodDescriptor.MethodType.CLIENT_STREAMING;
import static io.grpc.MethodDescriptor.MethodType.SERVER_STREAMING;
import static io.grpc.MethodDescriptor.MethodType.UNARY;

import io.grpc.Context;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.UnaryOperator;

/** A server of gRPC with one method of each kind, whose messages are text, and some that go wrong. */
public final class GrpcServer implements AutoCloseable {

    public static final MethodDescriptor<String, String> ECHO = method(UNARY, "Echo");

    /** As many messages as the request says. */
    public static final MethodDescriptor<String, String> COUNT = method(SERVER_STREAMING, "Count");

    /** All messages in one. */
    public static final MethodDescriptor<String, String> JOIN = method(CLIENT_STREAMING, "Join");

    /** Each message as it comes. */
    public static final MethodDescriptor<String, String> CHAT = method(BIDI_STREAMING, "Chat");

    /** Never answered; what becomes of it is in {@link #cancelled}. */
    public static final MethodDescriptor<String, String> HANG = method(UNARY, "Hang");

    /** Answered with the request's message, and then never again. */
    public static final MethodDescriptor<String, String> DRIP = method(SERVER_STREAMING, "Drip");

    public static final MethodDescriptor<String, String> FAIL = method(UNARY, "Fail");
    public static final MethodDescriptor<String, String> UNKNOWN = method(UNARY, "Unknown");

    /** The standard's call, with its messages as they are on the wire. */
    private static final MethodDescriptor<byte[], byte[]> HEALTH = MethodDescriptor.<byte[], byte[]>newBuilder(
                    new Octets(), new Octets())
            .setType(UNARY)
            .setFullMethodName("grpc.health.v1.Health/Check")
            .build();

    public static final Metadata.Key<String> TEXT_KEY = Metadata.Key.of("x-text", Metadata.ASCII_STRING_MARSHALLER);
    public static final Metadata.Key<byte[]> BINARY_KEY =
            Metadata.Key.of("x-octets-bin", Metadata.BINARY_BYTE_MARSHALLER);
    public static final Metadata.Key<byte[]> DETAILS_KEY =
            Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

    /** The metadata of each call. */
    public final List<Metadata> heads = new CopyOnWriteArrayList<>();

    /** Calls that hang. */
    public final BlockingQueue<String> hanging = new LinkedBlockingQueue<>();

    /** Why the contexts of calls that hang were cancelled. */
    public final BlockingQueue<Throwable> cancelled = new LinkedBlockingQueue<>();

    /** Services that were asked for whether they are well. */
    public final List<String> asked = new CopyOnWriteArrayList<>();

    /** What is answered then: 1 is well. */
    public volatile int health = 1;

    private final Server server;

    public GrpcServer() {
        this(builder -> builder);
    }

    public GrpcServer(UnaryOperator<NettyServerBuilder> as) {
        NettyServerBuilder builder = NettyServerBuilder.forAddress(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
                .intercept(new Mirror())
                .addService(ServerServiceDefinition.builder("test.Words")
                        .addMethod(ECHO, ServerCalls.asyncUnaryCall(GrpcServer::echo))
                        .addMethod(COUNT, ServerCalls.asyncServerStreamingCall(GrpcServer::count))
                        .addMethod(JOIN, ServerCalls.asyncClientStreamingCall(answers -> new Join(answers)))
                        .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(answers -> new Chat(answers)))
                        .addMethod(HANG, ServerCalls.asyncUnaryCall((request, answers) -> hang(request)))
                        .addMethod(DRIP, ServerCalls.asyncServerStreamingCall(this::drip))
                        .addMethod(FAIL, ServerCalls.asyncUnaryCall((request, answers) -> fail(answers)))
                        .build())
                .addService(ServerServiceDefinition.builder("grpc.health.v1.Health")
                        .addMethod(HEALTH, ServerCalls.asyncUnaryCall(this::check))
                        .build());
        try {
            server = as.apply(builder).build().start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A method of the service, whose messages are text. */
    public static MethodDescriptor<String, String> method(MethodType type, String name) {
        return MethodDescriptor.<String, String>newBuilder(new Text(), new Text())
                .setType(type)
                .setFullMethodName("test.Words/" + name)
                .build();
    }

    private static void echo(String request, StreamObserver<String> answers) {
        answers.onNext(request);
        answers.onCompleted();
    }

    private static void count(String request, StreamObserver<String> answers) {
        ServerCallStreamObserver<String> ready = (ServerCallStreamObserver<String>) answers;
        int last = Integer.parseInt(request);
        int[] next = {0};
        ready.setOnReadyHandler(() -> {
            while (ready.isReady() && next[0] < last) {
                ready.onNext("m" + next[0]++);
                if (next[0] == last) {
                    ready.onCompleted();
                }
            }
        });
    }

    private void hang(String request) {
        Context.current().addListener(context -> cancelled.add(cause(context)), Runnable::run);
        hanging.add(request);
    }

    private static Throwable cause(Context context) {
        Throwable cause = context.cancellationCause();
        return cause == null ? new IllegalStateException("without a reason") : cause;
    }

    private void drip(String request, StreamObserver<String> answers) {
        hang(request);
        answers.onNext(request);
    }

    private void check(byte[] request, StreamObserver<byte[]> answers) {
        // Field 1, as text.
        String service = request.length == 0 ? "" : new String(request, 2, request[1], StandardCharsets.US_ASCII);
        asked.add(service);
        if (service.isEmpty() || service.equals("test.Words")) {
            answers.onNext(new byte[] {8, (byte) health});
            answers.onCompleted();
        } else {
            answers.onError(Status.NOT_FOUND.asRuntimeException());
        }
    }

    private static void fail(StreamObserver<String> answers) {
        Metadata trailers = new Metadata();
        trailers.put(DETAILS_KEY, new byte[] {0, -1, 10, 13});
        answers.onError(Status.FAILED_PRECONDITION
                .withDescription("not now: 100 % naïve\n")
                .asRuntimeException(trailers));
    }

    public InetSocketAddress address() {
        return (InetSocketAddress) server.getListenSockets().get(0);
    }

    /** Serves what is under way, and nothing new: says so to who is connected. */
    public void leave() {
        server.shutdown();
    }

    @Override
    public void close() {
        server.shutdownNow();
    }

    private record Join(StreamObserver<String> answers, StringBuilder all) implements StreamObserver<String> {

        Join(StreamObserver<String> answers) {
            this(answers, new StringBuilder());
        }

        @Override
        public void onNext(String message) {
            all.append(message);
        }

        @Override
        public void onError(Throwable cause) {
            // the client is gone
        }

        @Override
        public void onCompleted() {
            echo(all.toString(), answers);
        }
    }

    private record Chat(StreamObserver<String> answers) implements StreamObserver<String> {

        @Override
        public void onNext(String message) {
            answers.onNext("<" + message + ">");
        }

        @Override
        public void onError(Throwable cause) {
            // the client is gone
        }

        @Override
        public void onCompleted() {
            answers.onCompleted();
        }
    }

    /** Gives back what the head of a call had, in the head and in the trailers of the answer. */
    private final class Mirror implements ServerInterceptor {

        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata head, ServerCallHandler<Q, A> next) {
            heads.add(head);
            return next.startCall(
                    new SimpleForwardingServerCall<Q, A>(call) {
                        @Override
                        public void sendHeaders(Metadata answer) {
                            mirror(head, answer);
                            super.sendHeaders(answer);
                        }

                        @Override
                        public void close(Status status, Metadata trailers) {
                            mirror(head, trailers);
                            super.close(status, trailers);
                        }
                    },
                    head);
        }

        private void mirror(Metadata head, Metadata answer) {
            String text = head.get(TEXT_KEY);
            byte[] octets = head.get(BINARY_KEY);
            if (text != null && octets != null) {
                answer.put(TEXT_KEY, text);
                answer.put(BINARY_KEY, octets);
            }
        }
    }

    private static final class Octets implements MethodDescriptor.Marshaller<byte[]> {

        @Override
        public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
            try {
                return stream.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final class Text implements MethodDescriptor.Marshaller<String> {

        @Override
        public InputStream stream(String value) {
            return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
            try {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
