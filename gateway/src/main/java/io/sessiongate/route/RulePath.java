package io.sessiongate.route;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The path of a rule, as configured. It must read the same whichever way an application reads it, or no request could
 * ever be certain to mean it.
 *
 * @param segments decoded
 * @param tree whether everything below belongs to it
 */
record RulePath(List<String> segments, boolean tree) {

    RulePath {
        segments = List.copyOf(segments);
    }

    /** Throws {@link IllegalArgumentException} with a sentence for the user. */
    static RulePath parse(String path) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("must begin with /");
        }
        boolean tree = path.endsWith("/**");
        String base = tree ? path.substring(0, path.length() - 3) : path;
        if (base.endsWith("/")) {
            base = base.substring(0, base.length() - 1);
        }
        var segments = new ArrayList<String>();
        if (!base.isEmpty()) {
            for (String segment : base.substring(1).split("/", -1)) {
                segments.add(decode(segment));
            }
        }
        return new RulePath(segments, tree);
    }

    private static String decode(String written) {
        String segment = Percent.decodeStrictly(written);
        String reason = segment == null ? "has an invalid percent encoding" : objection(segment);
        if (segment == null || reason != null) {
            throw new IllegalArgumentException("segment \"" + written + "\" " + reason);
        }
        return segment;
    }

    private static @Nullable String objection(String segment) {
        if (segment.isEmpty()) {
            return "is empty: write one slash between segments";
        }
        if (segment.indexOf('*') >= 0) {
            return "has a *: only /** at the end stands for other paths";
        }
        for (int i = 0; i < segment.length(); i++) {
            char c = segment.charAt(i);
            if (Character.isISOControl(c) || "/\\;?#%".indexOf(c) >= 0) {
                return "has a character that applications read in different ways, one of / \\ ; ? # % or a control";
            }
        }
        char last = segment.charAt(segment.length() - 1);
        if (last == '.' || last == ' ') {
            return "ends in a dot or a space, which some systems drop";
        }
        if (!Normalizer.isNormalized(segment, Normalizer.Form.NFKC)) {
            return "is not in the Unicode form NFKC";
        }
        return null;
    }

    /**
     * The segment as it stands in a request target: what is not allowed in a path (RFC 3986 section 3.3) as UTF-8 in
     * percent encoding with upper-case digits.
     */
    static String encode(String segment) {
        var out = new StringBuilder(segment.length() + 8);
        for (byte b : segment.getBytes(StandardCharsets.UTF_8)) {
            int c = b & 0xff;
            if (c > 0x20 && c < 0x7f && "\"<>^`{|}%".indexOf(c) < 0) {
                out.append((char) c);
            } else {
                Percent.append(out, c);
            }
        }
        return out.toString();
    }
}
