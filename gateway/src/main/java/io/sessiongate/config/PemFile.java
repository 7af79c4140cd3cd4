package io.sessiongate.config;

import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.function.Function;

/**
 * PEM files that are named by their path and may be read again. Blocks on the disk. Exceptions are {@link
 * IllegalArgumentException} with a sentence that names the file and holds nothing of it.
 */
public final class PemFile {

    private PemFile() {}

    /** The certificates of a file, one at least. */
    public static List<X509Certificate> certificates(Path file) {
        return read(file, PemKeys::certificates);
    }

    /** Its bytes, of which there are at most {@value TextFile#MAX_BYTES}. */
    public static byte[] bytes(Path file) {
        try {
            return TextFile.bytes(file, TextFile.MAX_BYTES);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    static <T> T read(Path file, Function<String, T> parser) {
        byte[] content = bytes(file);
        try {
            return parser.apply(TextFile.utf8(content));
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    /** That name as a path, from the folder of the configuration on. */
    static Path path(Section section, String name) {
        try {
            return TextFile.resolve(section.source().directory(), name.strip())
                    .toAbsolutePath()
                    .normalize();
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }
}
