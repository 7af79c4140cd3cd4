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

    Reception(CurrentWiring current, ListenerConfig listener, @Nullable ServerTls tls) {
        this.current = current;
        this.tls = tls;
        this.entrance = entrance(listener);
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
        Peer peer = new Peer(from.getAddress(), current.now().connections().countsAs(from.getAddress()), entrance);
        if (tls == null) {
            ClientConnection connection = new ClientConnection(current, channel, peer);
            if (enters(connection, channel)) {
                channel.pipeline().addLast(connection);
            }
        } else {
            agree(channel, peer, tls);
        }
    }

    private void agree(SocketChannel channel, Peer peer, ServerTls with) {
        Handshake handshake = new Handshake(this, with, channel, peer);
        if (!enters(handshake, channel)) {
            return;
        }
        if (with.meters().begins()) {
            channel.pipeline().addLast(with.handler(), handshake);
        } else {
            left(handshake);
            channel.close();
        }
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
