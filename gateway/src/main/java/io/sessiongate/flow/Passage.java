package io.sessiongate.flow;

import io.sessiongate.config.Access;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.flow.rate.Rates;
import io.sessiongate.flow.rate.RouteLimits;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.RequestHead;
import io.sessiongate.identity.Roles;
import io.sessiongate.route.RouteMatch;
import io.sessiongate.session.SessionVerdict;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.TokenAsker;
import io.sessiongate.token.TokenVerdict;
import io.sessiongate.token.VerifiedToken;
import java.net.InetAddress;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One request's way to its decision, top to bottom: id, route, forwarding fields, limits by address, token, session, limits by person, role, identity. Each step
 * either goes on to the next, at once or later on the request's loop, or refuses. Waits for every answer itself, so that a
 * request costs one object and not one for each step. Confined to the request's loop.
 */
final class Passage implements TokenAsker, Consumer<SessionVerdict>, Supplier<@Nullable InetAddress>, Runnable {

    private final RequestFlow flow;
    private final Request request;
    private final Consumer<Decision> then;

    Passage(RequestFlow flow, Request request, Consumer<Decision> then) {
        this.flow = flow;
        this.request = request;
        this.then = then;
    }

    void begin() {
        flow.ids.assign(request);
        RequestHead head = request.head();
        if (request.from().entrance().redirects(head.target())) {
            // In observe mode too: no request is refused by it.
            request.decidedNanos = flow.nanoTime.getAsLong();
            then.accept(new Decision.Reply(flow.answers.secured(request)));
            return;
        }
        boolean isPreflight = isPreflight(head);
        @Nullable RouteConfig route = route(head, isPreflight);
        if (route == null) {
            return;
        }
        request.route = route;
        request.realm = flow.realms.get(route.realm());
        boolean preflight = isPreflight && route.preflight();
        flow.forwarding.write(request, preflight);
        @Nullable RouteLimits limits = flow.limits.of(route);
        if (limits != null && !withinAddressLimits(limits)) {
            return;
        }
        if (preflight) {
            forward(); // no limit by person: a preflight never has a token, and all would count as one
        } else if (route.access() instanceof Access.Public && !route.keepsSessionAnswers()) {
            if (withinLimitsOfNobody()) {
                forward();
            }
        } else {
            realm().tokens().check(head, request.loop(), this);
        }
    }

    /** Before anything is verified or looked up. */
    private boolean withinAddressLimits(RouteLimits limits) {
        Rates rates = new Rates(limits, flow.forwarding.block(request));
        request.rates = rates;
        return within(rates.passAddress());
    }

    private boolean withinLimitsOfNobody() {
        @Nullable Rates rates = request.rates;
        return rates == null || within(rates.passNobody());
    }

    /** By subject and session where it is live, so that ids that are made up have no buckets of their own. */
    private boolean withinLimitsOf(VerifiedToken token, SessionVerdict verdict) {
        @Nullable Rates rates = request.rates;
        if (rates == null || !(verdict instanceof SessionVerdict.Live live)) {
            return withinLimitsOfNobody();
        }
        @Nullable Fingerprint subject = token.isOpaque() ? live.attributes().subjectKey() : token.subjectKey();
        return within(rates.passPerson(realm().name(), token.sessionKey(), subject));
    }

    private boolean within(boolean passes) {
        if (!passes) {
            refuse(FaultKind.RATE_LIMITED);
        }
        return passes;
    }

    /** The rule for this request, or null once it was refused. */
    private @Nullable RouteConfig route(RequestHead head, boolean isPreflight) {
        // A preflight asks on behalf of another request: the rule of that one decides whether it may pass.
        String method = isPreflight
                ? Objects.requireNonNull(head.first(FieldName.ACCESS_CONTROL_REQUEST_METHOD))
                : head.method();
        RouteMatch match = flow.router.match(method, head.first(FieldName.HOST), head.target());
        if (match instanceof RouteMatch.Matched matched) {
            return matched.route();
        }
        if (match instanceof RouteMatch.MethodNotAllowed other) {
            request.allow = other.allow();
            refuse(FaultKind.METHOD_NOT_ALLOWED);
        } else if (match instanceof RouteMatch.Refused refused) {
            refuse(new Fault(FaultKind.AMBIGUOUS_PATH, refused.why()));
        } else {
            refuse(FaultKind.NO_ROUTE);
        }
        return null;
    }

    @Override
    public void onToken(TokenVerdict verdict) {
        request.token = verdict;
        if (verdict instanceof TokenVerdict.Valid valid) {
            realm().sessions().decide(valid.token(), route().staleLimit(), this, request.loop(), this);
        } else if (withinLimitsOfNobody()) {
            withoutToken(verdict);
        }
    }

    private void withoutToken(TokenVerdict verdict) {
        if (route().access() instanceof Access.Public) {
            forward(); // a session endpoint, and a visitor who asks it
        } else if (verdict instanceof TokenVerdict.Invalid invalid) {
            boolean expired = invalid.reason() == TokenVerdict.Reason.EXPIRED;
            refuse(expired ? FaultKind.TOKEN_EXPIRED : FaultKind.TOKEN_INVALID);
        } else if (verdict instanceof TokenVerdict.Conflict) {
            refuse(FaultKind.TOKEN_CONFLICT);
        } else if (verdict instanceof TokenVerdict.Unavailable) {
            refuse(FaultKind.OVERLOADED);
        } else {
            refuse(FaultKind.TOKEN_MISSING);
        }
    }

