package io.sessiongate.config;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a listener speaks TLS.
 *
 * @param certificates one at least; the first is for who asks for none of the names
 * @param protocols as Java calls them, {@code TLSv1.2} and {@code TLSv1.3}
 * @param handshakeTimeout from the connection to the end of the handshake
 * @param maxHandshakes that may be under way at once
 * @param sessionTimeout how long a session may be resumed
 * @param sessionCache sessions remembered for clients without tickets
 */
public record TlsConfig(
        List<CertificateFiles> certificates,
        List<String> protocols,
        ClientCertificates clientCertificates,
        Duration handshakeTimeout,
        int maxHandshakes,
        Duration sessionTimeout,
        int sessionCache,
        Provider provider) {

    /** Both versions. */
    public static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    /** What does the cryptography. */
    public enum Provider {
        /** BoringSSL where it works, else the JDK. */
        AUTO,
        BORINGSSL,
        JDK
    }

    /**
     * Certificates of clients.
     *
     * @param ca those who issue them; null where none are asked for
     * @param header tells the application the subject; null where it is not told
     */
    public record ClientCertificates(
            Mode mode, @Nullable Path ca, @Nullable String header) {

        /** Nobody is asked. */
        public static final ClientCertificates NONE = new ClientCertificates(Mode.NONE, null, null);

        /** Who needs one. */
        public enum Mode {
            NONE,
            OPTIONAL,
            REQUIRED
        }
    }

    public TlsConfig {
        certificates = List.copyOf(certificates);
        protocols = List.copyOf(protocols);
    }

    /** With what a file that names the certificates alone has. */
    public TlsConfig(List<CertificateFiles> certificates) {
        this(
                certificates,
                PROTOCOLS,
                ClientCertificates.NONE,
                Duration.ofSeconds(10),
                2000,
                Duration.ofHours(1),
                20_000,
                Provider.AUTO);
    }
}
