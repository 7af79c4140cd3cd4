package io.sessiongate.route;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All the paths that applications may see in one path. The closed list of what software does to a path before it looks
 * for a handler (docs/adr/0020-path-readings.md); readings are all results of these steps, in any order, any number of
 * times:
 *
 * <ol>
 *   <li>percent-decoding, as UTF-8; the second decoding leaves invalid escapes as they are
 *   <li>cutting at a decoded {@code ?} or {@code #}
 *   <li>backslash read as slash
 *   <li>{@code ;parameters} removed from each segment
 *   <li>repeated slashes merged
 *   <li>a beginning of two slashes read as a host name (RFC 3986 section 4.2), as {@code new URL(target, base)} does
 *   <li>dots and spaces at the end of a segment dropped, as Windows does
 *   <li>characters replaced by compatible ones (Unicode NFKC)
 * </ol>
 *
 * Letter case is the look-up's: {@link PathTree#find}.
 */
final class Readings {

    /** What comparing may cost, about a millisecond at worst: more than an honest path of 8 KiB needs. */
    private static final int MAX_READINGS = 64;

    private static final int MAX_CHARS = 1 << 15;

    private static final List<UnaryOperator<String>> STEPS = List.of(
            Readings::cut,
            path -> path.replace('\\', '/'),
            Readings::withoutParameters,
            Readings::mergeSlashes,
            Readings::withoutAuthority,
            Readings::withoutTrailingDotsAndSpaces,
            path -> Normalizer.normalize(path, Normalizer.Form.NFKC));

    private final Set<String> paths = new LinkedHashSet<>();
    private final List<String> unread = new ArrayList<>();
    private int chars;
    private @Nullable String refusal;

    private Readings(String path) {
        add(path);
        while (!unread.isEmpty() && refusal == null) {
            String next = unread.remove(unread.size() - 1);
            add(Percent.decode(next));
            for (UnaryOperator<String> step : STEPS) {
                add(step.apply(next));
            }
        }
    }

    /** The readings of a path without query, the path as it is first. */
    static Readings of(String path) {
        return new Readings(Percent.upperCaseDigits(path));
    }

    /** Why the path is refused whatever the rules are, a fixed sentence; null where the rules decide. */
    @Nullable String refusal() {
        return refusal;
    }

    /** Distinct, each beginning with a slash; complete only where there is no refusal. */
    Set<String> paths() {
        return paths;
    }

    private void add(@Nullable String path) {
        if (path == null) {
            refusal = "The path is not valid UTF-8 once decoded.";
        } else if (paths.add(path)) {
            chars += path.length();
            unread.add(path);
            if (paths.size() > MAX_READINGS || chars > MAX_CHARS) {
                refusal = "The path can be read in too many ways.";
            } else if (hasDotSegment(path)) {
                refusal = "The path has a dot segment.";
            } else if (hasControl(path)) {
                refusal = "The path has a control character.";
            }
        }
    }

    /**
     * Whether a segment, ended by a slash or by what else may be read as its end, is made of dots, or of dots and
     * spaces, which Windows reads as fewer dots.
     */
    private static boolean hasDotSegment(String path) {
        boolean dots = false;
        boolean others = false;
        for (int i = 0; i <= path.length(); i++) {
            char c = i == path.length() ? '/' : path.charAt(i);
            if (c == '/' || c == '\\') {
                if (dots && !others) {
                    return true;
                }
                dots = false;
                others = false;
            } else {
                dots |= c == '.';
                others |= c != '.' && c != ' ';
            }
        }
        return false;
    }

    private static boolean hasControl(String path) {
        for (int i = 0; i < path.length(); i++) {
            if (Character.isISOControl(path.charAt(i))) {
                return true;
            }
        }
        return false;
    }

    private static String cut(String path) {
        int question = path.indexOf('?');
        int hash = path.indexOf('#');
        int end = question < 0 || (hash >= 0 && hash < question) ? hash : question;
        return end < 0 ? path : path.substring(0, end);
    }

    private static String withoutParameters(String path) {
        if (path.indexOf(';') < 0) {
            return path;
        }
        var out = new StringBuilder(path.length());
        boolean parameters = false;
        for (int i = 0; i < path.length(); i++) {
            char c = path.charAt(i);
            parameters = c == ';' || (parameters && c != '/');
            if (!parameters) {
                out.append(c);
            }
        }
        return out.toString();
    }

    private static String mergeSlashes(String path) {
        if (!path.contains("//")) {
            return path;
        }
        var out = new StringBuilder(path.length());
        for (int i = 0; i < path.length(); i++) {
            if (path.charAt(i) != '/' || i == 0 || path.charAt(i - 1) != '/') {
                out.append(path.charAt(i));
            }
        }
        return out.toString();
    }

    private static String withoutAuthority(String path) {
        if (!path.startsWith("//")) {
            return path;
        }
        int slash = path.indexOf('/', 2);
        return slash < 0 ? "/" : path.substring(slash);
    }

    private static String withoutTrailingDotsAndSpaces(String path) {
        if (path.indexOf('.') < 0 && path.indexOf(' ') < 0) {
            return path;
        }
        var out = new StringBuilder(path.length());
        for (int i = 0; i <= path.length(); i++) {
            if (i == path.length() || path.charAt(i) == '/') {
                int keep = out.length();
                while (keep > 0 && (out.charAt(keep - 1) == '.' || out.charAt(keep - 1) == ' ')) {
                    keep--;
                }
                out.setLength(keep);
            }
            if (i < path.length()) {
                out.append(path.charAt(i));
            }
        }
        return out.toString();
    }
}
