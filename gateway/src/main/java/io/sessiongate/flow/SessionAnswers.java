package io.sessiongate.flow;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.sessiongate.config.TokenConfig.Source;
import io.sessiongate.http.RequestHead;
import io.sessiongate.http.ResponseHead;
import io.sessiongate.metrics.SessionAnswerMeters;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.token.TokenHash;
import io.sessiongate.token.VerifiedToken;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the application said about sessions when it was asked for {@code /api/auth/session}, kept for those who ask again with
 * the same token. One for each realm with such a route; for any thread, without locks. Bounded by weight: when it is full,
 * what is least worth keeping goes, and the application is asked again.
 *
 * <p>Every request is judged as ever before anything is looked up here, and an answer counts only as long as the session's last
 * check is the one it was asked under, and no longer than the realm's interval: so a revocation ends it, and so does a role or an attribute
 * that changed. Where the answer hands out another token, as the JWT strategy does each time, it counts for that one as well.
 */
public final class SessionAnswers {

    static final int MOST_BODY_BYTES = 64 << 10;
    static final long MOST_BYTES = 32L << 20;

    private final Cache<SessionAnswerKey, SessionAnswerSlot> slots;
    private final IssuedToken issued;
    private final TokenRemoval removal;
    private final long intervalNanos;
    private final LongSupplier nanoTime;
    private final SessionAnswerMeters meters;

    /**
     * Keeps nothing yet.
     *
     * @param places where the realm's tokens are found
     * @param interval how long an answer counts at most: the realm's {@code revalidate-after}
     */
    public SessionAnswers(List<Source> places, Duration interval, LongSupplier nanoTime, SessionAnswerMeters meters) {
        this.issued = new IssuedToken(places);
        this.removal = new TokenRemoval(places);
        this.intervalNanos = interval.toNanos();
        this.nanoTime = nanoTime;
        this.meters = meters;
        this.slots = Caffeine.newBuilder()
                .maximumWeight(MOST_BYTES)
                .weigher((SessionAnswerKey key, SessionAnswerSlot slot) -> key.weight() + slot.weight())
                .expireAfterWrite(interval.multipliedBy(2))
                .ticker(nanoTime::getAsLong)
                .executor(Runnable::run)
                .evictionListener(
                        (@Nullable SessionAnswerKey key, @Nullable SessionAnswerSlot slot, RemovalCause cause) -> {
                            if (cause == RemovalCause.SIZE) {
                                meters.evicted();
                            }
                        })
                .build();
        meters.watch(
                () -> slots.policy().eviction().orElseThrow().weightedSize().orElse(0), MOST_BYTES);
    }

    /**
     * The answer to a request of a live session, or null where the application is to be asked. Then the request is made such
     * that its answer can be kept.
     */
    @Nullable Answer find(Request request, VerifiedToken token, Live live) {
        RequestHead head = request.head();
        SessionAnswerKey key = SessionAnswerKey.of(head, token.sha256());
        if (!head.method().equals("GET")) {
            if (!head.method().equals("HEAD") && !head.method().equals("OPTIONS")) {
                request.changes = key;
                drop(request);
            }
            meters.passed();
            return null;
        }
        if (!SessionAnswerRules.canBeKept(head)) {
            meters.passed();
            return null;
        }
        SessionAnswerSlot slot = slots.get(key, ignored -> new SessionAnswerSlot());
        long now = nanoTime.getAsLong();
        @Nullable KeptAnswer kept = slot.find(live.checkedAtEpochMillis(), now - intervalNanos);
        if (kept != null) {
            meters.kept();
            return kept.answer(request.id());
        }
        meters.asked();
        SessionAnswerRules.makePlain(head);
        request.question = new SessionQuestion(key, slot, slot.generation(), live.checkedAtEpochMillis(), now);
        return null;
    }

    /** The session has ended: the application, which may not know, is asked as by a visitor. */
    void signOut(RequestHead head) {
        removal.from(head);
    }

    /** No browser and no proxy keeps such an answer, whatever the application says of that. */
    void respond(Request request, ResponseHead head) {
        head.set("Cache-Control", "private, no-store");
        drop(request);
    }

    /** Forgets what a request changed, if it changed something; again once its answer is there, for those who asked between. */
    void drop(Request request) {
        @Nullable SessionAnswerKey changed = request.changes;
        @Nullable SessionAnswerSlot slot = changed == null ? null : slots.getIfPresent(changed);
        if (slot != null) {
            slot.clear();
        }
    }

    /** Takes a copy of the answer, where it can be kept. */
    @Nullable BodyCopy copy(Request request, ResponseHead head) {
        @Nullable SessionQuestion question = request.question;
        if (question == null || !SessionAnswerRules.canBeKept(head)) {
            return null;
        }
        @Nullable String token = issued.in(head);
        return new SessionAnswerCopy(
                SessionAnswerRules.fields(head),
                (fields, body) -> keep(question, token, new KeptAnswer(fields, body, question.askedNanos())));
    }

    private void keep(SessionQuestion question, @Nullable String issuedToken, KeptAnswer answer) {
        if (!question.slot().fill(question.generation(), question.checkedAtEpochMillis(), answer)) {
            return;
        }
        // Weighed anew; not where it was evicted meanwhile, as another may stand there that was cleared since.
        slots.asMap().replace(question.key(), question.slot(), question.slot());
        if (issuedToken != null) {
            SessionAnswerSlot slot = new SessionAnswerSlot();
            slot.fill(slot.generation(), SessionAnswerSlot.ANY_CHECK, answer);
            String sha256 = TokenHash.of(issuedToken);
            slots.asMap().putIfAbsent(question.key().with(sha256), slot);
        }
    }
}
