package io.sessiongate.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What is done otherwise to a connection that speaks TLS: its handler comes before all others, its end is told by an alert
 * ({@code close_notify}), and bytes that are understood come from behind that handler. Of a plain connection everything is done
 * as ever. On the connection's loop; none of it is done for every request. Stateless.
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a close is told by events
public final class SecureChannel {

    private SecureChannel() {}

    private static @Nullable ChannelHandlerContext tls(Channel channel) {
        return channel.pipeline().context(SslHandler.class);
    }

    /** Adds a handler that sees what came before all others do, but behind TLS. */
    public static void addFirst(Channel channel, String name, ChannelHandler handler) {
        ChannelHandlerContext tls = tls(channel);
        ChannelPipeline pipeline = channel.pipeline();
        if (tls == null) {
            pipeline.addFirst(name, handler);
        } else {
            pipeline.addAfter(tls.name(), name, handler);
        }
    }

    /** Shows what was read and understood to the first handler behind TLS, which takes it over. */
    public static void fireRead(Channel channel, ByteBuf read) {
        ChannelHandlerContext tls = tls(channel);
        if (tls == null) {
            channel.pipeline().fireChannelRead(read);
            channel.pipeline().fireChannelReadComplete();
        } else {
            tls.fireChannelRead(read);
            tls.fireChannelReadComplete();
        }
    }

    /** Says that nothing more will be sent. Everything to be sent must have been flushed. */
    public static void shutdownOutput(Channel channel) {
        ChannelHandlerContext tls = tls(channel);
        if (tls == null) {
            ((DuplexChannel) channel).shutdownOutput();
        } else {
            ((SslHandler) tls.handler())
                    .closeOutbound()
                    .addListener(said -> ((DuplexChannel) channel).shutdownOutput());
        }
    }

    /**
     * Closes at once, without a word: over TLS the other end can tell that from an orderly end, so that what was cut does not
     * look complete, and nobody waits until it has taken what was written.
     */
    public static void cut(Channel channel) {
        ChannelHandlerContext tls = tls(channel);
        if (tls == null) {
            channel.close();
        } else {
            tls.close(); // past its handler, which would say goodbye
        }
    }

    /** Whether an event tells that the other end has said over TLS that it sends no more. */
    public static boolean saysEnd(Object event) {
        return event instanceof SslCloseCompletionEvent end && end.isSuccess();
    }

    /** Whether a failure is one of TLS: the other end's doing, and the end of the connection. */
    public static boolean isFailure(Throwable cause) {
        return cause instanceof SSLException
                || (cause instanceof DecoderException && cause.getCause() instanceof SSLException);
    }
}
