package io.sessiongate.flow.rate;

import io.sessiongate.config.RateLimitConfig.By;
import io.sessiongate.config.RateLimitConfig.Count;
import io.sessiongate.http.AddressBlock;
import io.sessiongate.token.Fingerprint;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What the limits of its route say of one request. Each limit is asked once; the first that refuses is the last, and what those
 * before it took stays taken. Confined to the request's loop.
 */
public final class Rates {

    private static final String POLICY = "RateLimit-Policy";
    private static final String LIMIT = "RateLimit";

    private final RouteLimits limits;
    private final AddressBlock address;
    private final @Nullable Look[] looks;
    private int count;

    /** Of a request from there. */
    public Rates(RouteLimits limits, AddressBlock address) {
        this.limits = limits;
        this.address = address;
        this.looks = new Look[limits.size()];
    }

    /** Whether the limits by address let it pass, which know nothing of tokens. */
    public boolean passAddress() {
        for (int i = 0; i < limits.byAddress.size(); i++) {
            if (!passes(limits.byAddress.get(i), address)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the others let it pass that comes without a live session: by its address, so that a token left out gains nothing. */
    public boolean passNobody() {
        for (int i = 0; i < limits.byPerson.size(); i++) {
            if (!passes(limits.byPerson.get(i), address)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether the others let it pass that comes with a live session.
     *
     * @param subject whose it is; null where nobody said, who counts by address
     */
    public boolean passPerson(String realm, Fingerprint session, @Nullable Fingerprint subject) {
        List<RateLimit> others = limits.byPerson;
        for (int i = 0; i < others.size(); i++) {
            RateLimit limit = others.get(i);
            @Nullable Fingerprint id = limit.config().by() == By.SESSION ? session : subject;
            if (!passes(limit, id == null ? address : new Person(realm, id))) {
                return false;
            }
        }
        return true;
    }

    private boolean passes(RateLimit limit, Object key) {
        Look look = limit.look(key);
        looks[count++] = look;
        return look.passes();
    }

    /** It is answered 401, once. */
    public void unauthorized() {
        for (int i = 0; i < count; i++) {
            @Nullable Look look = looks[i];
            if (look != null && look.limit().config().count() == Count.UNAUTHORIZED) {
                looks[i] = look.limit().charge(look);
            }
        }
    }

    /** After which time it would have passed, in seconds, rounded up, at least 1. */
    public long retryAfterSeconds() {
        @Nullable Look last = count == 0 ? null : looks[count - 1];
        return last == null ? 1 : Math.max(1, seconds(last.waitNanos()));
    }

    /**
     * Tells the client: what it may do, and what of it is left. Of a limit that wants no headers only where it refuses.
     *
     * @param fields is shown names and values
     */
    public void tell(BiConsumer<String, String> fields) {
        StringBuilder policies = new StringBuilder();
        StringBuilder rest = new StringBuilder();
        for (int i = 0; i < count; i++) {
            @Nullable Look look = looks[i];
            if (look == null || (look.passes() && !look.limit().config().headers())) {
                continue;
            }
            if (!rest.isEmpty()) {
                policies.append(", ");
                rest.append(", ");
            }
            policies.append(look.limit().policy());
            rest.append('"')
                    .append(look.limit().config().name())
                    .append("\";r=")
                    .append(Math.max(0, look.left()))
                    .append(";t=")
                    .append(seconds(look.fullNanos()));
        }
        if (!rest.isEmpty()) {
            fields.accept(POLICY, policies.toString());
            fields.accept(LIMIT, rest.toString());
        }
    }

    static long seconds(long nanos) {
        return (nanos + TimeUnit.SECONDS.toNanos(1) - 1) / TimeUnit.SECONDS.toNanos(1);
    }
}
