package io.sessiongate.upstream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * Stands in the pipeline of a connection until somebody owns it: what goes wrong before is told by the attempt to connect, or by
 * the handshake, and by nothing else. With epoll a socket that is still being connected may be shown the events of the one that
 * had its number before, and reading from it fails; without a handler Netty would warn of that. Has no state.
 */
@Sharable
final class Unheard extends ChannelInboundHandlerAdapter {

    static final Unheard HANDLER = new Unheard();

    private Unheard() {}

    /** Gives its place to the owner of the connection; on the connection's loop. */
    static void giveWay(Channel connection, ChannelHandler owner) {
        if (connection.pipeline().context(HANDLER) == null) {
            connection.pipeline().addLast(owner); // closed meanwhile, and its pipeline taken down
        } else {
            connection.pipeline().replace(HANDLER, null, owner);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // Told elsewhere.
    }
}
