package io.sessiongate.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads one entry of {@code routes} and checks what can be checked without the other routes. */
final class RouteSection {

    /** Printable ASCII without a second slash or a backslash, which browsers read as another site's address. */
    private static final Pattern LOCAL = Pattern.compile("/([!-~&&[^/\\\\#]][!-~&&[^\\\\#]]*)?");

    private final Section section;
    private final Map<String, Section> realms;
    private final Collection<String> upstreams;
    private final Collection<String> rateLimits;

    RouteSection(
            Section section, Map<String, Section> realms, Collection<String> upstreams, Collection<String> rateLimits) {
        this.rateLimits = rateLimits;
        this.section = section;
        this.realms = realms;
        this.upstreams = upstreams;
    }

    /** Null, with errors reported, when a part that every route has is missing or wrong. */
    @Nullable RouteConfig read() {
        @Nullable String path = section.parsed("path", text -> {
            RoutePath.parse(text);
            return text;
        });
        @Nullable String host = section.optionalText("host");
        @Nullable Access access = access();
        @Nullable String signIn = section.parsed("sign-in", RouteSection::signIn);
        @Nullable Duration stale = section.has("stale") ? stale() : null;
        boolean preflight = section.flag("preflight");
        boolean keeps = section.has("session-endpoint");
        if (keeps && path != null && RoutePath.parse(path).tree()) {
            section.error("session-endpoint", "is for one path such as /api/auth/session, not for a tree");
        }
        String realm = section.text("realm");
        exists("upstream", upstreams);
        List<String> limits = RateLimitSection.named(section, rateLimits);
        if (access instanceof Access.Public) {
            meaninglessOnPublic(keeps);
            if (keeps) {
                exists("realm", realms.keySet());
                shortensStale(realm, stale);
            }
        } else if (access != null || section.has("realm")) {
            exists("realm", realms.keySet());
            shortensStale(realm, stale);
        }
        if (path == null || access == null || !section.sound("upstream")) {
            return null;
        }
        return new RouteConfig(
                host == null ? null : host.toLowerCase(Locale.ROOT),
                path,
                new HashSet<>(section.texts("methods")),
                access,
                section.text("upstream"),
                realm,
                signIn,
                stale,
                preflight,
                keeps,
                limits,
                section.location());
    }

    private @Nullable Access access() {
        JsonNode value = section.source().at(section.path().child("access"));
        if (!section.sound("access")) {
            return null;
        }
        if (value.isObject()) {
            return new Access.Roles(Set.copyOf(section.section("access").texts("roles")));
        }
        return value.asString().equals("public") ? new Access.Public() : new Access.Authenticated();
    }

    private void exists(String key, Collection<String> names) {
        String name = section.text(key);
        if (!section.usable(key) || name.isEmpty() || names.contains(name)) {
            return;
        }
        String shown = section.has(key) ? section.shown(key) : "`" + name + "`, the default,";
        String suggestion =
                section.source().substituted().contains(section.path().child(key)) ? "" : Suggestion.of(name, names);
        String known = names.isEmpty() ? "; there is none yet" : "; expected one of " + String.join(", ", names);
        section.error(key, shown + " is not among the " + key + "s" + (suggestion.isEmpty() ? known : suggestion));
    }

    /** A public session endpoint looks at tokens, and refuses nobody. */
    private void meaninglessOnPublic(boolean looksAtTokens) {
        for (String key : new String[] {"sign-in", "stale"}) {
            if (section.has(key) && !(looksAtTokens && key.equals("stale"))) {
                section.error(key, "has no meaning on a public route, which asks nobody to sign in; remove it");
            }
        }
        for (String key : new String[] {"realm", "preflight"}) {
            if (section.has(key) && !looksAtTokens) {
                section.warn(key, "has no effect on a public route, which looks at no token");
            }
        }
    }

    private Duration stale() {
        return section.text("stale").equals("never") ? Duration.ZERO : section.duration("stale");
    }

    private void shortensStale(String realm, @Nullable Duration stale) {
        @Nullable Section judge = realms.get(realm);
        if (judge == null || stale == null) {
            return;
        }
        Section check = judge.section("session").section("check");
        Duration limit = check.duration("serve-stale-for");
        if (check.usable("serve-stale-for") && stale.compareTo(limit) > 0) {
            section.error(
                    "stale",
                    section.shown("stale") + " is longer than the realm's serve-stale-for, which it can only"
                            + " shorten");
        }
    }

    private static String signIn(String text) {
        if (text.startsWith("/")) {
            if (!LOCAL.matcher(text).matches()) {
                throw new IllegalArgumentException("expected a path such as /login, with one slash at its beginning"
                        + " and without spaces, backslashes and #");
            }
            RoutePath path = RoutePath.parse(localPath(text));
            if (path.tree()) {
                throw new IllegalArgumentException("expected one path such as /login, not a tree");
            }
            return text;
        }
        try {
            URI uri = new URI(text);
            String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
            if ((scheme.equals("https") || scheme.equals("http"))
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawFragment() == null
                    && text.chars().allMatch(c -> c < 0x7f)) {
                return text;
            }
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException("expected a path such as /login or an absolute http(s) URL", e);
        }
        throw new IllegalArgumentException("expected a path such as /login or an absolute http(s) URL");
    }

    /** The path of a local sign-in address, without its query. */
    static String localPath(String signIn) {
        int query = signIn.indexOf('?');
        return query < 0 ? signIn : signIn.substring(0, query);
    }
}
