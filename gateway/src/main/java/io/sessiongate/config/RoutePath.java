package io.sessiongate.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The path of a route as written: exact, or a tree that ends in {@code /**}.
 *
 * @param base the path without {@code /**} and without a trailing slash, lower case: two routes of one base are told
 *     apart by nothing that an application surely tells apart
 */
record RoutePath(String base, boolean tree) {

    private static final String TREE = "/**";

    /** What a path may hold unencoded (RFC 3986 section 3.3), less what parts of the web read differently. */
    private static final Pattern ALLOWED = Pattern.compile("[A-Za-z0-9/._~!$&'()+,=:@-]+");

    /** Throws {@link IllegalArgumentException} with a sentence when the text is not the path of a route. */
    static RoutePath parse(String text) {
        boolean tree = text.endsWith(TREE);
        String path = tree ? text.substring(0, text.length() - TREE.length()) : text;
        if (!text.startsWith("/")) {
            throw new IllegalArgumentException("expected a path that begins with /");
        }
        if (path.contains("*")) {
            throw new IllegalArgumentException("`*` may stand only in a final /**; expected /login or /api/**");
        }
        if (text.contains("//")) {
            throw new IllegalArgumentException("has an empty segment (//); requests are matched without");
        }
        if (Arrays.stream(path.split("/", -1)).anyMatch(s -> s.equals(".") || s.equals(".."))) {
            throw new IllegalArgumentException("has a dot segment; requests are matched without");
        }
        if (!path.isEmpty() && !ALLOWED.matcher(path).matches()) {
            throw new IllegalArgumentException("has a character that no matched path has; expected letters, digits and"
                    + " . _ ~ ! $ & ' ( ) + , = : @ - between slashes");
        }
        String base = path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
        return new RoutePath(base.toLowerCase(Locale.ROOT), tree);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof RoutePath path && tree == path.tree && base.equals(path.base);
    }

    @Override
    public int hashCode() {
        return base.hashCode() + Boolean.hashCode(tree);
    }

    /** Whether a request for the other path, an exact one, comes here. */
    boolean covers(RoutePath exact) {
        return base.equals(exact.base) || (tree && exact.base.startsWith(base + "/"));
    }

    /** Higher wins: longer before shorter, exact before the tree of the same base. */
    int specificity() {
        return 2 * base.length() + (tree ? 0 : 1);
    }
}
