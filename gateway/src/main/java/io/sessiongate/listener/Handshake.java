package io.sessiongate.listener;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.sessiongate.flow.Peer;
import io.sessiongate.http.SecureChannel;
import io.sessiongate.http.TlsProvider;
import io.sessiongate.listener.tls.ServerTls;
import io.sessiongate.metrics.TlsMeters.Failure;
import java.nio.channels.ClosedChannelException;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * A connection on which TLS is being agreed on, the handler behind it: waits for the end of that, for at most {@code
 * handshake-timeout} from the first moment, and has the {@link Reception} set up what is spoken then. Nothing else is read
 * before. Confined to the connection's event loop, but for {@link #drain} and {@link #closeNow}.
 *
 * <pre>
 *   waiting ──agreed──► the reception's
 *      └──refused, late, left, not TLS──► closed
 * </pre>
 */
@SuppressWarnings("FutureReturnValueIgnored") // what becomes of a close is told by events
final class Handshake extends ChannelInboundHandlerAdapter implements OpenConnection {

    private static final long LAST_WORDS_MILLIS = 1_000;

    private final Reception reception;
    private final ServerTls tls;
    private final SocketChannel channel;
    private final Peer peer;
    private final long begunMillis = System.currentTimeMillis();
    private @Nullable Future<?> timer;
    private boolean over;

    Handshake(Reception reception, ServerTls tls, SocketChannel channel, Peer peer) {
        this.reception = reception;
        this.tls = tls;
        this.channel = channel;
        this.peer = peer;
    }

    @Override
    public Peer peer() {
        return peer;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        begin();
    }

    /** By itself where the connection begins with this handler. */
    void begin() {
        timer = channel.eventLoop()
                .schedule(this::onLate, tls.config().handshakeTimeout().toMillis(), TimeUnit.MILLISECONDS);
        channel.read();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!over && event instanceof SslHandshakeCompletionEvent end) {
            if (end.isSuccess()) {
                agreed(ctx);
            } else {
                failed(reason(end.cause()));
                ctx.close();
            }
        }
    }

    private void agreed(ChannelHandlerContext ctx) {
        SslHandler handler = ctx.pipeline().get(SslHandler.class);
        SSLEngine engine = handler.engine();
        tls.meters().completed(engine.getSession().getProtocol(), TlsProvider.resumed(engine, begunMillis));
        end();
        ctx.pipeline().remove(this);
        String protocol = handler.applicationProtocol();
        reception.speak(protocol == null ? Reception.HTTP_1_1 : protocol, channel, known(engine), this);
    }

    /** Who it is, where a certificate says so; it was verified in the handshake. */
    private Peer known(SSLEngine engine) {
        if (peer.entrance().certificateHeader() == null) {
            return peer;
        }
        try {
            X509Certificate certificate = (X509Certificate) engine.getSession().getPeerCertificates()[0];
            return peer.withCertificate(certificate.getSubjectX500Principal().getName(X500Principal.RFC2253));
        } catch (SSLPeerUnverifiedException e) {
            return peer; // it came without one, which it may
        }
    }

    private static Failure reason(Throwable cause) {
        if (cause instanceof NotSslRecordException) {
            return Failure.NOT_TLS;
        }
        return cause instanceof ClosedChannelException ? Failure.CLIENT_GONE : Failure.REFUSED;
    }

    private void onLate() {
        if (!over) {
            failed(Failure.TIMEOUT);
            SecureChannel.cut(channel);
        }
    }

    private void failed(Failure reason) {
        tls.meters().failed(reason);
        end();
    }

    private void end() {
        over = true;
        tls.meters().ended();
        if (timer != null) {
            timer.cancel(false);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!over) {
            failed(Failure.CLIENT_GONE);
        }
        reception.left(this);
    }

    /** What went wrong with the handshake is told by its event. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close();
    }

    /** It may be agreed on in a moment, and carry a request then; who takes its place ends it. */
    @Override
    public void drain() {
        channel.eventLoop().schedule(this::closeNow, LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void closeNow() {
        channel.eventLoop().execute(() -> {
            if (!over) {
                SecureChannel.cut(channel);
            }
        });
    }
}
