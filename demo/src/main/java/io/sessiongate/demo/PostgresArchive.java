package io.sessiongate.demo;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/** The PostgreSQL server for this machine, which comes packed in a dependency. */
final class PostgresArchive {

    private PostgresArchive() {}

    /**
     * Unpacks programs, libraries and contributed extensions below {@code home}, which exists: 60 MB and about two
     * seconds. What only serves to build against PostgreSQL is left out.
     */
    static void unpack(Path home) throws IOException {
        try (InputStream packed = open();
                var archive = new TarArchiveInputStream(
                        new XZCompressorInputStream(new BufferedInputStream(packed, 1 << 16)))) {
            for (TarArchiveEntry entry = archive.getNextEntry(); entry != null; entry = archive.getNextEntry()) {
                Path target = home.resolve(entry.getName()).normalize();
                if (!target.startsWith(home)) {
                    throw new IOException("the PostgreSQL archive leaves its folder: " + entry.getName());
                }
                if (!isForBuilding(entry.getName())) {
                    write(archive, entry, target);
                }
            }
        }
    }

    private static InputStream open() throws IOException {
        try {
            return DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(
                    System.getProperty("os.name").startsWith("Linux") ? "Linux" : System.getProperty("os.name"),
                    System.getProperty("os.arch"));
        } catch (IllegalStateException e) {
            throw new IOException(
                    "there is no embedded PostgreSQL for this system (%s %s); Linux on amd64 or arm64 with glibc is"
                                    .formatted(System.getProperty("os.name"), System.getProperty("os.arch"))
                            + " supported",
                    e);
        }
    }

    private static boolean isForBuilding(String name) {
        return name.endsWith(".a") || name.contains("/pgxs/") || name.contains("/pkgconfig/");
    }

    private static void write(TarArchiveInputStream archive, TarArchiveEntry entry, Path target) throws IOException {
        if (entry.isDirectory()) {
            Files.createDirectories(target);
            return;
        }
        Path parent = target.getParent();
        if (parent != null) {
            Files.createDirectories(parent);
        }
        if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(target, Path.of(entry.getLinkName()));
        } else if (entry.isFile()) {
            Files.copy(archive, target);
            boolean program = (entry.getMode() & 0100) != 0;
            Files.setPosixFilePermissions(target, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
        }
    }
}
