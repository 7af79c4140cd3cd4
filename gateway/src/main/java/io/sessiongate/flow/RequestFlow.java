package io.sessiongate.flow;

import io.sessiongate.config.RouteConfig;
import io.sessiongate.flow.rate.RateLimits;
import io.sessiongate.flow.rate.Rates;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FieldLine;
import io.sessiongate.http.HeaderFields;
import io.sessiongate.http.ResponseHead;
import io.sessiongate.route.Router;
import io.sessiongate.session.SessionVerdict;
import io.sessiongate.token.TokenVerdict;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The life of a request: its {@link Passage} to a decision, what is done to the application's answer, and what remains of
 * it. Holds no state of its own; thread-safe.
 */
public final class RequestFlow implements Flow {

    static final int UNAUTHORIZED = 401;

    final RequestIds ids;
    final Router router;
    final ForwardingFields forwarding;
    final Map<String, Realm> realms;
    private final Announcements announcements;
    final Answers answers = new Answers();
    final RateLimits limits;
    private final RequestRecord records;
    final LongSupplier nanoTime;
    final @Nullable Observation observation;
    private final @Nullable Tracing tracing;

    /**
     * The flow.
     *
     * @param observation what is done in place of refusing, or null to refuse
     * @param tracing what places requests in traces, or null where none is
     */
    public RequestFlow(
            RequestIds ids,
            Router router,
            ForwardingFields forwarding,
            Map<String, Realm> realms,
            RateLimits limits,
            RequestRecord records,
            LongSupplier nanoTime,
            @Nullable Observation observation,
            @Nullable Tracing tracing) {
        this.ids = ids;
        this.router = router;
        this.forwarding = forwarding;
        this.realms = Map.copyOf(realms);
        this.announcements = new Announcements(this.realms);
        this.limits = limits;
        this.records = records;
        this.nanoTime = nanoTime;
        this.observation = observation;
        this.tracing = tracing;
    }

    @Override
    public void decide(Request request, Consumer<Decision> then) {
        new Passage(this, request, then).begin();
    }

    /** What every request gets first, whatever becomes of it. */
    void name(Request request) {
        ids.assign(request);
        if (tracing != null) {
            tracing.begin(request, forwarding.trusts(request.peer()));
        }
    }

    static Realm realm(Request request) {
        return Objects.requireNonNull(request.realm, "the configuration resolves every route's realm");
    }

    @Override
    public Answer answer(Request request, Fault fault) {
        name(request);
        return answers.render(request, fault);
    }

    @Override
    public long balanceKey(Request request) {
        return request.token instanceof TokenVerdict.Valid valid
                ? valid.token().sessionKey().spread()
                : request.peer().hashCode();
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
        @Nullable FieldLine hsts = request.from().entrance().hsts();
        if (hsts != null) {
            head.set(hsts); // in place of the application's: a second one would be ignored
        }
        @Nullable SessionAnswers answers = answers(request);
        if (answers != null) {
            answers.respond(request, head);
        }
        renewCookie(request, head); // the last word on caching has been said
        @Nullable Rates rates = request.rates;
        if (rates != null) {
            if (head.status() == UNAUTHORIZED) {
                rates.unauthorized();
            }
            if (observation == null) { // in observe mode nobody is to hold back
                rates.tell(head::add); // an application may have limits of its own: both are lists
            }
        }
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
        if (tracing != null) {
            tracing.completed(request, completion);
        }
    }
}
