package io.sessiongate.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The files that a configuration names, as they are read: whether one of them is another one next time can be told by what is noted
 * here. Confined to the thread that reads.
 */
final class NamedFiles {

    /** Of a file that cannot be read. */
    private static final String UNREADABLE = "";

    private final Path directory;
    private final SortedMap<Path, String> hashes = new TreeMap<>();

    /** {@code directory}: where relative names start. */
    NamedFiles(Path directory) {
        this.directory = directory;
    }

    Path directory() {
        return directory;
    }

    /** The text of a file; as {@link TextFile#read}. */
    String read(String name) throws IOException {
        note(TextFile.resolve(directory, name), UNREADABLE);
        String text = TextFile.read(directory, name);
        note(TextFile.resolve(directory, name), hash(text.getBytes(StandardCharsets.UTF_8)));
        return text;
    }

    /** The octets of a file; as {@link TextFile#bytes}. */
    byte[] bytes(Path path, int maxBytes) throws IOException {
        note(path, UNREADABLE);
        byte[] content = TextFile.bytes(path, maxBytes);
        note(path, hash(content));
        return content;
    }

    /** What was read, by absolute path, and of what cannot be read nothing but the path. */
    SortedMap<Path, String> hashes() {
        return Collections.unmodifiableSortedMap(hashes);
    }

    private void note(Path path, String hash) {
        hashes.put(path.toAbsolutePath().normalize(), hash);
    }

    private static String hash(byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
