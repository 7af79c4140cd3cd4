package io.sessiongate.config;

import java.io.IOException;

/** A PEM key given either as its text or as the name of a file. */
final class KeyFile {

    private KeyFile() {}

    /** The PEM text; throws {@link IllegalArgumentException} with a sentence when there is none. */
    static String pem(Section section, String textOrPath) {
        if (PemKeys.isPem(textOrPath)) {
            return textOrPath;
        }
        try {
            return TextFile.read(section.source().directory(), textOrPath.strip());
        } catch (IOException e) {
            throw new IllegalArgumentException("the key's file cannot be read: " + e.getMessage(), e);
        }
    }
}
