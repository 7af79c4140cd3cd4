package io.sessiongate.upstream;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try to open a connection: the server whose turn it is, address by address, then the next server, until one
 * answers or the deadline is near. Confined to the pool's event loop; ends in exactly one call to the pool.
 */
final class ConnectAttempt {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectAttempt.class);

    private final UpstreamPool pool;
    private final Bootstrap bootstrap;
    private final List<UpstreamServer> servers;
    private final long deadlineNanos;
    private int serverIndex;
    private int addressIndex;
    private List<InetAddress> addresses = List.of();

    ConnectAttempt(UpstreamPool pool, Bootstrap bootstrap, List<UpstreamServer> servers, long deadlineNanos) {
        this.pool = pool;
        this.bootstrap = bootstrap;
        this.servers = servers;
        this.deadlineNanos = deadlineNanos;
    }

    void start() {
        pool.names().resolve(server().address(), pool.loop(), this::onResolved);
    }

    private UpstreamServer server() {
        return servers.get(serverIndex);
    }

    private void onResolved(List<InetAddress> found) {
        addresses = found;
        addressIndex = 0;
        connect();
    }

    private void connect() {
        if (addressIndex >= addresses.size()) {
            nextServer();
            return;
        }
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - pool.nowNanos());
        boolean another = addressIndex + 1 < addresses.size() || serverIndex + 1 < servers.size();
        // A server that does not answer at all must leave time for the one behind it.
        long boundMillis = another ? leftMillis / 2 : leftMillis;
        if (boundMillis <= 0) {
            pool.connectFailed(this);
            return;
        }
        InetSocketAddress to = new InetSocketAddress(
                addresses.get(addressIndex), server().address().getPort());
        bootstrap
                .clone()
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) Math.min(boundMillis, Integer.MAX_VALUE))
                .connect(to)
                .addListener((ChannelFuture f) -> {
                    if (pool.loop().inEventLoop()) {
                        onConnect(f.cause(), f.channel());
                    } else {
                        // Where not even a socket could be had (no descriptors left), Netty tells it elsewhere.
                        pool.loop().execute(() -> onConnect(f.cause(), f.channel()));
                    }
                });
    }

    private void onConnect(@Nullable Throwable failure, Channel channel) {
        if (failure == null) {
            pool.connected(this, server(), channel);
        } else {
            // The reason is worth a line: the client's answer and the counter do not tell it.
            LOG.atWarn()
                    .addKeyValue("server", server().name())
                    .addKeyValue("reason", failure.getMessage())
                    .log("Cannot connect to an upstream server");
            pool.meters().connectFailed();
            addressIndex++;
            connect();
        }
    }

    private void nextServer() {
        server().failed(pool.nowNanos());
        serverIndex++;
        if (serverIndex < servers.size()) {
            start();
        } else {
            pool.connectFailed(this);
        }
    }
}
