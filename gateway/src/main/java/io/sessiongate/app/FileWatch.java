package io.sessiongate.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whether files are others than they were. They are looked at again and again rather than watched by the system: that tells nothing
 * of network file systems, and of a directory that is swapped by a symbolic link, as Kubernetes does, it tells of the link alone.
 * Confined to one thread.
 */
final class FileWatch {

    /** What a file is known by; null where there is none. */
    private record Stamp(
            Path real,
            long size,
            FileTime modified,
            @Nullable Object key) {}

    private Map<Path, @Nullable Stamp> known = Map.of();

    /** These are the files from now on, as they are now. */
    void files(Collection<Path> files) {
        known = stamps(files);
    }

    /** Adds files to those that are known, as they are now; drops those that are not among them. */
    void keep(Collection<Path> files) {
        Map<Path, @Nullable Stamp> kept = stamps(files);
        kept.replaceAll((file, now) -> known.containsKey(file) ? known.get(file) : now);
        known = kept;
    }

    /** Whether one of them has changed since this was asked last. */
    boolean changed() {
        Set<Path> files = known.keySet();
        Map<Path, @Nullable Stamp> now = stamps(files);
        boolean differs = !now.equals(known);
        known = now;
        return differs;
    }

    private static Map<Path, @Nullable Stamp> stamps(Collection<Path> files) {
        Map<Path, @Nullable Stamp> stamps = new HashMap<>();
        files.forEach(file -> stamps.put(Objects.requireNonNull(file), stamp(file)));
        return stamps;
    }

    private static @Nullable Stamp stamp(Path file) {
        try {
            Path real = file.toRealPath();
            BasicFileAttributes found = Files.readAttributes(real, BasicFileAttributes.class);
            return new Stamp(real, found.size(), found.lastModifiedTime(), found.fileKey());
        } catch (IOException e) {
            return null;
        }
    }
}
