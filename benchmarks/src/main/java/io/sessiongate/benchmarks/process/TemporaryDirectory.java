package io.sessiongate.benchmarks.process;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder that is gone when we are, by Ctrl-C too; programs that are just ending may still write into it until then. */
public final class TemporaryDirectory implements Closeable {

    private static final int ATTEMPTS = 40;
    private static final long PAUSE_MILLIS = 50;

    private final Path path;
    private final Thread atExit = new Thread(this::delete, "delete-temporary-directory");

    private TemporaryDirectory(Path path) {
        this.path = path;
    }

    public static TemporaryDirectory create(String prefix) throws IOException {
        var directory = new TemporaryDirectory(Files.createTempDirectory(prefix));
        Runtime.getRuntime().addShutdownHook(directory.atExit);
        return directory;
    }

    public Path path() {
        return path;
    }

    private void delete() {
        for (int i = 0; i < ATTEMPTS && Files.exists(path); i++) {
            try {
                deleteTree();
            } catch (IOException | UncheckedIOException e) {
                pause();
            }
        }
    }

    private void deleteTree() throws IOException {
        try (Stream<Path> tree = Files.walk(path)) {
            for (Path entry : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(entry);
            }
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        delete();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (IllegalStateException e) {
            // The JVM is going down already; the hook finds nothing to do.
        }
    }
}
