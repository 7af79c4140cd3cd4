package io.sessiongate.listener;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.SocketChannel;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.ListenerConfig;
import io.sessiongate.config.Mode;
import io.sessiongate.flow.Flow;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.ConnectionMeters;
import io.sessiongate.metrics.StreamMeters;
import io.sessiongate.session.RevocationWatcher;
import io.sessiongate.upstream.Upstreams;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Accepts clients on every configured address and takes their requests through the {@link Flow} to the upstreams.
 * Started and stopped from any one thread.
 */
public final class ProxyServer {

    private static final int BACKLOG = 4096;

    /** Small: what waits here is memory a slow client can claim. Bytes. */
    private static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(32 * 1024, 64 * 1024);

    private final GatewayConfig config;
    private final Transport transport;
    private final OpenConnections connections;
    private final Wiring wiring;
    private final List<Channel> listening = new ArrayList<>();

    /**
     * Prepares the server; binds nothing.
     *
     * @param requestTrailers names of request trailer fields that may be passed on; those that RFC 9110 section 6.5.1
     *     forbids are dropped all the same
     */
    public ProxyServer(
            GatewayConfig config,
            Flow flow,
            Upstreams upstreams,
            ConnectionMeters meters,
            StreamMeters streamMeters,
            Transport transport,
            Predicate<? super CharSequence> requestTrailers,
            InstantSource clock,
            LongSupplier nanoTime) {
        this.config = config;
        this.transport = transport;
        this.connections = new OpenConnections(config.limits().connections());
        this.wiring = new Wiring(
                flow,
                upstreams,
                config.upstreams(),
                config.limits(),
                config.timeouts(),
                new HeadRules(config.limits()),
                requestTrailers,
                connections,
                new Streams(
                        transport.loops(),
                        config.limits().connections(),
                        shortestInterval(config),
                        config.mode() == Mode.ENFORCE,
                        clock,
                        streamMeters),
                meters,
                transport,
                nanoTime);
    }

    /** How soon a lost revocation has to be found, by the most impatient realm; zero where there is none. */
    private static Duration shortestInterval(GatewayConfig config) {
        return config.realms().values().stream()
                .map(realm -> realm.session().check().revalidateAfter())
                .filter(interval -> !interval.isZero())
                .min(Comparator.naturalOrder())
                .orElse(Duration.ZERO);
    }

    /** Who is to be told of that realm's revocations, so that what is open of them ends as well. */
    public RevocationWatcher revocations(String realm) {
        return wiring.streams().watcher(realm);
    }

    /**
     * Binds every address; blocks until done.
     *
     * @return the addresses bound, in the order configured
     * @throws IllegalStateException where an address cannot be bound, naming it; nothing stays bound then
     */
    public List<InetSocketAddress> start() {
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(transport.acceptor(), transport.group())
                .channel(transport.serverChannel())
                .option(ChannelOption.SO_REUSEADDR, true)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel);
                    }
                });
        List<InetSocketAddress> bound = new ArrayList<>();
        for (ListenerConfig listener : config.listeners()) {
            InetSocketAddress address = resolved(listener.address());
            ChannelFuture future = bootstrap.bind(address).awaitUninterruptibly();
            if (!future.isSuccess()) {
                stopListening();
                throw new IllegalStateException(
                        "cannot listen on " + listener.address().getHostString() + ":" + address.getPort() + ": "
                                + future.cause().getMessage(),
                        future.cause());
            }
            listening.add(future.channel());
            bound.add((InetSocketAddress) future.channel().localAddress());
        }
        return bound;
    }

    /** At start-up only, where blocking is allowed. */
    private static InetSocketAddress resolved(InetSocketAddress address) {
        return address.isUnresolved() ? new InetSocketAddress(address.getHostString(), address.getPort()) : address;
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a refused connection is done with
    private void accept(SocketChannel channel) {
        ClientConnection connection = new ClientConnection(wiring, channel);
        if (connections.enter(connection)) {
            wiring.meters().accepted();
            channel.pipeline().addLast(connection);
        } else {
            wiring.meters().refused();
            channel.close();
        }
    }

    private void stopListening() {
        listening.forEach(channel -> channel.close().awaitUninterruptibly());
        listening.clear();
    }

    /**
     * Stops accepting at once, closes unused connections, lets requests in flight finish (their answers say
     * {@code Connection: close}) and closes what is left after the bound. Completes when no connection is left.
     */
    public CompletionStage<Void> drain(Duration bound) {
        stopListening();
        CompletableFuture<Void> drained = connections.drain().toCompletableFuture();
        var timer = transport
                .acceptor()
                .schedule(connections::closeAll, Math.max(0, bound.toMillis()), TimeUnit.MILLISECONDS);
        return drained.whenComplete((done, failure) -> timer.cancel(false));
    }
}
