package io.sessiongate.config;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * What stands in some small files, so far as it matters whether it is still the same: a digest, or why they could not be read.
 * The times of files are not looked at: whoever swaps links, as certbot and Kubernetes do, changes none.
 */
public record FileContent(String digest) {

    /** Reads them. Blocks on the disk. */
    public static FileContent of(List<Path> files) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (Path file : files) {
                digest.update(MessageDigest.getInstance("SHA-256").digest(PemFile.bytes(file)));
            }
            return new FileContent(HexFormat.of().formatHex(digest.digest()));
        } catch (IllegalArgumentException e) {
            return new FileContent("unreadable: " + e.getMessage());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
