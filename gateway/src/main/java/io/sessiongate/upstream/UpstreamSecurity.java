package io.sessiongate.upstream;

import io.netty.channel.Channel;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import io.sessiongate.config.CertificateFiles;
import io.sessiongate.config.CertificateKey;
import io.sessiongate.config.FileContent;
import io.sessiongate.config.PemFile;
import io.sessiongate.config.ServerAddress;
import io.sessiongate.config.TlsConfig;
import io.sessiongate.config.UpstreamConfig;
import io.sessiongate.config.UpstreamProtocol;
import io.sessiongate.config.UpstreamTls;
import io.sessiongate.http.TlsProvider;
import io.sessiongate.metrics.OneUpstream;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS to the servers of one upstream: their certificates are verified, and that they are made out to the name asked for; there
 * is no way around it. Sessions are remembered, so that the next connection to a server costs less. Safe to use from any
 * thread; what blocks says so.
 */
final class UpstreamSecurity {

    private static final Logger LOG = LoggerFactory.getLogger(UpstreamSecurity.class);

    private static final int REMEMBERED_SESSIONS = 1_000;
    private static final long GOODBYE_MILLIS = 1_000;

    private final String upstream;
    private final UpstreamTls config;
    private final boolean http2;
    private final TlsProvider provider;
    private final List<Path> files;

    /** What stood in the files when they were looked at last. Of one thread at a time. */
    private FileContent looked;

    private volatile SslContext context;

    private UpstreamSecurity(UpstreamConfig upstream, TlsProvider provider) {
        this.upstream = upstream.name();
        this.config = upstream.tls();
        this.http2 = upstream.protocol() == UpstreamProtocol.HTTP2;
        this.provider = provider;
        this.files = files(config);
        this.looked = FileContent.of(files);
        try {
            this.context = read();
        } catch (IllegalArgumentException | SSLException e) {
            throw new IllegalStateException(
                    "cannot speak TLS to upstream " + upstream.name() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Of an upstream; null where none of its servers speaks TLS. Blocks on the disk.
     *
     * @throws IllegalStateException where a file cannot be used, with a sentence that names it
     */
    static @Nullable UpstreamSecurity of(UpstreamConfig upstream) {
        return of(upstream, TlsConfig.Provider.AUTO);
    }

    static @Nullable UpstreamSecurity of(UpstreamConfig upstream, TlsConfig.Provider provider) {
        return upstream.servers().stream().anyMatch(ServerAddress::secure)
                ? new UpstreamSecurity(upstream, TlsProvider.of(provider.name()))
                : null;
    }

    /** Whether TLS is spoken so to the servers of that upstream. */
    boolean fits(UpstreamConfig other) {
        return config.equals(other.tls())
                && http2 == (other.protocol() == UpstreamProtocol.HTTP2)
                && other.servers().stream().anyMatch(ServerAddress::secure);
    }

    private static List<Path> files(UpstreamTls config) {
        List<Path> files = new ArrayList<>();
        if (config.ca() != null) {
            files.add(config.ca());
        }
        CertificateFiles own = config.clientCertificate();
        if (own != null) {
            files.add(own.certificate());
            files.add(own.key());
        }
        return files;
    }

    private SslContext read() throws SSLException {
        SslContextBuilder builder = provider.using(SslContextBuilder.forClient())
                .protocols(TlsConfig.PROTOCOLS)
                .endpointIdentificationAlgorithm("HTTPS")
                .sessionCacheSize(REMEMBERED_SESSIONS);
        if (http2) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2));
        }
        if (config.ca() != null) {
            builder.trustManager(PemFile.certificates(config.ca()));
        }
        CertificateFiles own = config.clientCertificate();
        if (own != null) {
            CertificateKey pair = own.read();
            builder.keyManager(pair.key(), pair.chain());
        }
        return builder.build();
    }

    /**
     * Takes over what has changed in the files, for new connections; what cannot be used changes nothing, and is said and counted
     * once. Blocks on the disk.
     */
    synchronized void look(OneUpstream meters) {
        FileContent content = FileContent.of(files);
        if (content.equals(looked)) {
            return;
        }
        looked = content;
        try {
            context = read();
            meters.reread(true);
            LOG.atInfo().addKeyValue("upstream", upstream).log("The certificates for an upstream were replaced");
        } catch (IllegalArgumentException | SSLException e) {
            meters.reread(false);
            LOG.atError()
                    .addKeyValue("upstream", upstream)
                    .addKeyValue("reason", e.getMessage())
                    .log("Certificates for an upstream that have changed cannot be used: those before stay");
        }
    }

    /**
     * Agrees with a server; on the loop of the connection, which stands and is nobody's yet ({@link Unheard}).
     *
     * @param boundMillis for all of it
     * @return done once it can be used, or with the reason why not; the connection is then as good as closed
     */
    Future<Channel> begin(Channel connection, ServerAddress.Tcp server, long boundMillis) {
        SslHandler tls = context.newHandler(
                connection.alloc(), config.nameOf(server), server.address().getPort());
        tls.setHandshakeTimeoutMillis(Math.max(1, boundMillis));
        tls.setCloseNotifyFlushTimeoutMillis(GOODBYE_MILLIS);
        connection.pipeline().addFirst(tls);
        connection.read();
        return tls.handshakeFuture();
    }

    /** Whether HTTP/2 was agreed on; null where there is no TLS. */
    static @Nullable Boolean agreedOnHttp2(Channel connection) {
        SslHandler tls = connection.pipeline().get(SslHandler.class);
        return tls == null ? null : ApplicationProtocolNames.HTTP_2.equals(tls.applicationProtocol());
    }

    /** Whether a connection that was begun then, by the wall clock, and agreed on goes on with a session known before. */
    static boolean resumed(Channel connection, long begunMillis) {
        SslHandler tls = connection.pipeline().get(SslHandler.class);
        return tls != null && TlsProvider.resumed(tls.engine(), begunMillis);
    }

    /** The innermost reason why nothing was agreed on, which is the one that says what is wrong. */
    static String reason(Throwable failure) {
        Throwable inner = failure;
        for (int depth = 0; inner.getCause() != null && depth < 10; depth++) {
            inner = inner.getCause();
        }
        if (inner instanceof ClosedChannelException) {
            return "the server closed the connection";
        }
        String message = inner.getMessage();
        return message == null ? inner.getClass().getSimpleName() : message;
    }
}
