package io.sessiongate.listener;

import io.sessiongate.config.Access;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.flow.Answer;
import io.sessiongate.flow.Completion;
import io.sessiongate.flow.Decision;
import io.sessiongate.flow.Flow;
import io.sessiongate.flow.Request;
import io.sessiongate.flow.StreamGuard;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.HeaderFields;
import io.sessiongate.http.HopByHop;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A flow that forwards everything to one upstream, except targets that begin with {@code /reply} (answered with 401)
 * and those with {@code later} in them, which it decides in a later turn of the loop.
 */
final class RecordingFlow implements Flow {

    static final RouteConfig ROUTE =
            new RouteConfig(null, "/**", Set.of(), new Access.Public(), "app", "default", null, null, true, "test:1:1");

    final List<Completion> completions = new CopyOnWriteArrayList<>();
    final List<String> targets = new CopyOnWriteArrayList<>();

    /** Whom the requests came from. */
    final List<String> peers = new CopyOnWriteArrayList<>();

    /** What long requests answer to: nothing, unless the test says otherwise. */
    volatile Function<Request, @Nullable StreamGuard> guards = request -> null;
    /** What answers said in the field {@code X-Revoke}, which is taken out. */
    final List<String> announced = new CopyOnWriteArrayList<>();

    /** Requests that were begun and are not over. */
    final Set<Request> open = Collections.synchronizedSet(Collections.newSetFromMap(new IdentityHashMap<>()));

    /** Completions of requests that were over already, or never began. */
    final AtomicInteger surplus = new AtomicInteger();

    @Override
    public void decide(Request request, Consumer<Decision> then) {
        targets.add(request.head().target());
        peers.add(request.peer().getHostAddress());
        open.add(request);
        HopByHop.strip(request.head());
        request.head().set("x-auth-subject", "alice");
        Decision decision = request.head().target().startsWith("/reply")
                ? new Decision.Reply(answer(request, Fault.of(FaultKind.TOKEN_MISSING)))
                : new Decision.Forward(ROUTE);
        if (request.head().target().contains("boom")) {
            throw new IllegalStateException("as the test wants it");
        }
        if (request.head().target().contains("later")) {
            CompletableFuture.delayedExecutor(5, TimeUnit.MILLISECONDS, request.loop())
                    .execute(() -> {
                        if (request.head().target().contains("bang")) {
                            throw new IllegalStateException("as the test wants it");
                        }
                        then.accept(decision);
                    });
        } else {
            then.accept(decision);
        }
    }

    @Override
    public long balanceKey(Request request) {
        String key = request.head().first("x-key");
        return key == null ? 0 : key.hashCode();
    }

    @Override
    public boolean announced(Request request, HeaderFields fields) {
        String said = fields.first("x-revoke");
        if (said != null) {
            announced.add(said);
            fields.remove("x-revoke");
            if (said.equals("boom")) {
                throw new IllegalStateException("as the test wants it");
            }
        }
        return said != null;
    }

    @Override
    public Answer answer(Request request, Fault fault) {
        open.add(request);
        String body = "{\"type\":\"" + fault.kind().slug() + "\",\"detail\":\"" + fault.detail() + "\"}";
        return new Answer(
                fault.kind().status(),
                fault.kind(),
                List.of(Map.entry("content-type", "application/problem+json")),
                body);
    }

    @Override
    public @Nullable StreamGuard guard(Request request) {
        return guards.apply(request);
    }

    @Override
    public void completed(Request request, Completion completion) {
        completions.add(completion);
        if (!open.remove(request)) {
            surplus.incrementAndGet();
        }
    }
}
