package io.sessiongate.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** What a misspelled name was probably meant to be. */
final class Suggestion {

    private Suggestion() {}

    /** {@code ; did you mean `x`?} for the nearest name, or nothing when none is near. */
    static String of(String wrong, Collection<String> names) {
        String plain = plain(wrong);
        return names.stream()
                .filter(name -> distance(plain, plain(name)) <= Math.max(1, name.length() / 3))
                .min(Comparator.comparingInt(name -> distance(plain, plain(name))))
                .map(name -> "; did you mean `" + name + "`?")
                .orElse("");
    }

    /** Without what only separates words, so that {@code revalidateAfter} is {@code revalidate-after}. */
    private static String plain(String name) {
        String shortened = name.substring(0, Math.min(name.length(), 64));
        return shortened.replaceAll("[-_. ]", "").toLowerCase(Locale.ROOT);
    }

    /** Insertions, deletions, substitutions and swaps of neighbours that lead from one to the other. */
    private static int distance(String from, String to) {
        var d = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int change = from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + change);
                if (i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[from.length()][to.length()];
    }
}
