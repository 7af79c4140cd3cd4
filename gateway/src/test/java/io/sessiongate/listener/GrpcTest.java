package io.sessiongate.listener;

import static io.sessiongate.listener.GatewayFixture.gateway;
import static io.sessiongate.testing.GrpcClient.patient;
import static io.sessiongate.testing.GrpcServer.BINARY_KEY;
import static io.sessiongate.testing.GrpcServer.CHAT;
import static io.sessiongate.testing.GrpcServer.COUNT;
import static io.sessiongate.testing.GrpcServer.DETAILS_KEY;
import static io.sessiongate.testing.GrpcServer.ECHO;
import static io.sessiongate.testing.GrpcServer.FAIL;
import static io.sessiongate.testing.GrpcServer.JOIN;
import static io.sessiongate.testing.GrpcServer.TEXT_KEY;
import static io.sessiongate.testing.GrpcServer.UNKNOWN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.netty.pkitesting.X509Bundle;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.TlsConfig;
import io.sessiongate.config.UpstreamTls;
import io.sessiongate.testing.GrpcClient;
import io.sessiongate.testing.GrpcClient.Heard;
import io.sessiongate.testing.GrpcServer;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.TestCertificates;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Calls of gRPC between clients and servers as programs have them, on both sides of the gateway. */
@ExtendWith(LeakWatch.class)
class GrpcTest {

    private static final int MIB = 1 << 20;
    private static final String LARGE = "0123456789abcdef".repeat(4 * MIB / 16);

    @TempDir
    private Path directory;

    @Test
    void passesCallsOfOneMessageAndOfMany() throws Exception {
        try (GrpcFixture grpc = new GrpcFixture()) {
            assertThat(grpc.client.call(ECHO, "hello")).isEqualTo("hello");
            assertThat(grpc.client.call(ECHO, "")).isEmpty();
            Iterator<String> counted =
                    ClientCalls.blockingServerStreamingCall(grpc.client.channel, COUNT, patient(), "1000");
            for (int i = 0; i < 1000; i++) {
                assertThat(counted.next()).isEqualTo("m" + i);
            }
            assertThat(counted.hasNext()).isFalse();

            Heard joined = new Heard();
            StreamObserver<String> parts =
                    ClientCalls.asyncClientStreamingCall(grpc.client.channel.newCall(JOIN, patient()), joined);
            IntStream.range(0, 100).forEach(i -> parts.onNext(i + ","));
            parts.onCompleted();
            assertThat(joined.next()).startsWith("0,1,2,").endsWith("98,99,");
            assertThat(joined.code()).isEqualTo(Status.Code.OK);
        }
    }

    @Test
    void passesMessagesOfBothSidesAsTheyCome() throws Exception {
        try (GrpcFixture grpc = new GrpcFixture()) {
            Heard heard = new Heard();
            StreamObserver<String> said = grpc.client.stream(CHAT, patient(), heard);
            for (int i = 0; i < 50; i++) {
                said.onNext("n" + i);
                assertThat(heard.next()).isEqualTo("<n" + i + ">");
            }
            said.onCompleted();
            assertThat(heard.code()).isEqualTo(Status.Code.OK);
        }
    }

    @Test
    void passesMetadataBothWays() throws Exception {
        try (GrpcFixture grpc = new GrpcFixture()) {
            Metadata sent = new Metadata();
            byte[] octets = {0, 1, -1, '\n', '\r', 127, -128};
            sent.put(TEXT_KEY, "some, \"text\" ~");
            sent.put(BINARY_KEY, octets);
            AtomicReference<Metadata> head = new AtomicReference<>();
            AtomicReference<Metadata> trailers = new AtomicReference<>();
            Channel client = ClientInterceptors.intercept(
                    grpc.client.channel,
                    MetadataUtils.newAttachHeadersInterceptor(sent),
                    MetadataUtils.newCaptureMetadataInterceptor(head, trailers));
            assertThat(GrpcClient.call(client, ECHO, "x")).isEqualTo("x");
            for (Metadata seen : List.of(grpc.app.heads.get(0), head.get(), trailers.get())) {
                assertThat(seen.get(TEXT_KEY)).isEqualTo("some, \"text\" ~");
                assertThat(seen.get(BINARY_KEY)).isEqualTo(octets);
            }
        }
    }

