package io.sessiongate.listener.tls;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.sessiongate.config.CertificateFiles;
import io.sessiongate.config.CertificateKey;
import io.sessiongate.config.FileContent;
import io.sessiongate.config.PemFile;
import io.sessiongate.config.TlsConfig;
import io.sessiongate.config.TlsConfig.ClientCertificates;
import io.sessiongate.http.TlsProvider;
import io.sessiongate.metrics.TlsMeters;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS of one listener: its certificates as they were read last, and how the next connection is made with them. A
 * connection keeps the certificate that it began with. Safe to use from any thread; what blocks says so.
 *
 * <p>A certificate's context has its own sessions and ticket keys, which go with it when it is replaced: a session never comes
 * back by another certificate, by another listener, or past authorities that have changed.
 */
public final class ServerTls {

    private static final Logger LOG = LoggerFactory.getLogger(ServerTls.class);

    /** Ample for a hello with keys for post-quantum groups; what is gathered of a longer one would be memory. Bytes. */
    private static final int LONGEST_HELLO = 32 * 1024;

    private static final long GOODBYE_MILLIS = 1_000;

    private final TlsConfig config;
    private final TlsMeters.Listener meters;
    private final TlsProvider provider;
    private final Supplier<List<String>> offered;
    private final TicketKeys tickets;

    /** Those that were offered at the last look. Guarded by this. */
    private List<String> protocols;

    /** In the order configured; replaced as a whole, by one thread at a time. */
    private volatile List<Presented> presented;

    private volatile CertificateChoice choice;

    /** What the files held that were refused last, so that it is said once. Guarded by this. */
    private final Map<Integer, FileContent> refused = new TreeMap<>();

    /**
     * Reads the certificates. Blocks on the disk.
     *
     * @param offered the protocols that clients are offered now (ALPN), the one that is liked best in front; asked at each look
     * @throws IllegalStateException where one cannot be used, with a sentence that names the file
     */
    public ServerTls(
            TlsConfig config, Supplier<List<String>> offered, TlsMeters.Listener meters, LongSupplier nanoTime) {
        this.config = config;
        this.meters = meters;
        this.provider = TlsProvider.of(config.provider().name());
        this.offered = offered;
        this.protocols = List.copyOf(offered.get());
        this.tickets = new TicketKeys(provider, config.sessionTimeout(), nanoTime);
        List<Presented> all = new ArrayList<>();
        for (CertificateFiles files : config.certificates()) {
            try {
                all.add(read(files));
            } catch (IllegalArgumentException | SSLException e) {
                throw new IllegalStateException("cannot use a certificate: " + e.getMessage(), e);
            }
        }
        this.presented = List.copyOf(all);
        this.choice = new CertificateChoice(all);
        for (int i = 0; i < all.size(); i++) {
            int place = i;
            meters.watchExpiry(
                    config.certificates().get(i).certificate().toString(),
                    () -> presented.get(place).pair().end().getEpochSecond());
        }
    }

    /** What does the cryptography, for logs. */
    public String provider() {
        return provider.description();
    }

    /** Makes a new connection one of TLS, once it has said which name it wants. */
    public ChannelHandler handler() {
        // Its own deadlines are off: who waits for the handshake has one for all of it.
        return new SniHandler(choice, LONGEST_HELLO, 0) {
            @Override
            protected SslHandler newSslHandler(SslContext context, ByteBufAllocator allocator) {
                SslHandler tls = context.newHandler(allocator);
                tls.setHandshakeTimeoutMillis(0);
                tls.setCloseNotifyFlushTimeoutMillis(GOODBYE_MILLIS);
                return tls;
            }
        };
    }

    private List<Path> files(CertificateFiles files) {
        Path ca = config.clientCertificates().ca();
        return ca == null ? List.of(files.certificate(), files.key()) : List.of(files.certificate(), files.key(), ca);
    }

