package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.GrpcClient.patient;
import static io.sessiongate.testing.GrpcClient.within;
import static io.sessiongate.testing.GrpcServer.CHAT;
import static io.sessiongate.testing.GrpcServer.DRIP;
import static io.sessiongate.testing.GrpcServer.ECHO;
import static io.sessiongate.testing.GrpcServer.HANG;
import static io.sessiongate.testing.GrpcServer.UNKNOWN;
import static io.sessiongate.testing.Http2Peer.GOAWAY;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.testing.GrpcClient;
import io.sessiongate.testing.GrpcClient.Heard;
import io.sessiongate.testing.GrpcServer;
import io.sessiongate.testing.Http2Upstream;
import io.sessiongate.testing.LeakWatch;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How calls of gRPC end that do not go well. */
@ExtendWith(LeakWatch.class)
class GrpcEndsTest {

    private static final String LARGE = "0123456789abcdef".repeat(1 << 17);

    @Test
    void tellsTheServerThatTheClientHasCancelled() throws Exception {
        try (GrpcFixture grpc = new GrpcFixture()) {
            for (MethodDescriptor<String, String> method : List.of(HANG, DRIP)) {
                Heard heard = new Heard();
                var call = grpc.client.channel.newCall(method, CallOptions.DEFAULT);
                ClientCalls.asyncServerStreamingCall(call, "x", heard);
                assertThat(grpc.app.hanging.poll(10, TimeUnit.SECONDS)).isEqualTo("x");
                if (method == DRIP) {
                    assertThat(heard.next()).isEqualTo("x");
                }
                call.cancel("no longer wanted", null);
                assertThat(grpc.app.cancelled.poll(10, TimeUnit.SECONDS)).isNotNull();
                assertThat(heard.code()).isEqualTo(Status.Code.CANCELLED);
            }
        }
    }

    @Test
    void holdsToTheDeadlineOfTheClient() throws Exception {
        try (GrpcFixture grpc = new GrpcFixture()) {
            assertThat(grpc.client.failure(HANG, within(300)).getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
            assertThat(grpc.app.cancelled.poll(10, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void passesAnErrorThatComesWhileTheClientSends() throws Exception {
        try (GrpcFixture grpc = new GrpcFixture()) {
            MethodDescriptor<String, String> stream = UNKNOWN.toBuilder()
                    .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                    .build();
            for (int i = 0; i < 3; i++) {
                Heard heard = new Heard();
                StreamObserver<String> said = grpc.client.stream(stream, patient(), heard);
                said.onNext(LARGE);
                assertThat(heard.code()).isEqualTo(Status.Code.UNIMPLEMENTED);
            }
        }
    }

    @Test
    void failsNoCallWhileConnectionsGrowOld() throws Exception {
        GrpcServer app = new GrpcServer(server ->
                server.maxConnectionAge(20, TimeUnit.MILLISECONDS).maxConnectionAgeGrace(10, TimeUnit.SECONDS));
        try (GrpcFixture grpc = new GrpcFixture(gateway(), app)) {
            long endNanos = System.nanoTime() + Duration.ofMillis(600).toNanos();
            for (int i = 0; System.nanoTime() < endNanos; i++) {
                assertThat(grpc.client.call(ECHO, "n" + i)).isEqualTo("n" + i);
            }
        }
    }

    @Test
    void failsNoCallWhenOneOfTwoServersLeaves() throws Exception {
        try (GrpcServer other = new GrpcServer();
                GrpcFixture grpc = new GrpcFixture(gateway(), new GrpcServer(), other)) {
            Heard heard = new Heard();
            List<StreamObserver<String>> open = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                open.add(grpc.client.stream(CHAT, patient(), heard));
                open.get(i).onNext("a");
                assertThat(heard.next()).isEqualTo("<a>");
            }
            for (int i = 0; i < 60; i++) {
                if (i == 20) {
                    grpc.app.leave();
                }
                assertThat(grpc.client.call(ECHO, "n" + i)).isEqualTo("n" + i);
            }
            for (StreamObserver<String> one : open) {
                one.onNext("b");
                assertThat(heard.next()).isEqualTo("<b>");
                one.onCompleted();
            }
            assertThat(heard.code()).isEqualTo(Status.Code.OK);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void failsNoCallThatAServerDidNotLookAt(boolean leaves) {
        try (Http2Upstream app = new Http2Upstream((peer, n) -> {
                    peer.accept();
                    int stream = peer.request();
                    if (n > 1) {
                        peer.headers(stream, false, ":status", "200", "content-type", "application/grpc");
                        peer.data(stream, "\0\0\0\0\1" + n, false);
                        peer.headers(stream, true, "grpc-status", "0");
                    } else if (leaves) {
                        peer.send(GOAWAY, 0, 0, new byte[8]);
                    } else {
                        peer.reset(stream, 7);
                    }
                    peer.await(GOAWAY);
                });
                GatewayFixture gate = gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
                GrpcClient client = new GrpcClient(gate.address)) {
            assertThat(client.call(ECHO, "x")).isEqualTo("2");
        }
    }

    // ---- answers of the gateway

    @Test
    void refusesInWordsOfHttpThatClientsMap() throws Exception {
        try (GrpcFixture grpc = new GrpcFixture()) {
            MethodDescriptor<String, String> refused =
                    ECHO.toBuilder().setFullMethodName("reply/Echo").build();
            assertThat(grpc.client.failure(refused).getCode()).isEqualTo(Status.Code.UNAUTHENTICATED);
            Heard heard = new Heard();
            StreamObserver<String> said = grpc.client.stream(
                    refused.toBuilder()
                            .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                            .build(),
                    patient(),
                    heard);
            said.onNext(LARGE);
            assertThat(heard.code()).isEqualTo(Status.Code.UNAUTHENTICATED);
            assertThat(grpc.client.call(ECHO, "x")).isEqualTo("x");
        }
    }

    @Test
    void refusesWhatItHasNoPlaceFor() throws Exception {
        try (GrpcFixture grpc = new GrpcFixture(gateway().pool(1, 0), new GrpcServer())) {
            Heard heard = new Heard();
            ClientCalls.asyncServerStreamingCall(grpc.client.channel.newCall(DRIP, patient()), "x", heard);
            assertThat(heard.next()).isEqualTo("x");
            assertThat(grpc.client.failure(ECHO).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }

    @Test
    void saysThatAServerIsAway() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        ServerAddress away = new ServerAddress.Tcp(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        try (GatewayFixture gate = gateway().http2().beforeAny(away);
                GrpcClient client = new GrpcClient(gate.address)) {
            assertThat(client.failure(ECHO).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        }
    }
}
