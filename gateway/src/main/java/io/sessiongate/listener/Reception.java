package io.sessiongate.listener;

import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.sessiongate.config.HstsConfig;
import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.ListenerConfig;
import io.sessiongate.flow.Entrance;
import io.sessiongate.flow.Peer;
import io.sessiongate.http.FieldLine;
import io.sessiongate.listener.tls.ServerTls;
import io.sessiongate.metrics.ConnectionMeters.Refusal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes in the connections of one listener: counts them, has TLS agreed on where it is spoken, and sets up what speaks the
 * protocol. Stateless but for what it is made of; called on the connections' event loops.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a refused connection is done with
final class Reception extends ChannelInitializer<SocketChannel> {

    static final String HTTP_1_1 = "http/1.1";

    private static final String HTTP_2 = "h2";

    private final CurrentWiring current;
    private final Entrance entrance;
    private final @Nullable ServerTls tls;
    private final boolean behindProxies;

    Reception(CurrentWiring current, ListenerConfig listener, @Nullable ServerTls tls) {
        this.current = current;
        this.tls = tls;
        this.entrance = entrance(listener);
        this.behindProxies = listener.proxyProtocol();
    }

    /** What is offered to clients that speak TLS (ALPN, RFC 7301), the one liked best in front: {@link #speak} knows them all. */
    static List<String> offered(LimitsConfig limits) {
        return limits.streamsPerConnection() > 0 ? List.of(HTTP_2, HTTP_1_1) : List.of(HTTP_1_1);
    }

    private static Entrance entrance(ListenerConfig listener) {
        HstsConfig hsts = listener.hsts();
        return new Entrance(
                listener.tls() != null,
                listener.httpsPort(),
                hsts == null ? null : FieldLine.of("Strict-Transport-Security", hsts.value()),
                listener.tls() == null
                        ? null
                        : listener.tls().clientCertificates().header());
    }

    @Override
    protected void initChannel(SocketChannel channel) {
        InetSocketAddress from = channel.remoteAddress();
        if (from == null) {
            // Gone already; nobody is taken for somebody whose address is trusted.
            channel.close();
            return;
        }
        Peer peer = peer(from.getAddress());
        if (behindProxies) {
            expectHeader(channel, peer);
        } else if (tls == null) {
            ClientConnection connection = new ClientConnection(current, channel, peer);
            if (enters(connection, channel)) {
                channel.pipeline().addLast(connection);
            }
        } else {
            Handshake handshake = new Handshake(this, tls, channel, peer);
            if (enters(handshake, channel)) {
                agree(channel, handshake, tls);
            }
        }
    }

    /** Who comes from that address by this listener. */
    Peer peer(InetAddress address) {
        return new Peer(address, current.now().connections().countsAs(address), entrance);
    }

    /** Anybody else could say that it is whoever it likes: who is not trusted is not listened to. */
    private void expectHeader(SocketChannel channel, Peer proxy) {
        if (!current.now().connections().trusts(proxy.address())) {
            refused(Refusal.UNTRUSTED);
            channel.close();
            return;
        }
        ProxyHeader header =
                new ProxyHeader(this, channel, proxy, current.now().timeouts().requestHead());
        if (enters(header, channel)) {
            channel.pipeline().addLast(ProxyHeader.decoder(), header);
        }
    }

    /**
     * A proxy has said whose connection it is: from here on it is as if that client had come by itself.
     *
     * @param before has counted the connection until now, and goes on with it where the answer is false: the client has too many
     */
    boolean identified(SocketChannel channel, Peer peer, OpenConnection before) {
        if (tls == null) {
            ClientConnection connection = new ClientConnection(current, channel, peer);
            if (!counts(before, connection)) {
                return false;
            }
            channel.pipeline().addLast(connection);
            connection.begin();
            return true;
        }
        Handshake handshake = new Handshake(this, tls, channel, peer);
        if (!counts(before, handshake)) {
            return false;
        }
        if (agree(channel, handshake, tls)) {
            handshake.begin();
        }
        return true;
    }

    private boolean counts(OpenConnection before, OpenConnection after) {
        Refusal refusal = current.now().connections().identified(before, after);
        if (refusal != null) {
            refused(refusal);
        }
        return refusal == null;
    }

    void refused(Refusal reason) {
        current.now().meters().refused(reason);
    }

    private boolean agree(SocketChannel channel, Handshake handshake, ServerTls with) {
        if (with.meters().begins()) {
            channel.pipeline().addLast(with.handler(), handshake);
            return true;
        }
        left(handshake);
        channel.close();
        return false;
    }

    private boolean enters(OpenConnection connection, SocketChannel channel) {
        Refusal refusal = current.now().connections().enter(connection);
        if (refusal == null) {
            current.now().meters().accepted();
            return true;
        }
        current.now().meters().refused(refusal);
        channel.close();
        return false;
    }

    /**
     * The one place where a connection gets what speaks its protocol, once TLS is agreed on. The handler of TLS is the only one in
     * the pipeline; what is added behind it may read at once, and nothing of the protocol has been read before.
     *
     * @param protocol one of those {@linkplain #offered offered}; {@code http/1.1} where the client named none of them
     * @param peer the other end, with what its certificate says
     * @param before has counted the connection until now; whoever takes its place tells when it is over
     */
    void speak(String protocol, SocketChannel channel, Peer peer, OpenConnection before) {
        if (protocol.equals(HTTP_2)) {
            Http2Connection connection = new Http2Connection(current, channel, peer);
            current.now().connections().replace(before, connection);
            channel.pipeline().addLast(connection);
            connection.begin(null);
            return;
        }
        ClientConnection connection = new ClientConnection(current, channel, peer);
        current.now().connections().replace(before, connection);
        channel.pipeline().addLast(connection);
        connection.begin();
    }

    /** A connection ended before anything was spoken on it. */
    void left(OpenConnection connection) {
        current.now().meters().closed();
        current.now().connections().leave(connection);
    }
}
