package io.sessiongate.flow;

import io.sessiongate.config.CidrBlock;
import io.sessiongate.http.AddressBlock;
import io.sessiongate.http.FieldLine;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.FieldText;
import io.sessiongate.http.RequestHead;
import io.sessiongate.http.ResponseHead;
import io.sessiongate.identity.InboundFields;
import java.net.InetAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the application learns of the way a request came: {@code X-Forwarded-For/-Proto/-Host} and {@code Via}. From a
 * trusted proxy the fields are believed and extended; from anyone else every field of the family is removed first, in
 * any spelling. Thread-safe.
 */
public final class ForwardingFields {

    /** Removed from whoever is not trusted; some we never write, but applications read them. */
    public static final Set<String> FAMILY = Set.of(
            "Forwarded",
            "X-Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-Forwarded-Protocol",
            "X-Forwarded-Scheme",
            "X-Forwarded-Ssl",
            "X-Forwarded-Host",
            "X-Forwarded-Server",
            "X-Forwarded-Port",
            "X-Forwarded-Prefix",
            "X-Forwarded-By",
            "X-Forwarded-Path",
            "X-Forwarded-Uri",
            "X-Forwarded-Method",
            // What authenticating proxies say of the user.
            "X-Forwarded-User",
            "X-Forwarded-Email",
            "X-Forwarded-Groups",
            "X-Forwarded-Preferred-Username",
            // ASP.NET's names for what a proxy before it replaced.
            "X-Original-For",
            "X-Original-Proto",
            "X-Original-Host",
            "X-Original-Forwarded-For",
            "X-Host",
            "X-Http-Host-Override",
            "X-Real-Ip",
            "X-Client-Ip",
            "X-Cluster-Client-Ip",
            "X-Url-Scheme",
            "Front-End-Https",
            "True-Client-Ip",
            "Cf-Connecting-Ip",
            "Fastly-Client-Ip");

    private static final FieldLine VIA = FieldLine.of("Via", "1.1 sessiongate");
    private static final FieldLine VIA_10 = FieldLine.of("Via", "1.0 sessiongate");
    private static final FieldLine VIA_2 = FieldLine.of("Via", "2.0 sessiongate");
    private static final FieldLine HTTP = FieldLine.of(FieldName.X_FORWARDED_PROTO, "http");
    private static final FieldLine HTTPS = FieldLine.of(FieldName.X_FORWARDED_PROTO, "https");

    private final InboundFields fromAnyone;
    private final InboundFields fromTrusted;
    private final InboundFields preflightFromAnyone;
    private final InboundFields preflightFromTrusted;
    private final List<CidrBlock> trustedProxies;

    /**
     * Prepares the ways of cleaning a head.
     *
     * @param identityHeaders all names that any realm writes
     * @param rulesByMethod whether any route's rule depends on the method
     */
    public ForwardingFields(Collection<String> identityHeaders, boolean rulesByMethod, List<CidrBlock> trustedProxies) {
        Set<String> all = new HashSet<>(identityHeaders);
        all.addAll(FAMILY);
        this.fromAnyone = new InboundFields(all, rulesByMethod);
        this.fromTrusted = new InboundFields(identityHeaders, rulesByMethod);
        // A preflight passes without a token because of its method: nothing may turn it into another request.
        this.preflightFromAnyone = new InboundFields(all, true);
        this.preflightFromTrusted = new InboundFields(identityHeaders, true);
        this.trustedProxies = List.copyOf(trustedProxies);
    }

    /** Whether a request trailer of that name must not reach the application. */
    public boolean forbiddenInTrailers(CharSequence name) {
        return preflightFromAnyone.forbiddenInTrailers(name);
    }

    /** Cleans the inbound head of all that is ours to say, then says it. */
    void write(Request request, boolean preflight) {
        RequestHead head = request.head();
        boolean trusted = trusts(request.peer());
        inbound(trusted, preflight).strip(head);
        // Behind the strip: Connection could name it. Set, not left: a second one would be another id than the log's.
        head.set(idField(request));
        @Nullable Trace trace = request.trace;
        if (trace != null) {
            trace.write(head);
        }
        @Nullable FieldLine certificate = request.from().certificate();
        if (certificate != null) {
            head.set(certificate);
        }
        @Nullable String before = trusted ? joined(head.all(FieldName.X_FORWARDED_FOR)) : null;
        if (before == null) {
            head.set(request.from().forwardedFor());
        } else {
            head.set("X-Forwarded-For", before + ", " + request.from().text());
        }
        if (!trusted || !head.contains(FieldName.X_FORWARDED_PROTO)) {
            head.set(request.secure() ? HTTPS : HTTP);
        }
        if (!trusted || !head.contains(FieldName.X_FORWARDED_HOST)) {
            @Nullable FieldText host = head.text(FieldName.HOST);
            if (host != null) {
                head.set(FieldName.X_FORWARDED_HOST, host);
            }
        }
        joinCookies(head);
        head.add(received(request.protocol()));
    }

    /** Whose request it is: the last in the chain of proxies whom we do not trust. After {@link #write}, on the loop. */
    InetAddress client(Request request) {
        InetAddress client = request.peer();
        @Nullable String chain = trusts(client) ? request.head().first(FieldName.X_FORWARDED_FOR) : null;
        // The last one in it is the peer, written by us.
        for (int end = chain == null ? -1 : chain.lastIndexOf(','); end > 0 && chain != null; ) {
            int comma = chain.lastIndexOf(',', end - 1);
            @Nullable InetAddress before =
                    CidrBlock.address(chain.substring(comma + 1, end).strip());
            if (before == null) {
                return client;
            }
            client = before;
            end = trusts(client) ? comma : -1;
        }
        return client;
    }

    /** Whom it counts as: {@link #client}, of IPv6 its /64. */
    AddressBlock block(Request request) {
        InetAddress client = client(request);
        @Nullable AddressBlock counted = request.from().countsAs();
        return counted != null && client.equals(request.peer()) ? counted : AddressBlock.of(client);
    }

    /**
     * Cookies may come in several fields, from HTTP/2 as a rule; to HTTP/1.1 they go in one (RFC 9113 section 8.2.3), which
     * all servers read alike, and as they are read here.
     */
    private static void joinCookies(RequestHead head) {
        if (!head.contains(FieldName.COOKIE)) {
            return;
        }
        List<String> lines = head.all(FieldName.COOKIE);
        if (lines.size() > 1) {
            head.set("Cookie", String.join("; ", lines));
        }
    }

    /** RFC 9110 section 7.6.3: what the request came as. */
    private static FieldLine received(Protocol protocol) {
        return switch (protocol) {
            case HTTP_1_0 -> VIA_10;
            case HTTP_1_1 -> VIA;
            case HTTP_2 -> VIA_2;
        };
    }

    /** RFC 9110 section 7.6.3: a gateway may, and ours does, say in responses that it was there. */
    void respond(Request request, ResponseHead head) {
        head.add(VIA);
        head.set(idField(request));
    }

    private static FieldLine idField(Request request) {
        return Objects.requireNonNull(request.idField, "every request gets its id first");
    }

    private InboundFields inbound(boolean trusted, boolean preflight) {
        if (preflight) {
            return trusted ? preflightFromTrusted : preflightFromAnyone;
        }
        return trusted ? fromTrusted : fromAnyone;
    }

    boolean trusts(InetAddress peer) {
        for (int i = 0; i < trustedProxies.size(); i++) {
            if (trustedProxies.get(i).contains(peer)) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable String joined(List<String> values) {
        return values.isEmpty() ? null : values.size() == 1 ? values.get(0) : String.join(", ", values);
    }
}
