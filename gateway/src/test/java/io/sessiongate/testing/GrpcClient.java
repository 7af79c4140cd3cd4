package io.sessiongate.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** A client of gRPC, which has one connection. */
public final class GrpcClient implements AutoCloseable {

    public final ManagedChannel channel;

    /** Without TLS. */
    public GrpcClient(InetSocketAddress to) {
        this(to, NettyChannelBuilder::usePlaintext);
    }

    public GrpcClient(InetSocketAddress to, UnaryOperator<NettyChannelBuilder> as) {
        channel = as.apply(NettyChannelBuilder.forAddress(to)).build();
    }

    /** Of calls that are to end by themselves. */
    public static CallOptions patient() {
        return within(20_000);
    }

    /** Of calls that may take that long. */
    public static CallOptions within(long millis) {
        return CallOptions.DEFAULT.withDeadlineAfter(millis, TimeUnit.MILLISECONDS);
    }

    public String call(MethodDescriptor<String, String> method, String message) {
        return call(channel, method, message);
    }

    public static String call(Channel by, MethodDescriptor<String, String> method, String message) {
        return ClientCalls.blockingUnaryCall(by, method, patient(), message);
    }

    /** How a call fails. */
    public Status failure(MethodDescriptor<String, String> method) {
        return failure(method, patient());
    }

    public Status failure(MethodDescriptor<String, String> method, CallOptions options) {
        AtomicReference<Status> status = new AtomicReference<>();
        assertThatThrownBy(() -> ClientCalls.blockingUnaryCall(channel, method, options, "x"))
                .isInstanceOfSatisfying(StatusRuntimeException.class, e -> status.set(e.getStatus()));
        return status.get();
    }

    /** Begins a call of many messages. */
    public StreamObserver<String> stream(MethodDescriptor<String, String> method, CallOptions options, Heard heard) {
        return ClientCalls.asyncBidiStreamingCall(channel.newCall(method, options), heard);
    }

    @Override
    public void close() {
        try {
            assertThat(channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS))
                    .isTrue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** What a call of many messages is told. */
    public static final class Heard implements StreamObserver<String> {

        private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
        private final CompletableFuture<Status> end = new CompletableFuture<>();

        @Override
        public void onNext(String message) {
            messages.add(message);
        }

        @Override
        public void onError(Throwable cause) {
            end.complete(Status.fromThrowable(cause));
        }

        @Override
        public void onCompleted() {
            end.complete(Status.OK);
        }

        /** The next message. */
        public String next() throws InterruptedException {
            return Objects.requireNonNull(messages.poll(10, TimeUnit.SECONDS), "no message came");
        }

        /** How the call ended. */
        public Status.Code code() throws Exception {
            return end.get(10, TimeUnit.SECONDS).getCode();
        }
    }
}
