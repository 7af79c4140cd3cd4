package io.sessiongate.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** What the fuzzing of the codec begins with, and what every build tries: checked-in inputs, and made-up ones. */
public final class FuzzCorpus {

    /** Made up for each kind of input; {@code -Dsessiongate.test.fuzzCases} says otherwise. */
    private static final int CASES = Integer.getInteger("sessiongate.test.fuzzCases", 70_000);

    private FuzzCorpus() {}

    /** A test for every checked-in input of that kind. */
    public static Stream<DynamicTest> tests(String kind, ToIntFunction<byte[]> check) {
        return files(kind).stream()
                .map(file ->
                        DynamicTest.dynamicTest(file.getFileName().toString(), () -> check.applyAsInt(read(file))));
    }

    /**
     * Tries made-up inputs; the numbers of the cases are their seeds.
     *
     * @return how many messages were read to their end, for a hundred inputs
     */
    public static long madeUp(Function<Random, byte[]> grammar, ToIntFunction<byte[]> check) {
        long whole = 0;
        for (int seed = 0; seed < CASES; seed++) {
            try {
                whole += check.applyAsInt(grammar.apply(new Random(7919L * seed + 13)));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("case " + seed + ": " + e.getMessage(), e);
            }
        }
        return whole * 100 / CASES;
    }

    private static List<Path> files(String kind) {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/fuzz", kind))) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
