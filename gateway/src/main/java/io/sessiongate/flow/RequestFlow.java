package io.sessiongate.flow;

import io.sessiongate.config.Access;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.FieldName;
import io.sessiongate.http.HeaderFields;
import io.sessiongate.http.RequestHead;
import io.sessiongate.http.ResponseHead;
import io.sessiongate.identity.Roles;
import io.sessiongate.route.RouteMatch;
import io.sessiongate.route.Router;
import io.sessiongate.session.SessionVerdict;
import io.sessiongate.token.TokenVerdict;
import io.sessiongate.token.VerifiedToken;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The life of a request, top to bottom: id, route, forwarding fields, token, session, role, identity. Holds no state of
 * its own; thread-safe. Each step either goes on to the next, at once or later on the request's loop, or refuses.
 */
public final class RequestFlow implements Flow {

    private final RequestIds ids;
    private final Router router;
    private final ForwardingFields forwarding;
    private final Map<String, Realm> realms;
    private final Announcements announcements;
    private final Answers answers = new Answers();
    private final RequestRecord records;
    private final LongSupplier nanoTime;
    private final @Nullable Observation observation;

    /**
     * The flow.
     *
     * @param observation what is done in place of refusing, or null to refuse
     */
    public RequestFlow(
            RequestIds ids,
            Router router,
            ForwardingFields forwarding,
            Map<String, Realm> realms,
            RequestRecord records,
            LongSupplier nanoTime,
            @Nullable Observation observation) {
        this.ids = ids;
        this.router = router;
        this.forwarding = forwarding;
        this.realms = Map.copyOf(realms);
        this.announcements = new Announcements(this.realms);
        this.records = records;
        this.nanoTime = nanoTime;
        this.observation = observation;
    }

    @Override
    public void decide(Request request, Consumer<Decision> then) {
        Consumer<Decision> decided = decision -> {
            request.decidedNanos = nanoTime.getAsLong();
            then.accept(observation == null ? decision : observed(request, decision, observation));
        };
        ids.assign(request);
        @Nullable RouteConfig route = route(request, decided);
        if (route == null) {
            return;
        }
        request.route = route;
        request.realm = realms.get(route.realm());
        boolean preflight = route.preflight() && isPreflight(request.head());
        forwarding.write(request, preflight);
        if (preflight || (route.access() instanceof Access.Public && !route.keepsSessionAnswers())) {
            decided.accept(new Decision.Forward(route));
        } else {
            realm(request)
                    .tokens()
                    .check(request.head(), request.loop(), token -> token(request, route, token, decided));
        }
    }

    /** Everything is decided as ever; what is refused is forwarded all the same. */
    private Decision observed(Request request, Decision decision, Observation observation) {
        return observation.insteadOf(decision, request, forwarding, isPreflight(request.head()));
    }

    /** The rule for this request, or null once it was refused. */
    private @Nullable RouteConfig route(Request request, Consumer<Decision> decided) {
        RequestHead head = request.head();
        // A preflight asks on behalf of another request: the rule of that one decides whether it may pass.
        String method = isPreflight(head)
                ? Objects.requireNonNull(head.first(FieldName.ACCESS_CONTROL_REQUEST_METHOD))
                : head.method();
        RouteMatch match = router.match(method, head.first(FieldName.HOST), head.target());
        if (match instanceof RouteMatch.Matched matched) {
            return matched.route();
        }
        if (match instanceof RouteMatch.MethodNotAllowed other) {
            request.allow = other.allow();
            refuse(request, FaultKind.METHOD_NOT_ALLOWED, decided);
        } else if (match instanceof RouteMatch.Refused refused) {
            refuse(request, new Fault(FaultKind.AMBIGUOUS_PATH, refused.why()), decided);
        } else {
            refuse(request, FaultKind.NO_ROUTE, decided);
        }
        return null;
    }

    private void token(Request request, RouteConfig route, TokenVerdict verdict, Consumer<Decision> decided) {
        request.token = verdict;
        if (!(verdict instanceof TokenVerdict.Valid) && route.access() instanceof Access.Public) {
            decided.accept(new Decision.Forward(route)); // a session endpoint, and a visitor who asks it
        } else if (verdict instanceof TokenVerdict.Valid valid) {
            VerifiedToken token = valid.token();
            realm(request)
                    .sessions()
                    .decide(
                            token,
                            route.staleLimit(),
                            () -> forwarding.client(request),
                            request.loop(),
                            session -> session(request, route, token, session, decided));
        } else if (verdict instanceof TokenVerdict.Invalid invalid) {
            boolean expired = invalid.reason() == TokenVerdict.Reason.EXPIRED;
            refuse(request, expired ? FaultKind.TOKEN_EXPIRED : FaultKind.TOKEN_INVALID, decided);
        } else if (verdict instanceof TokenVerdict.Conflict) {
            refuse(request, FaultKind.TOKEN_CONFLICT, decided);
        } else if (verdict instanceof TokenVerdict.Unavailable) {
            refuse(request, FaultKind.OVERLOADED, decided);
        } else {
            refuse(request, FaultKind.TOKEN_MISSING, decided);
        }
    }

