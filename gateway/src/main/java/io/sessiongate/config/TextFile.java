package io.sessiongate.config;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Small text files that a configuration names: secrets and keys. Exceptions carry a sentence fit for a message. */
final class TextFile {

    /** Ample for a key or a chain of certificates. */
    static final int MAX_BYTES = 64 * 1024;

    private TextFile() {}

    /** The content of a UTF-8 file of at most {@value #MAX_BYTES} bytes. */
    static String read(Path directory, String name) throws IOException {
        Path path = resolve(directory, name);
        if (!Files.exists(path)) {
            throw new IOException("there is no such file; a relative path starts from the configuration's directory");
        }
        return utf8(bytes(path, MAX_BYTES));
    }

    static Path resolve(Path directory, String name) throws IOException {
        try {
            return directory.resolve(name);
        } catch (InvalidPathException e) {
            throw new IOException("not a file name", e);
        }
    }

    /** Reads no more than the bound, whatever the file's size claims to be; refuses what could block or never end. */
    static byte[] bytes(Path path, int maxBytes) throws IOException {
        if (!Files.exists(path)) {
            throw new IOException("there is no such file");
        }
        if (!Files.isRegularFile(path)) {
            throw new IOException("it is not a regular file");
        }
        if (!Files.isReadable(path)) {
            throw new IOException("permission denied");
        }
        byte[] content;
        try (var in = Files.newInputStream(path)) {
            content = in.readNBytes(maxBytes + 1);
        } catch (IOException e) {
            throw new IOException("reading it failed", e);
        }
        if (content.length > maxBytes) {
            throw new IOException("it is larger than " + maxBytes / 1024 + " KiB");
        }
        return content;
    }

    static String utf8(byte[] content) throws IOException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(content))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new IOException("it is not UTF-8 text", e);
        }
    }
}
