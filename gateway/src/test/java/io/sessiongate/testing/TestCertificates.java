package io.sessiongate.testing;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import io.sessiongate.config.CertificateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/** An authority of the tests and the certificates that it issues, made anew every time, and clients that believe it. */
public final class TestCertificates {

    private final X509Bundle authority;

    public TestCertificates() {
        try {
            authority =
                    base("CN=Test authority").setIsCertificateAuthority(true).buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static CertificateBuilder base(String subject) {
        return new CertificateBuilder()
                .ecp256()
                .subject(subject)
                .notBefore(Instant.now().minus(Duration.ofDays(2)))
                .notAfter(Instant.now().plus(Duration.ofDays(2)));
    }

    /** A server's, for names, or for addresses in digits. */
    public X509Bundle server(String... names) {
        return issued(server(base("CN=" + names[0]), names));
    }

    /** One whose time is over. */
    public X509Bundle expired(String... names) {
        return issued(server(base("CN=" + names[0]).notAfter(Instant.now().minus(Duration.ofDays(1))), names));
    }

    private static CertificateBuilder server(CertificateBuilder builder, String... names) {
        builder.addExtendedKeyUsageServerAuth();
        if (names.length == 1 && names[0].startsWith("*")) {
            return builder.addExtensionOctetString("2.5.29.17", false, wildcard(names[0]));
        }
        for (String name : names) {
            if (Character.isDigit(name.charAt(0))) {
                builder.addSanIpAddress(name);
            } else {
                builder.addSanDnsName(name);
            }
        }
        return builder;
    }

    /** A subjectAltName with one DNS name (RFC 5280 section 4.2.1.6), which the builder takes for no name. */
    private static byte[] wildcard(String name) {
        byte[] text = name.getBytes(StandardCharsets.US_ASCII);
        byte[] der = new byte[text.length + 4];
        der[0] = 0x30;
        der[1] = (byte) (text.length + 2);
        der[2] = (byte) 0x82;
        der[3] = (byte) text.length;
        System.arraycopy(text, 0, der, 4, text.length);
        return der;
    }

    /** A client's. */
    public X509Bundle client(String subject) {
        return issued(base(subject).addExtendedKeyUsageClientAuth());
    }

    private X509Bundle issued(CertificateBuilder builder) {
        try {
            return builder.buildIssuedBy(authority);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** The authority's own, in a file. */
    public Path authority(Path directory) {
        return write(directory.resolve("ca.pem"), authority.getCertificatePEM());
    }

    /** Both files of a certificate, in place of those that are there. */
    public static CertificateFiles write(Path directory, String name, X509Bundle certificate) {
        return new CertificateFiles(
                write(directory.resolve(name + ".pem"), certificate.getCertificatePathPEM()),
                write(directory.resolve(name + "-key.pem"), certificate.getPrivateKeyPEM()));
    }

    private static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A server's context, of the JDK. */
    public SSLContext serving(X509Bundle certificate, boolean asksForClients) {
        return context(certificate, asksForClients ? authority : null);
    }

    /** A client's context, which remembers sessions. */
    public SSLContext believing(@Nullable X509Bundle own) {
        return context(own, authority);
    }

    private static SSLContext context(@Nullable X509Bundle own, @Nullable X509Bundle trusted) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(
                    own == null ? new KeyManager[0] : own.toKeyManagerFactory().getKeyManagers(),
                    trusted == null
                            ? new TrustManager[0]
                            : trusted.toTrustManagerFactory().getTrustManagers(),
                    null);
            return context;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** Connects as a client that asks for a name and verifies it. */
    public static SSLSocket connect(
            SSLContext context, InetSocketAddress to, @Nullable String name, String... protocols) {
        try {
            Socket plain = new Socket();
            plain.connect(to, 10_000);
            plain.setSoTimeout(10_000);
            SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, name, to.getPort(), true);
            SSLParameters parameters = socket.getSSLParameters();
            if (name != null) {
                parameters.setServerNames(List.of(new SNIHostName(name)));
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
            }
            if (protocols.length > 0) {
                parameters.setProtocols(protocols);
            }
            socket.setSSLParameters(parameters);
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