    private void session(
            Request request,
            RouteConfig route,
            VerifiedToken token,
            SessionVerdict verdict,
            Consumer<Decision> decided) {
        request.session = verdict;
        if (observation == null && request.token instanceof TokenVerdict.Valid valid) {
            realm(request).tokens().withoutRivals(request.head(), valid);
        }
        if (verdict instanceof SessionVerdict.Live live) {
            if (mayUse(route.access(), Roles.of(token, live.attributes()))) {
                @Nullable Answer kept = route.keepsSessionAnswers() ? kept(request, token, live) : null;
                if (kept != null) {
                    decided.accept(new Decision.Reply(kept));
                    return;
                }
                realm(request)
                        .identity()
                        .write(
                                request.head(),
                                token,
                                live,
                                route.upstream(),
                                request.loop(),
                                () -> decided.accept(new Decision.Forward(route)));
            } else {
                refuse(request, FaultKind.ROLE_MISSING, decided);
            }
        } else if (isOneOfTooMany(verdict)) {
            refuse(
                    request,
                    FaultKind.TOO_MANY_ATTEMPTS,
                    decided); // on a public endpoint too: the application would look for it
        } else if (route.access() instanceof Access.Public) {
            visit(request, route, verdict, decided);
        } else if (verdict instanceof SessionVerdict.Ended) {
            refuse(request, FaultKind.SESSION_ENDED, decided);
        } else {
            refuse(request, FaultKind.SESSION_CHECK_UNAVAILABLE, decided);
        }
    }

    private static boolean isOneOfTooMany(SessionVerdict verdict) {
        return verdict instanceof SessionVerdict.Unknown unknown
                && unknown.reason() == SessionVerdict.UnknownReason.TOO_MANY_UNKNOWN;
    }

    /** What the application said of this session before; never in observe mode, in which it is asked everything. */
    private @Nullable Answer kept(Request request, VerifiedToken token, SessionVerdict.Live live) {
        @Nullable SessionAnswers answers = realm(request).answers();
        return answers == null || observation != null ? null : answers.find(request, token, live);
    }

    /**
     * A session endpoint that is public refuses nobody. The application, which may know no better than the token, is not to
     * say of a session that has ended who is signed in; where nobody could say, it is asked as without a gateway.
     */
    private void visit(Request request, RouteConfig route, SessionVerdict verdict, Consumer<Decision> decided) {
        @Nullable SessionAnswers answers = realm(request).answers();
        if (verdict instanceof SessionVerdict.Ended && answers != null && observation == null) {
            answers.signOut(request.head());
        }
        decided.accept(new Decision.Forward(route));
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

    private static Realm realm(Request request) {
        return Objects.requireNonNull(request.realm, "the configuration resolves every route's realm");
    }

    private void refuse(Request request, FaultKind kind, Consumer<Decision> decided) {
        refuse(request, Fault.of(kind), decided);
    }

    private void refuse(Request request, Fault fault, Consumer<Decision> decided) {
        decided.accept(new Decision.Reply(answers.render(request, fault)));
    }

    @Override
    public Answer answer(Request request, Fault fault) {
        ids.assign(request);
        return answers.render(request, fault);
    }

    @Override
    public boolean announced(Request request, HeaderFields fields) {
        boolean ends = announcements.take(request, fields);
        request.endsSession |= ends;
        return ends;
    }

    @Override
    public void responding(Request request, ResponseHead head) {
        announcements.look(request, head);
        forwarding.respond(request, head);
        @Nullable SessionAnswers answers = answers(request);
        if (answers != null) {
            answers.respond(request, head);
        }
        renewCookie(request, head); // the last word on caching has been said
    }

    @Override
    public @Nullable BodyCopy copy(Request request, ResponseHead head) {
        @Nullable SessionAnswers answers = request.question == null ? null : answers(request);
        return answers == null ? null : answers.copy(request, head);
    }

    /** Not in observe mode, in which the application goes on doing it; nor where it has just ended the session. */
    private void renewCookie(Request request, ResponseHead head) {
        @Nullable RouteConfig route = request.route;
        if (route != null
                && observation == null
                && !request.endsSession
                && request.token instanceof TokenVerdict.Valid valid
                && request.session instanceof SessionVerdict.Live) {
            @Nullable RenewedCookies cookies = realm(request).cookies();
            if (cookies != null) {
                cookies.renew(request.head(), valid.token(), head);
            }
        }
    }

    private @Nullable SessionAnswers answers(Request request) {
        @Nullable RouteConfig route = request.route;
        return route != null && route.keepsSessionAnswers() && observation == null
                ? realm(request).answers()
                : null;
    }

    @Override
    public @Nullable StreamGuard guard(Request request) {
        @Nullable RouteConfig route = request.route;
        // Public routes have looked at no token.
        return route != null
                        && request.token instanceof TokenVerdict.Valid valid
                        && request.session instanceof SessionVerdict.Live live
                ? new SessionGuard(realm(request), route, valid.token(), live)
                : null;
    }

    @Override
    public void completed(Request request, Completion completion) {
        @Nullable SessionAnswers answers = request.changes == null ? null : answers(request);
        if (answers != null) {
            answers.drop(request); // the application may have done it and its answer been lost
        }
        records.completed(request, completion);
    }
}
