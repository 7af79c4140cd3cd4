package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What counts as a change of a file. */
class FileWatchTest {

    @TempDir
    private Path folder;

    private final FileWatch watch = new FileWatch();
    private Path file;

    @BeforeEach
    void write() throws IOException {
        file = Files.writeString(folder.resolve("a"), "one");
        watch.files(List.of(file, folder.resolve("missing")));
    }

    @Test
    void tellsOfEachChangeOnce() throws IOException {
        assertThat(watch.changed()).isFalse();
        Files.writeString(file, "longer");
        assertThat(watch.changed()).isTrue();
        assertThat(watch.changed()).isFalse();
    }

    @Test
    void seesAnotherFileOfTheSameSizeAndTime() throws IOException {
        Path other = Files.writeString(folder.resolve("b"), "two");
        FileTime time = Files.getLastModifiedTime(file);
        Files.setLastModifiedTime(other, time);
        Files.move(other, file, StandardCopyOption.REPLACE_EXISTING);
        assertThat(watch.changed()).isTrue();
    }

    @Test
    void seesThatAFileComesAndGoes() throws IOException {
        Files.writeString(folder.resolve("missing"), "");
        assertThat(watch.changed()).isTrue();
        Files.delete(folder.resolve("missing"));
        assertThat(watch.changed()).isTrue();
    }

    @Test
    void remembersHowAFileWasThatIsKept() throws IOException {
        Files.writeString(file, "changed since");
        watch.keep(List.of(file));
        assertThat(watch.changed()).isTrue();
    }

    @Test
    void forgetsWhatIsNotNamedAnyMore() throws IOException {
        Path other = folder.resolve("other");
        watch.keep(List.of(other));
        Files.writeString(file, "changed since");
        assertThat(watch.changed()).isFalse();
        Files.writeString(other, "");
        assertThat(watch.changed()).isTrue();
    }
}
