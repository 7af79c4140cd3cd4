package io.sessiongate.listener;

import io.sessiongate.config.ServerAddress;
import io.sessiongate.testing.GrpcClient;
import io.sessiongate.testing.GrpcServer;
import java.util.stream.Stream;

/** A client of gRPC, the gateway, and a server of gRPC. */
final class GrpcFixture implements AutoCloseable {

    final GrpcServer app;
    final GatewayFixture gate;
    final GrpcClient client;

    GrpcFixture() {
        this(GatewayFixture.gateway(), new GrpcServer());
    }

    /** With a server that is closed with it, and further ones that are not. */
    GrpcFixture(GatewayFixture.Builder options, GrpcServer app, GrpcServer... others) {
        this.app = app;
        gate = options.http2()
                .beforeAny(Stream.concat(Stream.of(app), Stream.of(others))
                        .map(server -> new ServerAddress.Tcp(server.address()))
                        .toArray(ServerAddress[]::new));
        client = new GrpcClient(gate.address);
    }

    @Override
    public void close() {
        client.close();
        gate.close();
        app.close();
    }
}