    /** Whose request it is, for the one who judges the session. */
    @Override
    public InetAddress get() {
        return flow.forwarding.client(request);
    }

    /** What the session is worth. */
    @Override
    public void accept(SessionVerdict verdict) {
        request.session = verdict;
        TokenVerdict.Valid valid = valid();
        if (flow.observation == null) {
            realm().tokens().withoutRivals(request.head(), valid);
        }
        if (!withinLimitsOf(valid.token(), verdict)) {
            return;
        }
        if (verdict instanceof SessionVerdict.Live live) {
            live(valid.token(), live);
        } else if (isOneOfTooMany(verdict)) {
            refuse(FaultKind.TOO_MANY_ATTEMPTS); // on a public endpoint too: the application would look for it
        } else if (route().access() instanceof Access.Public) {
            visit(verdict);
        } else if (verdict instanceof SessionVerdict.Ended) {
            refuse(FaultKind.SESSION_ENDED);
        } else {
            refuse(FaultKind.SESSION_CHECK_UNAVAILABLE);
        }
    }

    private void live(VerifiedToken token, SessionVerdict.Live live) {
        RouteConfig route = route();
        if (!mayUse(route.access(), Roles.of(token, live.attributes()))) {
            refuse(FaultKind.ROLE_MISSING);
            return;
        }
        @Nullable Answer kept = route.keepsSessionAnswers() ? kept(token, live) : null;
        if (kept == null) {
            realm().identity().write(request.head(), token, live, route.upstream(), request.loop(), this);
        } else {
            decided(new Decision.Reply(Answers.completed(request, kept)));
        }
    }

    /** All is written that the application is to know. */
    @Override
    public void run() {
        forward();
    }

    private static boolean isOneOfTooMany(SessionVerdict verdict) {
        return verdict instanceof SessionVerdict.Unknown unknown
                && unknown.reason() == SessionVerdict.UnknownReason.TOO_MANY_UNKNOWN;
    }

    /** What the application said of this session before; never in observe mode, in which it is asked everything. */
    private @Nullable Answer kept(VerifiedToken token, SessionVerdict.Live live) {
        @Nullable SessionAnswers answers = realm().answers();
        return answers == null || flow.observation != null ? null : answers.find(request, token, live);
    }

    /**
     * A session endpoint that is public refuses nobody. The application, which may know no better than the token, is not to
     * say of a session that has ended who is signed in; where nobody could say, it is asked as without a gateway.
     */
    private void visit(SessionVerdict verdict) {
        @Nullable SessionAnswers answers = realm().answers();
        if (verdict instanceof SessionVerdict.Ended && answers != null && flow.observation == null) {
            answers.signOut(request.head());
        }
        forward();
    }

    static boolean mayUse(Access access, Set<String> roles) {
        if (!(access instanceof Access.Roles wanted)) {
            return true;
        }
        for (String role : wanted.anyOf()) {
            if (roles.contains(role)) {
                return true;
            }
        }
        return false;
    }

    /** Fetch standard, "CORS-preflight request"; one with a body is not one and is judged like any other. */
    private static boolean isPreflight(RequestHead head) {
        return head.method().equals("OPTIONS")
                && head.first(FieldName.ORIGIN) != null
                && head.first(FieldName.ACCESS_CONTROL_REQUEST_METHOD) != null
                && head.first(FieldName.TRANSFER_ENCODING) == null
                && hasNoBody(head.first(FieldName.CONTENT_LENGTH));
    }

    private static boolean hasNoBody(@Nullable String contentLength) {
        return contentLength == null || contentLength.equals("0");
    }

    private TokenVerdict.Valid valid() {
        if (request.token instanceof TokenVerdict.Valid valid) {
            return valid;
        }
        throw new IllegalStateException("only of a valid token the session is asked for");
    }

    private RouteConfig route() {
        return Objects.requireNonNull(request.route, "the route is found first");
    }

    private Realm realm() {
        return RequestFlow.realm(request);
    }

    private void refuse(FaultKind kind) {
        refuse(Fault.of(kind));
    }

    private void refuse(Fault fault) {
        @Nullable Rates rates = request.rates;
        // Who brought no token has tried none. In observe mode the application answers.
        if (rates != null
                && fault.kind().status() == RequestFlow.UNAUTHORIZED
                && fault.kind() != FaultKind.TOKEN_MISSING
                && flow.observation == null) {
            rates.unauthorized();
        }
        decided(new Decision.Reply(flow.answers.render(request, fault)));
    }

    private void forward() {
        decided(new Decision.Forward(route()));
    }

    /** In observe mode everything is decided as ever; what is refused is forwarded all the same. */
    private void decided(Decision decision) {
        request.decidedNanos = flow.nanoTime.getAsLong();
        @Nullable Observation observation = flow.observation;
        then.accept(
                observation == null
                        ? decision
                        : observation.insteadOf(decision, request, flow.forwarding, isPreflight(request.head())));
    }
}