    @Test
    void passesErrorsWithTheirDetails() throws Exception {
        try (GrpcFixture grpc = new GrpcFixture()) {
            assertThatThrownBy(() -> grpc.client.call(FAIL, "x"))
                    .isInstanceOfSatisfying(StatusRuntimeException.class, e -> {
                        assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
                        assertThat(e.getStatus().getDescription()).isEqualTo("not now: 100 % naïve\n");
                        assertThat(Objects.requireNonNull(e.getTrailers()).get(DETAILS_KEY))
                                .isEqualTo(new byte[] {0, -1, 10, 13});
                    });
            // A head that is the whole answer.
            assertThat(grpc.client.failure(UNKNOWN).getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
        }
    }

    @Test
    void passesLargeMessagesThroughTheWindows() throws Exception {
        try (GrpcServer app = new GrpcServer(
                        server -> server.flowControlWindow(65_535).maxInboundMessageSize(5 * MIB));
                GatewayFixture gate = gateway().http2().beforeAny(new ServerAddress.Tcp(app.address()));
                GrpcClient client = new GrpcClient(
                        gate.address,
                        as -> as.usePlaintext().flowControlWindow(65_535).maxInboundMessageSize(5 * MIB))) {
            assertThat(client.call(ECHO, LARGE).equals(LARGE)).isTrue();
            Heard heard = new Heard();
            StreamObserver<String> said = client.stream(CHAT, patient(), heard);
            said.onNext(LARGE);
            said.onCompleted();
            assertThat(heard.next().equals("<" + LARGE + ">")).isTrue();
            assertThat(heard.code()).isEqualTo(Status.Code.OK);
        }
    }

    @Test
    void takesWhatAClientSendsThatReadsNothingMeanwhile() throws Exception {
        try (GrpcFixture grpc = new GrpcFixture()) {
            ClientCall<String, String> call = grpc.client.channel.newCall(CHAT, patient());
            Semaphore ready = new Semaphore(0);
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            call.start(
                    new ClientCall.Listener<>() {
                        @Override
                        public void onReady() {
                            ready.release();
                        }

                        @Override
                        public void onMessage(String message) {
                            heard.add(message);
                        }
                    },
                    new Metadata());
            // Each comes back at once, and all together are far more than the windows of the answer.
            int messages = 40;
            String text = LARGE.substring(0, 4 * MIB / 20);
            for (int i = 0; i < messages; i++) {
                while (!call.isReady()) {
                    assertThat(ready.tryAcquire(10, TimeUnit.SECONDS)).isTrue();
                }
                call.sendMessage(text);
            }
            call.halfClose();
            call.request(messages);
            for (int i = 0; i < messages; i++) {
                assertThat(heard.poll(10, TimeUnit.SECONDS)).hasSize(text.length() + 2);
            }
        }
    }

    @Test
    void passesManyCallsAtOnceOnOneConnection() throws Exception {
        try (GrpcFixture grpc = new GrpcFixture(gateway().pool(200, 64), new GrpcServer())) {
            List<Future<String>> calls = new ArrayList<>();
            for (int round = 0; round < 2; round++) {
                for (int i = 0; i < 90; i++) {
                    calls.add(ClientCalls.futureUnaryCall(
                            grpc.client.channel.newCall(ECHO, patient()), "c" + calls.size()));
                }
                for (int i = round * 90; i < calls.size(); i++) {
                    assertThat(calls.get(i).get(10, TimeUnit.SECONDS)).isEqualTo("c" + i);
                }
            }
            assertThat(grpc.gate.flow.completions).hasSize(180);
        }
    }

    private static SslContext secured(X509Bundle own) {
        try {
            return GrpcSslContexts.configure(SslContextBuilder.forServer(own.toKeyManagerFactory()), SslProvider.JDK)
                    .build();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void passesCallsOverTlsOnBothSides() throws Exception {
        TestCertificates certificates = new TestCertificates();
        Path authority = certificates.authority(directory);
        TlsConfig tls =
                new TlsConfig(List.of(TestCertificates.write(directory, "app", certificates.server("app.test"))));
        SslContext believing = GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
                .trustManager(authority.toFile())
                .build();
        try (GrpcServer app = new GrpcServer(server -> server.sslContext(secured(certificates.server("localhost"))));
                GatewayFixture gate = gateway()
                        .http2()
                        .tls(tls)
                        .upstreamTls(new UpstreamTls(authority, null, null))
                        .beforeAny(new ServerAddress.Tcp(
                                InetSocketAddress.createUnresolved(
                                        "localhost", app.address().getPort()),
                                true));
                GrpcClient client = new GrpcClient(
                        gate.address, as -> as.overrideAuthority("app.test").sslContext(believing))) {
            assertThat(client.call(ECHO, "hello")).isEqualTo("hello");
            Heard heard = new Heard();
            StreamObserver<String> said = client.stream(CHAT, patient(), heard);
            said.onNext("a");
            assertThat(heard.next()).isEqualTo("<a>");
            said.onCompleted();
            assertThat(heard.code()).isEqualTo(Status.Code.OK);
            assertThat(client.failure(FAIL).getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
        }
    }
}
