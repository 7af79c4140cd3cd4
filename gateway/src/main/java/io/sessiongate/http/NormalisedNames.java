package io.sessiongate.http;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Header names as applications confuse them: any letter case, and {@code -}, {@code _} and {@code .} alike. CGI and its
 * heirs (WSGI, Rack, PHP) turn {@code X-Auth-Subject}, {@code X_Auth_Subject} and, some of them, {@code X.Auth.Subject}
 * into one variable. Immutable; a look-up allocates nothing.
 */
public final class NormalisedNames {

    /** By length, so that a look-up compares the few names that can match. */
    private final String[][] byLength;

    private final String[] prefixes;

    /** By length, the first characters that names of the set have: nearly every other name fails here. */
    private final long[] firsts;

    private final long prefixFirsts;

    private NormalisedNames(String[][] byLength, String[] prefixes) {
        this.byLength = byLength;
        this.prefixes = prefixes;
        this.firsts = new long[byLength.length];
        for (int length = 0; length < byLength.length; length++) {
            for (String name : byLength[length]) {
                firsts[length] |= bit(name);
            }
        }
        long all = 0;
        for (String prefix : prefixes) {
            all |= bit(prefix);
        }
        this.prefixFirsts = all;
    }

    /** One of 64 classes of first characters, the normalised ones apart. */
    private static long bit(CharSequence name) {
        return name.length() == 0 ? 0 : 1L << normalise(name.charAt(0));
    }

    /**
     * The set of these names, and of all that begin as one of the prefixes.
     *
     * @param prefixes may be empty
     */
    public static NormalisedNames of(Collection<String> names, Collection<String> prefixes) {
        int longest = names.stream().mapToInt(String::length).max().orElse(0);
        List<List<String>> byLength = new ArrayList<>();
        for (int i = 0; i <= longest; i++) {
            byLength.add(new ArrayList<>());
        }
        for (String name : names) {
            List<String> same = byLength.get(name.length());
            String normal = normalise(name);
            if (!same.contains(normal)) {
                same.add(normal);
            }
        }
        return new NormalisedNames(
                byLength.stream().map(same -> same.toArray(String[]::new)).toArray(String[][]::new),
                prefixes.stream().map(NormalisedNames::normalise).toArray(String[]::new));
    }

    /** Whether the name, in whatever spelling, is in the set. */
    public boolean contains(CharSequence name) {
        int length = name.length();
        long first = bit(name);
        if (length < byLength.length && (firsts[length] & first) != 0) {
            for (String candidate : byLength[length]) {
                if (beginsAs(name, candidate)) {
                    return true;
                }
            }
        }
        if ((prefixFirsts & first) == 0) {
            return false;
        }
        for (String prefix : prefixes) {
            if (length >= prefix.length() && beginsAs(name, prefix)) {
                return true;
            }
        }
        return false;
    }

    private static boolean beginsAs(CharSequence name, String normal) {
        for (int i = 0; i < normal.length(); i++) {
            if (normalise(name.charAt(i)) != normal.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static String normalise(String name) {
        var normal = new StringBuilder(name.length());
        name.chars().forEach(c -> normal.append(normalise((char) c)));
        return normal.toString();
    }

    /** Names are ASCII (RFC 9110 section 5.6.2); anything else never gets here, and would be compared as it is. */
    private static char normalise(char c) {
        if (c >= 'A' && c <= 'Z') {
            return (char) (c + 32);
        }
        return c == '_' || c == '.' ? '-' : c;
    }
}
