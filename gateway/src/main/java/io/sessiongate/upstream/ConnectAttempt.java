package io.sessiongate.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.http.SecureChannel;
import io.sessiongate.metrics.ServerFailure;
import java.net.InetAddress;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One try to open a connection: the server whose turn it is, address by address, then another server, until one
 * answers or the deadline is near; nothing was sent, so that this costs no retry of any budget. A Unix-domain socket has one address, and is asked again every {@value
 * #BACKLOG_PAUSE_MILLIS} ms while its backlog is full. Confined to the pool's event loop; ends in exactly one call to
 * the pool.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a pause that never ends is the end of its loop
final class ConnectAttempt {

    private static final Logger LOG = LoggerFactory.getLogger(ConnectAttempt.class);
    private static final long BACKLOG_PAUSE_MILLIS = 5;

    private final UpstreamPool pool;
    private final Dialer dialer;
    private final Waiter waiter;
    private Server server;
    private int othersLeft;
    private @Nullable Tried tried;
    private int addressIndex;
    private List<InetAddress> addresses = List.of();

    /** When to give up on a full backlog; chosen at the first refusal. */
    private long backlogDeadlineNanos;

    private boolean backlogFull;
    private boolean closedBefore;

    /**
     * An attempt for one request, which may be given another connection meanwhile.
     *
     * @param server on which the request counts already
     */
    ConnectAttempt(UpstreamPool pool, Dialer dialer, Waiter waiter, Server server) {
        this.pool = pool;
        this.dialer = dialer;
        this.waiter = waiter;
        this.server = server;
        this.tried = waiter.tried();
        this.othersLeft = Math.max(1, pool.settings().retries.attempts());
    }

    void start() {
        if (!(server.address() instanceof ServerAddress.Tcp tcp)) {
            connect();
        } else if (server.fixed() != null) {
            onResolved(server.addresses());
        } else {
            pool.names().resolve(tcp.address(), pool.loop(), this::onResolved);
        }
    }

    private void onResolved(List<InetAddress> found) {
        addresses = found;
        addressIndex = 0;
        connect();
    }

    private void connect() {
        ServerAddress to = server.address();
        int known = to instanceof ServerAddress.Tcp ? addresses.size() : 1;
        if (addressIndex >= known) {
            nextServer();
            return;
        }
        long boundMillis = boundMillis(known);
        if (boundMillis <= 0) {
            pool.connectFailed(this, server);
            return;
        }
        InetAddress which = to instanceof ServerAddress.Tcp ? addresses.get(addressIndex) : null;
        dialer.dial(to, which, boundMillis).addListener((ChannelFuture f) -> {
            if (pool.loop().inEventLoop()) {
                onConnect(f.cause(), f.channel(), boundMillis);
            } else {
                // Where not even a socket could be had (no descriptors left), Netty tells it elsewhere.
                pool.loop().execute(() -> onConnect(f.cause(), f.channel(), boundMillis));
            }
        });
    }

    private long boundMillis(int known) {
        long leftMillis = TimeUnit.NANOSECONDS.toMillis(waiter.deadlineNanos() - pool.nowNanos());
        boolean another = addressIndex + 1 < known || (othersLeft > 0 && pool.hasOther(Tried.with(tried, server)));
        // A server that does not answer at all must leave time for the one behind it.
        return another ? leftMillis / 2 : leftMillis;
    }

    private void onConnect(@Nullable Throwable failure, Channel channel, long boundMillis) {
        if (failure == null && server.address() instanceof ServerAddress.Tcp tcp && tcp.secure()) {
            secure(tcp, channel);
        } else if (failure == null) {
            pool.connected(this, server, channel);
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
        Settings settings = pool.settings();
        if (settings.security == null) {
            // Another configuration has come since this server was chosen.
            SecureChannel.cut(channel);
            failed(
                    "An upstream server is left before TLS was agreed on",
                    "no server of the upstream speaks it any more");
            return;
        }
        long begunMillis = System.currentTimeMillis();
        settings.secure(channel, to, boundMillis(addresses.size())).addListener(agreed -> {
            if (agreed.isSuccess() && settings.http2() && !settings.speaksHttp2(channel)) {
                SecureChannel.cut(channel);
                failed("An upstream server does not speak HTTP/2", "it did not agree on h2 (ALPN)");
            } else if (agreed.isSuccess()) {
                pool.meters().secured(UpstreamSecurity.resumed(channel, begunMillis));
                pool.connected(this, server, channel);
            } else {
                SecureChannel.cut(channel);
                failed("TLS was not agreed on with an upstream server", UpstreamSecurity.reason(agreed.cause()));
            }
        });
    }

    private void failed(String what, @Nullable String reason) {
        // The reason is worth a line: the client's answer and the counter do not tell it.
        LOG.atWarn()
                .addKeyValue("server", server.name())
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
        pool.upstream().failed(server, ServerFailure.CONNECT);
        addressIndex = 0;
        backlogFull = false;
        tried = Tried.with(tried, server);
        Server next = othersLeft-- > 0 ? pool.another(waiter.key(), tried, server) : null;
        if (next == null) {
            pool.connectFailed(this, server);
        } else {
            server = next;
            start();
        }
    }
}