    private Presented read(CertificateFiles files) throws SSLException {
        FileContent content = FileContent.of(files(files));
        CertificateKey pair = files.read();
        if (pair.end().isBefore(Instant.now())) {
            LOG.atWarn()
                    .addKeyValue("file", files.certificate())
                    .addKeyValue("expired", pair.end())
                    .log("A certificate has expired: clients will refuse it");
        }
        SslContext context = context(pair);
        tickets.give(context);
        return new Presented(pair, content, context);
    }

    private SslContext context(CertificateKey pair) throws SSLException {
        SslContextBuilder builder = provider.using(SslContextBuilder.forServer(pair.key(), pair.chain()))
                .protocols(config.protocols())
                .sessionTimeout(config.sessionTimeout().toSeconds())
                .sessionCacheSize(config.sessionCache())
                .applicationProtocolConfig(new ApplicationProtocolConfig(
                        Protocol.ALPN,
                        SelectorFailureBehavior.NO_ADVERTISE,
                        SelectedListenerFailureBehavior.ACCEPT,
                        protocols));
        ClientCertificates clients = config.clientCertificates();
        Path ca = clients.ca();
        if (ca != null) {
            List<X509Certificate> authorities = PemFile.certificates(ca);
            builder.trustManager(authorities)
                    .clientAuth(
                            clients.mode() == ClientCertificates.Mode.REQUIRED
                                    ? ClientAuth.REQUIRE
                                    : ClientAuth.OPTIONAL);
        }
        return builder.build();
    }

    /**
     * Looks whether a file has changed, or what is offered, and takes over what has: connections that begin from now on get it. What cannot be used
     * changes nothing; it is said in the log, once, and counted. Replaces ticket keys whose time has come. Blocks on the disk.
     */
    public synchronized void look() {
        tickets.turn(presented.stream().map(Presented::context).toList());
        List<Presented> next = new ArrayList<>(presented);
        List<String> before = protocols;
        protocols = List.copyOf(offered.get());
        if (!protocols.equals(before)) {
            next.replaceAll(this::again);
        }
        for (int i = 0; i < next.size(); i++) {
            Presented fresh = changed(i, config.certificates().get(i), next.get(i));
            if (fresh != null) {
                next.set(i, fresh);
            }
        }
        if (!next.equals(presented)) {
            presented = List.copyOf(next);
            choice = new CertificateChoice(next);
        }
    }

    /** The same certificate with what is offered now. */
    private Presented again(Presented now) {
        try {
            SslContext context = context(now.pair());
            tickets.give(context);
            return new Presented(now.pair(), now.content(), context);
        } catch (IllegalArgumentException | SSLException e) {
            // Its authorities, which are read again, can have become unreadable; that is said where they are looked at.
            LOG.atError()
                    .addKeyValue("names", now.pair().names())
                    .addKeyValue("reason", e.getMessage())
                    .log("Other protocols cannot be offered with a certificate: those before stay");
            return now;
        }
    }

    private @Nullable Presented changed(int place, CertificateFiles files, Presented now) {
        FileContent content = FileContent.of(files(files));
        if (content.equals(now.content())) {
            refused.remove(place);
            return null;
        }
        if (content.equals(refused.get(place))) {
            return null;
        }
        try {
            Presented fresh = read(files);
            refused.remove(place);
            meters.reloaded();
            LOG.atInfo()
                    .addKeyValue("file", files.certificate())
                    .addKeyValue("names", fresh.pair().names())
                    .addKeyValue("expires", fresh.pair().end())
                    .log("A certificate was replaced");
            return fresh;
        } catch (IllegalArgumentException | SSLException e) {
            refused.put(place, content);
            meters.notReloaded();
            LOG.atError()
                    .addKeyValue("file", files.certificate())
                    .addKeyValue("reason", e.getMessage())
                    .addKeyValue("expires", now.pair().end())
                    .log("A certificate that has changed cannot be used: the one before stays");
            return null;
        }
    }

    public TlsMeters.Listener meters() {
        return meters;
    }

    public TlsConfig config() {
        return config;
    }
}
