package io.sessiongate.app.status;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Keys of one part of the configuration that may be seen, with their values. Takes only what cannot hold a secret: numbers,
 * durations, flags, words of ours, and names that are shown by whoever calls {@link #name} deliberately. Of a secret it is
 * told no more than that there is one.
 */
final class Shown {

    private static final int MAX_NAMES = 32;

    private final String section;
    private final List<Map<String, Object>> rows = new ArrayList<>();

    Shown(String section) {
        this.section = section;
    }

    Shown flag(String key, boolean value) {
        return row(key, Boolean.toString(value));
    }

    Shown number(String key, long value) {
        return row(key, Long.toString(value));
    }

    Shown word(String key, Enum<?> value) {
        return row(key, value.name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    Shown duration(String key, Duration value) {
        return row(key, text(value));
    }

    /** A name that was looked at and can be no secret; null is shown as none. */
    Shown name(String key, @Nullable String value) {
        return row(key, value == null ? "none" : value);
    }

    /** Where a file is; null is shown as none. */
    Shown path(String key, @Nullable Path value) {
        return row(key, value == null ? "none" : value.toString());
    }

    /** The same of several names; a long list is cut. */
    Shown names(String key, Collection<String> values) {
        String some = String.join(", ", values.stream().limit(MAX_NAMES).toList());
        int more = values.size() - MAX_NAMES;
        return row(key, values.isEmpty() ? "none" : more > 0 ? some + " and " + more + " more" : some);
    }

    /** A URL without user, password, query and fragment; of what is no such thing nothing. */
    Shown address(String key, @Nullable String url) {
        return row(key, url == null ? "none" : bare(url));
    }

    /** Whether there is one, and nothing else. */
    Shown secret(String key, boolean there) {
        if (there) {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("key", key);
            row.put("secret", true);
            rows.add(row);
            return this;
        }
        return row(key, "none");
    }

    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("name", section);
        map.put("rows", rows);
        return map;
    }

    private Shown row(String key, String value) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("key", key);
        row.put("value", value);
        rows.add(row);
        return this;
    }

    /** By hand, as a URI that cannot be parsed has to be kept from view as well. */
    static String bare(String url) {
        int end = url.length();
        for (char stop : new char[] {'?', '#'}) {
            int at = url.indexOf(stop);
            end = at >= 0 ? Math.min(end, at) : end;
        }
        String rest = url.substring(0, end);
        int authority = rest.indexOf("://") < 0 ? 0 : rest.indexOf("://") + 3;
        int user = rest.lastIndexOf('@');
        return user < authority ? rest : rest.substring(0, authority) + rest.substring(user + 1);
    }

    /** As it is written in the file, with the address in place of a name. */
    static String text(InetSocketAddress address) {
        String host = address.getAddress() == null
                ? address.getHostString()
                : address.getAddress().getHostAddress();
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
    }

    /** Shortest exact form, as it is written in the file: {@code 90s}, {@code 5m}. */
    static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis == 0) {
            return "0s";
        }
        if (millis % 1_000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1_000;
        if (seconds % 86_400 == 0 && seconds > 86_400) {
            return seconds / 86_400 + "d";
        }
        return seconds % 3_600 == 0 ? seconds / 3_600 + "h" : seconds % 60 == 0 ? seconds / 60 + "m" : seconds + "s";
    }
}
