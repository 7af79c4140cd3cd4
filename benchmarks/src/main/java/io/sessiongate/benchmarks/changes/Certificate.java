package io.sessiongate.benchmarks.changes;

import io.sessiongate.benchmarks.process.ChildProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Two certificates of a gateway at 127.0.0.1 that take turns in the same files, and clients that trust both. Not shared between threads. */
final class Certificate {

    private static final String STORE_PASSWORD = "for-this-run-only";
    private static final Duration MAKING = Duration.ofSeconds(60);

    private final Path directory;
    private final List<KeyStore> stores;

    Certificate(Path directory) throws IOException, GeneralSecurityException, InterruptedException {
        this.directory = directory;
        this.stores = List.of(make("one"), make("two"));
        use(0);
    }

    private KeyStore make(String name) throws IOException, GeneralSecurityException, InterruptedException {
        Path file = directory.resolve(name + ".p12");
        String keytool =
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        try (var process = ChildProcess.start(
                "keytool-" + name,
                directory,
                Map.of(),
                List.of(
                        keytool,
                        "-genkeypair",
                        "-alias",
                        "gateway",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=" + name,
                        "-ext",
                        "san=ip:127.0.0.1",
                        "-validity",
                        "2",
                        "-storetype",
                        "PKCS12",
                        "-keystore",
                        file.toString(),
                        "-storepass",
                        STORE_PASSWORD))) {
            if (!process.awaitEnd(MAKING)) {
                throw new IOException("keytool does not end");
            }
        }
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, STORE_PASSWORD.toCharArray());
        }
        return store;
    }

    /** Lines of the configuration file for a listener that uses it. */
    String yaml() {
        return "{ certificates: [ { certificate: \"%s\", key: \"%s\" } ] }".formatted(chain(), key());
    }

    private Path chain() {
        return directory.resolve("gateway.pem");
    }

    private Path key() {
        return directory.resolve("gateway-key.pem");
    }

    /** Writes one of them, in turn, to the files that the gateway looks at. */
    void use(int number) throws IOException, GeneralSecurityException {
        KeyStore store = stores.get(number % stores.size());
        write(
                key(),
                "PRIVATE KEY",
                Objects.requireNonNull(store.getKey("gateway", STORE_PASSWORD.toCharArray()))
                        .getEncoded());
        write(chain(), "CERTIFICATE", store.getCertificate("gateway").getEncoded());
    }

    private void write(Path file, String what, byte[] der) throws IOException {
        String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
        Path other = Files.writeString(
                directory.resolve(file.getFileName() + ".new"),
                "-----BEGIN " + what + "-----\n" + text + "\n-----END " + what + "-----\n");
        Files.move(other, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** What a client needs that trusts these two and nobody else. */
    SSLContext trust() throws IOException, GeneralSecurityException {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        for (int i = 0; i < stores.size(); i++) {
            trusted.setCertificateEntry("gateway-" + i, stores.get(i).getCertificate("gateway"));
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }
}
