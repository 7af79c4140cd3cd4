package io.sessiongate.flow;

import io.sessiongate.config.RouteConfig;
import io.sessiongate.flow.rate.Rates;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.FieldLine;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.RequestHead;
import io.sessiongate.session.SessionVerdict;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Faults to HTTP answers, the only place that does it: {@code application/problem+json} (RFC 9457), challenges (RFC
 * 6750), and the redirect that takes a browser to the sign-in page. Stateless.
 */
final class Answers {

    private static final Set<String> ORDINARY_METHODS =
            new TreeSet<>(Set.of("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"));

    Answer render(Request request, Fault fault) {
        FaultKind kind = fault.kind();
        if (kind == FaultKind.DEADLINE_EXCEEDED) {
            return late(request, kind);
        }
        @Nullable String signIn = kind.status() == 401 ? signInAddress(request) : null;
        List<Map.Entry<String, String>> fields = new ArrayList<>(6);
        // What we say about one request must not be kept for another.
        fields.add(Map.entry("Cache-Control", "no-store"));
        fields.add(Map.entry(RequestIds.FIELD, request.id()));
        @Nullable FieldLine hsts = request.from().entrance().hsts();
        if (hsts != null) {
            fields.add(Map.entry(hsts.name().toString(), hsts.value()));
        }
        if (signIn != null) {
            tellRates(request, fields);
            fields.add(Map.entry("Location", signIn));
            return new Answer(302, kind, fields, "");
        }
        @Nullable String challenge = challenge(request, kind);
        if (challenge != null) {
            fields.add(Map.entry("WWW-Authenticate", challenge));
        }
        if (kind == FaultKind.METHOD_NOT_ALLOWED) {
            @Nullable Set<String> allow = request.allow;
            fields.add(Map.entry("Allow", String.join(", ", allow == null ? ORDINARY_METHODS : allow)));
        }
        tellRates(request, fields);
        if (kind.retryLater()) {
            fields.add(Map.entry("Retry-After", Long.toString(retryAfterSeconds(request, kind))));
        }
        fields.add(Map.entry("Content-Type", "application/problem+json"));
        return new Answer(kind.status(), kind, fields, problem(request, fault));
    }

    /**
     * As a server of gRPC says it: from a 504 a client would take that the call may be made again. The other statuses it maps
     * to codes that fit.
     */
    private static Answer late(Request request, FaultKind kind) {
        return new Answer(
                200,
                kind,
                List.of(
                        Map.entry("Content-Type", "application/grpc"),
                        Map.entry(RequestIds.FIELD, request.id()),
                        Map.entry("grpc-status", "4"),
                        Map.entry("grpc-message", kind.title())),
                "");
    }

    /** An answer that holds for any request, with what is said on this one of the transport and of limits. */
    static Answer completed(Request request, Answer answer) {
        @Nullable FieldLine hsts = request.from().entrance().hsts();
        if (hsts == null && request.rates == null) {
            return answer;
        }
        List<Map.Entry<String, String>> fields = new ArrayList<>(answer.fields());
        if (hsts != null) {
            fields.add(Map.entry(hsts.name().toString(), hsts.value()));
        }
        tellRates(request, fields);
        return new Answer(answer.status(), answer.kind(), fields, answer.body());
    }

    /** Sends a request that came in plain text to the same host and target over https; 308 keeps method and body. */
    Answer secured(Request request) {
        RequestHead head = request.head();
        @Nullable String host = head.first(FieldName.HOST);
        if (host == null) {
            return render(
                    request,
                    new Fault(FaultKind.MALFORMED_REQUEST, "Over https a Host is needed, which was not sent."));
        }
        int port = request.from().entrance().httpsPort();
        String target = head.target();
        String location = "https://" + withoutPort(host) + (port == 443 ? "" : ":" + port)
                + (target.startsWith("/") ? target : "/");
        return new Answer(
                308,
                null,
                List.of(
                        Map.entry("Cache-Control", "no-store"),
                        Map.entry(RequestIds.FIELD, request.id()),
                        Map.entry("Location", location)),
                "");
    }

    /** The wire has seen to it that there is nothing else in it than a name or address and perhaps a port. */
    private static String withoutPort(String host) {
        int colon = host.lastIndexOf(':');
        return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    }

    /** RFC 6750 section 3: no error code when no token was sent. */
    private static @Nullable String challenge(Request request, FaultKind kind) {
        @Nullable RouteConfig route = request.route;
        String realm = "Bearer realm=\"" + (route == null ? "default" : route.realm()) + '"';
        return switch (kind) {
            case TOKEN_MISSING -> realm;
            case TOKEN_CONFLICT -> realm + ", error=\"invalid_request\"";
            case TOKEN_INVALID, TOKEN_EXPIRED, SESSION_ENDED ->
                realm + ", error=\"invalid_token\", error_description=\"" + kind.title() + '"';
            case ROLE_MISSING -> realm + ", error=\"insufficient_scope\"";
            default -> null;
        };
    }

    private static void tellRates(Request request, List<Map.Entry<String, String>> fields) {
        @Nullable Rates rates = request.rates;
        if (rates != null) {
            rates.tell((name, value) -> fields.add(Map.entry(name, value)));
        }
    }

    private static long retryAfterSeconds(Request request, FaultKind kind) {
        @Nullable Rates rates = request.rates;
        if (kind == FaultKind.RATE_LIMITED && rates != null) {
            return rates.retryAfterSeconds();
        }
        return request.session instanceof SessionVerdict.Unknown unknown ? Math.max(1, unknown.retryAfterSeconds()) : 1;
    }

    /** Where a browser's navigation goes to sign in, or null for everyone else. */
    private static @Nullable String signInAddress(Request request) {
        @Nullable RouteConfig route = request.route;
        if (route == null || route.signIn() == null || !isNavigation(request.head())) {
            return null;
        }
        String signIn = route.signIn();
        String target = request.head().target();
        // "//host" and "/\host" would make the application's redirect back leave the site.
        boolean leaves = target.startsWith("//") || target.startsWith("/\\") || !target.startsWith("/");
        String back = URLEncoder.encode(leaves ? "/" : target, StandardCharsets.UTF_8);
        return signIn + (signIn.indexOf('?') < 0 ? '?' : '&') + "callbackUrl=" + back;
    }

    /** Fetch metadata where the browser sends it; else a GET that asks for HTML before anything else. */
    private static boolean isNavigation(RequestHead head) {
        if (!head.method().equals("GET") && !head.method().equals("HEAD")) {
            return false;
        }
        @Nullable String mode = head.first("sec-fetch-mode");
        if (mode != null) {
            return mode.equals("navigate");
        }
        @Nullable String accept = head.first("accept");
        return accept != null
                && accept.toLowerCase(Locale.ROOT).stripLeading().startsWith("text/html")
                && head.first("x-requested-with") == null;
    }

    /** All parts are ours or checked to be plain characters, so that nothing needs escaping. */
    private static String problem(Request request, Fault fault) {
        FaultKind kind = fault.kind();
        return "{\"type\":\"urn:sessiongate:problem:" + kind.slug() + "\",\"title\":\"" + kind.title()
                + "\",\"status\":" + kind.status() + ",\"detail\":\"" + fault.detail() + "\",\"request_id\":\""
                + request.id() + "\"}\n";
    }
}
