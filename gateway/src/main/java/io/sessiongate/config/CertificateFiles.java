package io.sessiongate.config;

import java.nio.file.Path;

/**
 * Where a certificate and its key stand.
 *
 * @param certificate PEM, the certificate first and then those that it was issued by
 * @param key PEM, PKCS #8
 */
public record CertificateFiles(Path certificate, Path key) {

    /**
     * Reads both. Blocks on the disk.
     *
     * @throws IllegalArgumentException with a sentence that names the file and says what would be right
     */
    public CertificateKey read() {
        return CertificateKey.of(
                PemFile.read(certificate, CertificateKey::chain), PemFile.read(key, CertificateKey::privateKey), this);
    }
}
