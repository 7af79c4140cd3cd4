package io.sessiongate.config;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A PEM key given either as its text or as the name of a file. */
final class KeyFile {

    private KeyFile() {}

    /** The file's path, or null where the text is the key itself. */
    static @Nullable Path path(Section section, String textOrPath) {
        try {
            return PemKeys.isPem(textOrPath)
                    ? null
                    : TextFile.resolve(section.source().directory(), textOrPath.strip())
                            .toAbsolutePath();
        } catch (IOException e) {
            return null; // no file's name: reported where it is read
        }
    }

    /** The PEM text; throws {@link IllegalArgumentException} with a sentence when there is none. */
    static String pem(Section section, String textOrPath) {
        if (PemKeys.isPem(textOrPath)) {
            return textOrPath;
        }
        try {
            return section.source().files().read(textOrPath.strip());
        } catch (IOException e) {
            throw new IllegalArgumentException("the key's file cannot be read: " + e.getMessage(), e);
        }
    }
}
