package io.sessiongate.http;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.internal.tcnative.SSL;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * What does the cryptography of TLS: BoringSSL, or the JDK. They are set up alike, but for what only one of them knows. For any
 * thread.
 */
public enum TlsProvider {
    BORINGSSL(SslProvider.OPENSSL),
    JDK(SslProvider.JDK);

    /**
     * Mozilla's "intermediate" set (Server Side TLS 5.7), without those of finite-field Diffie-Hellman, which are slow and which
     * BoringSSL has not: forward secrecy and authenticated encryption only.
     */
    private static final List<String> CIPHERS = List.of(
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

    /** Read once by the JDK. A renegotiation would be a handshake under no deadline. */
    private static final String NO_RENEGOTIATION = "jdk.tls.rejectClientInitiatedRenegotiation";

    private final SslProvider netty;

    TlsProvider(SslProvider netty) {
        this.netty = netty;
    }

    /**
     * The provider of that name: {@code AUTO} (BoringSSL where it works, else the JDK), {@code BORINGSSL} or {@code JDK}.
     *
     * @throws IllegalStateException where BoringSSL was asked for and does not work on this machine, with the reason
     */
    public static TlsProvider of(String name) {
        if (System.getProperty(NO_RENEGOTIATION) == null) {
            System.setProperty(NO_RENEGOTIATION, "true");
        }
        return switch (name) {
            case "AUTO" -> OpenSsl.isAvailable() ? BORINGSSL : JDK;
            case "BORINGSSL" -> {
                if (!OpenSsl.isAvailable()) {
                    throw new IllegalStateException(
                            "TLS provider boringssl does not work on this machine", OpenSsl.unavailabilityCause());
                }
                yield BORINGSSL;
            }
            case "JDK" -> JDK;
            default -> throw new IllegalArgumentException("no TLS provider is called " + name);
        };
    }

    /** Has a context made with this provider and nothing but sound cipher suites. */
    public SslContextBuilder using(SslContextBuilder context) {
        return context.sslProvider(netty).ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE);
    }

    /** The name and version, for logs. */
    public String description() {
        return this == BORINGSSL
                ? OpenSsl.versionString()
                : "JDK " + Runtime.version().feature();
    }

    /** Of how many bytes a ticket key is that {@link #ticketKeys} takes; 0 where the provider makes and replaces them itself. */
    public int ticketKeyBytes() {
        return this == BORINGSSL ? OpenSslSessionTicketKey.TICKET_KEY_SIZE : 0;
    }

    /**
     * Has tickets of sessions made with one key, and those taken that were made with it or the one before.
     *
     * @param before null where there is none
     */
    public void ticketKeys(SslContext context, byte[] now, byte @Nullable [] before) {
        if (context.sessionContext() instanceof OpenSslSessionContext sessions) {
            if (before == null) {
                sessions.setTicketKeys(ticketKey(now));
            } else {
                sessions.setTicketKeys(ticketKey(now), ticketKey(before));
            }
        }
    }

    private static OpenSslSessionTicketKey ticketKey(byte[] key) {
        int name = OpenSslSessionTicketKey.NAME_SIZE;
        int hmac = name + OpenSslSessionTicketKey.HMAC_KEY_SIZE;
        return new OpenSslSessionTicketKey(
                Arrays.copyOf(key, name),
                Arrays.copyOfRange(key, name, hmac),
                Arrays.copyOfRange(key, hmac, key.length));
    }

    /**
     * Whether a handshake that is done was a short one, of a session known before.
     *
     * @param begunMillis when the connection was accepted, by the wall clock
     */
    public static boolean resumed(SSLEngine engine, long begunMillis) {
        if (engine instanceof ReferenceCountedOpenSslEngine boring) {
            return SSL.isSessionReused(boring.sslPointer());
        }
        // The JDK does not say, but a session that is older than the connection began with another one.
        return engine.getSession().getCreationTime() < begunMillis;
    }
}
