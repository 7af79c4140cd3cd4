package io.sessiongate.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Ids, one a line, in UTF-8. Stateless. */
final class IdLines {

    /** More are a purge, which is the database's. */
    static final int MAX_IDS = 100_000;

    private IdLines() {}

    /**
     * All lines, blank ones too.
     *
     * @param file a path, or {@code -} for {@code in}
     */
    static List<String> read(String file, InputStream in) {
        try {
            if (file.equals("-")) {
                return lines(in);
            }
            try (InputStream opened = Files.newInputStream(Path.of(file))) {
                return lines(opened);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "cannot read the ids from " + (file.equals("-") ? "standard input" : file), e);
        }
    }

    private static List<String> lines(InputStream in) throws IOException {
        Reader text = new InputStreamReader(
                in,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
        var reader = new BufferedReader(text);
        List<String> lines = new ArrayList<>();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            if (lines.size() == MAX_IDS) {
                throw new IllegalStateException("more than " + MAX_IDS + " ids; expected them in several calls");
            }
            lines.add(line);
        }
        return lines;
    }
}
