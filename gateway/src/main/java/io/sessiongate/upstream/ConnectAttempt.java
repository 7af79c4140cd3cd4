package io.sessiongate.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.http.SecureChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try to open a connection: the server whose turn it is, address by address, then the next server, until one
 * answers or the deadline is near. A Unix-domain socket has one address, and is asked again every {@value
 * #BACKLOG_PAUSE_MILLIS} ms while its backlog is full. Confined to the pool's event loop; ends in exactly one call to
 * the pool.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a pause that never ends is the end of its loop
final class ConnectAttempt {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectAttempt.class);
    private static final long BACKLOG_PAUSE_MILLIS = 5;

    private final UpstreamPool pool;
    private final Dialer dialer;
    private final List<UpstreamServer> servers;
    private final long deadlineNanos;
    private int serverIndex;
    private int addressIndex;
    private List<InetAddress> addresses = List.of();

    /** When to give up on a full backlog; chosen at the first refusal. */
    private long backlogDeadlineNanos;

    private boolean backlogFull;
    private boolean closedBefore;

    ConnectAttempt(UpstreamPool pool, Dialer dialer, List<UpstreamServer> servers, long deadlineNanos) {
        this.pool = pool;
        this.dialer = dialer;
        this.servers = servers;
        this.deadlineNanos = deadlineNanos;
    }

    void start() {
        if (server().address() instanceof ServerAddress.Tcp tcp) {
            pool.names().resolve(tcp.address(), pool.loop(), this::onResolved);
        } else {
            connect();
        }
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
        ServerAddress to = server().address();
        int known = to instanceof ServerAddress.Tcp ? addresses.size() : 1;
        if (addressIndex >= known) {
            nextServer();
            return;
        }
        long boundMillis = boundMillis(known);
        if (boundMillis <= 0) {
            pool.connectFailed(this);
            return;
        }
        dial(to, boundMillis).addListener((ChannelFuture f) -> {
            if (pool.loop().inEventLoop()) {
                onConnect(f.cause(), f.channel(), boundMillis);
            } else {
                // Where not even a socket could be had (no descriptors left), Netty tells it elsewhere.
                pool.loop().execute(() -> onConnect(f.cause(), f.channel(), boundMillis));
            }
        });
    }

    private long boundMillis(int known) {
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(deadlineNanos - pool.nowNanos());
        boolean another = addressIndex + 1 < known || serverIndex + 1 < servers.size();
        // A server that does not answer at all must leave time for the one behind it.
        return another ? leftMillis / 2 : leftMillis;
    }

    private ChannelFuture dial(ServerAddress to, long boundMillis) {
        if (to instanceof ServerAddress.Tcp tcp) {
            return dialer.connect(
                    new InetSocketAddress(
                            addresses.get(addressIndex), tcp.address().getPort()),
                    boundMillis);
        }
        return dialer.connect(((ServerAddress.Unix) to).path(), boundMillis);
    }

    private void onConnect(@Nullable Throwable failure, Channel channel, long boundMillis) {
        if (failure == null && server().address() instanceof ServerAddress.Tcp tcp && tcp.secure()) {
            secure(tcp, channel);
        } else if (failure == null) {
            pool.connected(this, server(), channel);
        } else if (failure instanceof ClosedChannelException && !closedBefore) {
            // Closed under our hands, before the server said anything: an event of a connection that was closed in the
            // same
            // turn of the loop, and whose descriptor this one has now, was taken for its own. Nothing was sent on it.
            closedBefore = true;
            connect();
        } else if (Dialer.backlogFull(failure) && mayAskAgain(boundMillis)) {
            pool.loop().schedule(this::connect, BACKLOG_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        } else {
            failed("Cannot connect to an upstream server", failure.getMessage());
        }
    }

    /** Within the same deadline: what is not secured is not connected. */
    private void secure(ServerAddress.Tcp to, Channel channel) {
        long begunMillis = System.currentTimeMillis();
        dialer.secure(channel, to, boundMillis(addresses.size())).addListener(agreed -> {
            if (agreed.isSuccess()) {
                pool.meters().secured(UpstreamSecurity.resumed(channel, begunMillis));
                pool.connected(this, server(), channel);
            } else {
                SecureChannel.cut(channel);
                failed("TLS was not agreed on with an upstream server", UpstreamSecurity.reason(agreed.cause()));
            }
        });
    }

    private void failed(String what, @Nullable String reason) {
        // The reason is worth a line: the client's answer and the counter do not tell it.
        LOG.atWarn()
                .addKeyValue("server", server().name())
                .addKeyValue("reason", reason)
                .log(what);
        pool.meters().connectFailed();
        addressIndex++;
        connect();
    }

    private boolean mayAskAgain(long boundMillis) {
        long now = pool.nowNanos();
        if (!backlogFull) {
            backlogFull = true;
            backlogDeadlineNanos = now + TimeUnit.MILLISECONDS.toNanos(boundMillis - BACKLOG_PAUSE_MILLIS);
        }
        return backlogDeadlineNanos - now > 0;
    }

    private void nextServer() {
        server().failed(pool.nowNanos());
        serverIndex++;
        addressIndex = 0;
        backlogFull = false;
        if (serverIndex < servers.size()) {
            start();
        } else {
            pool.connectFailed(this);
        }
    }
}
