package io.sessiongate.identity;

import io.sessiongate.config.GatewayConfig;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.HopByHop;
import io.sessiongate.http.NormalisedNames;
import io.sessiongate.http.RequestHead;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * What a client may not send to the application: fields of one hop, fields the application believes to be ours, and
 * fields that make a framework act on another request than the one we judged. Removed from every request on every route,
 * public ones too, in whatever spelling ({@link NormalisedNames}). Immutable, for any thread.
 */
public final class InboundFields {

    /** Fields with which the parts of a framework talk to each other, and believe whoever sends them. */
    private static final List<String> INTERNAL = List.of(
            // Next.js takes routing decisions from these (its own filterInternalHeaders, not in every version).
            "x-now-route-matches",
            "x-matched-path",
            // Next.js: its middleware's verdicts; -subrequest skips it altogether (CVE-2025-29927). Named one by one,
            // as
            // browsers do send x-middleware-prefetch.
            "x-middleware-subrequest",
            "x-middleware-subrequest-id",
            "x-middleware-invoke",
            "x-middleware-next",
            "x-middleware-redirect",
            "x-middleware-rewrite",
            "x-middleware-set-cookie",
            "x-middleware-skip",
            "x-middleware-override-headers",
            // OpenNext: answers as a revalidation, past the middleware (opennextjs-aws issue 808).
            "x-isr",
            // Astro on Vercel: another path than the request's (CVE-2026-33768), and values for the page's code.
            "x-astro-path",
            "x-astro-locals",
            // React Router: data of our choice for a page, and another way of rendering (CVE-2025-43865, -43864).
            "x-react-router-prerender-data",
            "x-react-router-spa-mode",
            // Symfony, Zend, IIS rewriting, Laminas: another path than the request's.
            "x-original-url",
            "x-rewrite-url",
            // Rack::Sendfile: files named by the client (CVE-2025-61780).
            "x-sendfile-type",
            "x-accel-mapping",
            // CGI turns it into HTTP_PROXY, which libraries obey (httpoxy, CVE-2016-5385).
            "proxy");

    private static final List<String> INTERNAL_PREFIXES = List.of(
            // Next.js: request fields and answers of its middleware, and the path its render server takes.
            "x-middleware-request-",
            "x-middleware-response-",
            "x-invoke-",
            // OpenNext: resolved route and initial URL.
            "x-opennext-");

    /** The application would act on another method than the rule was found for (Rails, Laravel, ASP.NET, Express). */
    private static final List<String> METHOD_OVERRIDES =
            List.of("x-http-method-override", "x-http-method", "x-method-override");

    /**
     * What a trailer may not bring after the head was judged (RFC 9110 section 6.5.1): framing, routing, credentials,
     * conditions, content handling, and what the gateway itself writes.
     */
    private static final List<String> HEAD_ONLY = List.of(
            "host",
            "content-length",
            "content-encoding",
            "content-type",
            "content-range",
            "authorization",
            "cookie",
            "set-cookie",
            "expect",
            "max-forwards",
            "cache-control",
            "pragma",
            "range",
            "if-match",
            "if-none-match",
            "if-modified-since",
            "if-unmodified-since",
            "if-range",
            "origin",
            "referer",
            "via",
            "forwarded",
            "x-real-ip",
            "x-request-id");

    private static final List<String> HEAD_ONLY_PREFIXES = List.of("x-forwarded-");

    private final NormalisedNames stripped;
    private final NormalisedNames notInTrailers;
    private final Predicate<CharSequence> isStripped;

    /**
     * Builds the set.
     *
     * @param identityHeaders all names that any realm writes
     * @param rulesByMethod whether any route's rule depends on the method; if none does, a method override changes
     *     nothing that was judged, and old clients that depend on one are left alone
     */
    public InboundFields(Collection<String> identityHeaders, boolean rulesByMethod) {
        var names = new ArrayList<>(identityHeaders);
        names.addAll(HopByHop.ALWAYS);
        names.addAll(INTERNAL);
        if (rulesByMethod) {
            names.addAll(METHOD_OVERRIDES);
        }
        stripped = NormalisedNames.of(names, INTERNAL_PREFIXES);
        isStripped = stripped::contains;
        var headOnlyPrefixes = new ArrayList<>(INTERNAL_PREFIXES);
        headOnlyPrefixes.addAll(HEAD_ONLY_PREFIXES);
        names.addAll(HEAD_ONLY);
        names.addAll(METHOD_OVERRIDES);
        notInTrailers = NormalisedNames.of(names, headOnlyPrefixes);
    }

    /** The set for a configuration: the names of all realms, on all routes. */
    public static InboundFields of(GatewayConfig config) {
        Set<String> names = new HashSet<>(config.certificateHeaders());
        config.realms().values().forEach(realm -> names.addAll(realm.identity().headerNames()));
        boolean rulesByMethod =
                config.routes().stream().anyMatch(route -> !route.methods().isEmpty());
        return new InboundFields(names, rulesByMethod);
    }

    /**
     * Removes them all in one pass, with every field that {@code Connection} names. Framing must have been recorded
     * before. That {@code Connection} names a field the gateway relies on, such as {@code Cookie}, was refused before.
     */
    public void strip(RequestHead head) {
        Set<String> named = head.first(FieldName.CONNECTION) == null ? Set.of() : named(head.all(FieldName.CONNECTION));
        if (named.isEmpty()) {
            head.removeNames(isStripped);
        } else {
            head.removeNames(name -> stripped.contains(name) || named.contains(name.toString()));
        }
    }

    /** Whether a request's trailer of that name must be dropped. */
    public boolean forbiddenInTrailers(CharSequence name) {
        return notInTrailers.contains(name);
    }

    /** The fields that {@code Connection} names beside those removed anyway; hardly ever any. */
    private Set<String> named(List<String> lines) {
        Set<String> named = Set.of();
        for (String line : lines) {
            if (line.equalsIgnoreCase("keep-alive") || line.equalsIgnoreCase("close")) {
                continue;
            }
            // Split by hand: this is the request path, and an option list may be long.
            for (int from = 0; from <= line.length(); ) {
                int comma = line.indexOf(',', from);
                int to = comma < 0 ? line.length() : comma;
                String option = line.substring(from, to).strip();
                if (!option.isEmpty() && !stripped.contains(option)) {
                    named = named.isEmpty() ? new TreeSet<>(String.CASE_INSENSITIVE_ORDER) : named;
                    named.add(option);
                }
                from = to + 1;
            }
        }
        return named;
    }
}
