package io.sessiongate.app;

import io.sessiongate.app.AdminServer.Page;
import io.sessiongate.config.CidrBlock;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Pages of the admin port that people open in a browser, under names that can only mean this machine: an IP address, {@code
 * localhost}, or a name that the configuration gives. A page from elsewhere can have its own name lead here once it is loaded
 * (DNS rebinding), and its script would then read the port as its own; the name it asks under gives it away. Machines ask for
 * other pages, by whatever name their service has. Immutable, but for the names.
 */
final class BrowserPages {

    static final BrowserPages NONE = new BrowserPages(Map.of(), Set::of);

    private final Map<String, Supplier<Page>> pages;
    private final Supplier<Set<String>> hosts;

    /**
     * The pages.
     *
     * @param pages by path
     * @param hosts further names that hold now, in lower case; asked for each time
     */
    BrowserPages(Map<String, Supplier<Page>> pages, Supplier<Set<String>> hosts) {
        this.pages = Collections.unmodifiableMap(new LinkedHashMap<>(pages));
        this.hosts = hosts;
    }

    Set<String> paths() {
        return pages.keySet();
    }

    /**
     * What that path answers; null where there is no such page.
     *
     * @param host values of {@code Host}, of which there must be exactly one
     */
    @Nullable Supplier<Page> find(String path, List<String> host) {
        @Nullable Supplier<Page> page = pages.get(path);
        return page == null || (host.size() == 1 && isOurs(host.get(0))) ? page : BrowserPages::misdirected;
    }

    /** RFC 9110 section 15.5.20: for this name nobody is responsible here. */
    private static Page misdirected() {
        return Page.text(
                421,
                "This page is shown under an IP address or localhost; admin.hosts in the configuration allows other names.\n");
    }

    private boolean isOurs(String authority) {
        @Nullable String host = host(authority);
        if (host == null) {
            return false;
        }
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost") || hosts.get().contains(name) || CidrBlock.address(name) != null;
    }

    /** Without port and brackets; null where it is not a host with or without a port. */
    private static @Nullable String host(String authority) {
        if (authority.startsWith("[")) {
            int end = authority.indexOf(']');
            return end > 0 && isPort(authority, end + 1) ? authority.substring(1, end) : null;
        }
        int colon = authority.indexOf(':');
        int end = colon < 0 ? authority.length() : colon;
        return end > 0 && isPort(authority, end) ? authority.substring(0, end) : null;
    }

    /** Whether nothing follows from there on, or a colon and digits. */
    private static boolean isPort(String authority, int from) {
        if (from == authority.length()) {
            return true;
        }
        for (int i = from + 1; i < authority.length(); i++) {
            if (authority.charAt(i) < '0' || authority.charAt(i) > '9') {
                return false;
            }
        }
        return authority.charAt(from) == ':';
    }
}
