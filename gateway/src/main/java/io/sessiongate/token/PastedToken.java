package io.sessiongate.token;

import io.sessiongate.config.AuthJsConfig;
import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.http.RequestHead;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A token as a person copies it from a browser: bare, behind {@code Bearer}, as {@code name=value}, or as a whole
 * {@code Cookie} field with chunks in it. Immutable.
 *
 * @param token the text of the token, chunks joined
 * @param cookie the cookie it was in, or null where the text does not say
 * @param notes what else is noteworthy about the cookies
 */
public record PastedToken(String token, @Nullable String cookie, List<String> notes) {

    private static final int MOST_BYTES = 64 * 1024;

    /**
     * Reads what was pasted.
     *
     * @param searched the cookies that a realm searches, or nothing where none is known
     * @throws IllegalArgumentException with a sentence that says what the text is instead
     */
    public static PastedToken read(String pasted, List<String> searched) {
        String text = without(without(pasted.strip(), "Cookie:"), "Authorization:");
        text = without(text, "Bearer ");
        // Base64url in compact form has neither character, and begins so where it is a token.
        if (text.indexOf('=') < 0 || text.startsWith("eyJ")) {
            return new PastedToken(text, null, List.of());
        }
        Set<String> families = families(text);
        List<String> names =
                Stream.concat(searched.stream(), usual()).distinct().toList();
        List<String> there = names.stream().filter(families::contains).toList();
        if (there.isEmpty() && families.size() > 1) {
            throw new IllegalArgumentException("none of these cookies is searched: " + String.join(", ", families));
        }
        String name = there.isEmpty() ? families.iterator().next() : there.get(0);
        var notes = new ArrayList<String>();
        if (there.size() > 1) {
            notes.add("more than one session cookie is there (" + String.join(", ", there)
                    + "); unless all carry the same token, a request with them is refused");
        }
        if (!searched.isEmpty() && !searched.contains(name)) {
            notes.add("the realm does not search the cookie " + name + ", but " + String.join(", ", searched)
                    + "; name it in token.from");
        }
        return new PastedToken(joined(text, name), name, notes);
    }

    private static String joined(String text, String name) {
        Found found = new TokenFinder(List.of(new Source.Cookie(name)), MOST_BYTES, true).find(new CookieOnly(text));
        if (found instanceof TokenText token) {
            return token.text();
        }
        throw new IllegalArgumentException(
                found == TokenFinder.CONFLICT
                        ? "the cookies do not make one token: a chunk is missing, is there twice or stands beside the whole"
                                + " cookie, or another cookie's name begins with " + name
                        : found == TokenFinder.TOO_LARGE ? "too many chunks" : "the cookie " + name + " is empty");
    }

    /** The names of the cookies, without the number of a chunk. */
    private static Set<String> families(String text) {
        var names = new LinkedHashSet<String>();
        for (int from = 0; from < text.length(); ) {
            int semicolon = text.indexOf(';', from);
            int to = semicolon < 0 ? text.length() : semicolon;
            int equals = text.indexOf('=', from);
            if (equals > from && equals < to) {
                String name = text.substring(from, equals).strip();
                int dot = name.lastIndexOf('.');
                boolean numbered = dot > 0
                        && dot < name.length() - 1
                        && name.substring(dot + 1).chars().allMatch(c -> c >= '0' && c <= '9');
                names.add(numbered ? name.substring(0, dot) : name);
            }
            from = to + 1;
        }
        if (names.isEmpty()) {
            throw new IllegalArgumentException("neither a token nor a cookie with a name and a value");
        }
        return names;
    }

    private static Stream<String> usual() {
        return Stream.of(5, 4).flatMap(version -> AuthJsConfig.cookieNames(version).stream());
    }

    private static String without(String text, String prefix) {
        return text.regionMatches(true, 0, prefix, 0, prefix.length())
                ? text.substring(prefix.length()).strip()
                : text;
    }

    /** Nothing of the token. */
    @Override
    public String toString() {
        return "PastedToken";
    }

    /** A head that is one {@code Cookie} field. */
    private record CookieOnly(String cookies) implements RequestHead {

        @Override
        public @Nullable String first(CharSequence name) {
            return isCookie(name) ? cookies : null;
        }

        @Override
        public List<String> all(CharSequence name) {
            return isCookie(name) ? List.of(cookies) : List.of();
        }

        private static boolean isCookie(CharSequence name) {
            return name.toString().equalsIgnoreCase("Cookie");
        }

        @Override
        public void forEach(FieldVisitor visitor) {
            visitor.field("Cookie", cookies);
        }

        @Override
        public String method() {
            return "GET";
        }

        @Override
        public String target() {
            return "/";
        }

        @Override
        public void target(String target) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void set(CharSequence name, CharSequence value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void add(CharSequence name, CharSequence value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void remove(CharSequence name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void removeNames(Predicate<? super CharSequence> name) {
            throw new UnsupportedOperationException();
        }
    }
}
