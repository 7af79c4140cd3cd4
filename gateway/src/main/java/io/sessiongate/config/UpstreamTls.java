package io.sessiongate.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How the https servers of an upstream are spoken to. Their certificates and names are verified whatever stands here.
 *
 * @param ca those who may issue their certificates; null for whom Java believes
 * @param serverName the name asked for and verified; null for the host of the server
 * @param clientCertificate what is shown to them; null for nothing
 */
public record UpstreamTls(
        @Nullable Path ca,
        @Nullable String serverName,
        @Nullable CertificateFiles clientCertificate) {

    /** What a file that says nothing of it has. */
    public static final UpstreamTls STANDARD = new UpstreamTls(null, null, null);

    /** The name that is asked for and verified. The dot of one that is complete stands in no certificate (RFC 6066 section 3). */
    public String nameOf(ServerAddress.Tcp server) {
        String host = serverName == null ? server.address().getHostString() : serverName;
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }
}
