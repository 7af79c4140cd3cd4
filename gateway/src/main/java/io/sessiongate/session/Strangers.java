package io.sessiongate.session;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sessiongate.config.UnknownConfig;
import io.sessiongate.http.AddressBlock;
import io.sessiongate.metrics.StrangerMeters;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.token.Fingerprint;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps those who try values in place of a session's id from having the database asked for each: anybody can make one up, as
 * nothing in it can be verified. For any thread, without locks.
 *
 * <p>A session that is remembered never comes by here. Of the others each costs a place under way and one of its address's
 * {@linkplain Allowance allowance}, which it gets back once it turned out to be a session, or nobody could say; however many
 * requests come with it at once. Bounds, and what
 * becomes of what is beyond:
 *
 * <table>
 * <tr><td>values that were looked for in vain<td>{@code remembered}, each for {@code remember-for}: looked for again
 * <tr><td>values of one address<td>{@code burst}, and {@code per-second} more: 429
 * <tr><td>addresses<td>{@value #MOST_ADDRESSES}: the least used is forgotten, and has all of its allowance again
 * <tr><td>values under way, of all addresses<td>half of {@code max-waiting}, so that the other half is left to sessions: 503
 * </table>
 */
final class Strangers {

    static final int MOST_ADDRESSES = 65_536;

    private final Cache<Fingerprint, EndReason> inVain;
    private final Cache<AddressBlock, Allowance> allowances;
    private final CheckLoop loop;
    private final long intervalNanos;
    private final long burstNanos;
    private final int mostUnderWay;
    private final Set<Fingerprint> underWay = ConcurrentHashMap.newKeySet();
    private final AtomicInteger countUnderWay = new AtomicInteger();
    private final StrangerMeters meters;

    Strangers(UnknownConfig config, int maxWaiting, CheckLoop loop, StrangerMeters meters) {
        this.loop = loop;
        this.meters = meters;
        this.intervalNanos = TimeUnit.SECONDS.toNanos(1) / config.perSecond();
        this.burstNanos = intervalNanos * config.burst();
        this.mostUnderWay = Math.max(1, maxWaiting / 2);
        this.inVain = Caffeine.newBuilder()
                .maximumSize(config.remembered())
                .expireAfterWrite(config.rememberFor())
                .ticker(loop::nanoTime)
                .executor(loop)
                .build();
        this.allowances = Caffeine.newBuilder()
                .maximumSize(MOST_ADDRESSES)
                // By then all of it is there again.
                .expireAfterAccess(Duration.ofNanos(burstNanos + TimeUnit.SECONDS.toNanos(1)))
                .ticker(loop::nanoTime)
                .executor(loop)
                .build();
        meters.watch(
                inVain::estimatedSize,
                config.remembered(),
                allowances::estimatedSize,
                MOST_ADDRESSES,
                countUnderWay::get,
                mostUnderWay);
    }

    /** It was looked for in vain, or somebody said that it ended. */
    void remember(Fingerprint value, EndReason reason) {
        inVain.put(value, reason);
    }

    /** It is a session after all. */
    void forget(Fingerprint value) {
        inVain.invalidate(value);
    }

    /**
     * Lets a value be looked for, or says why not.
     *
     * @param client who sends it; null has no bound of its own
     * @param then is told the verdict where it may be looked for
     */
    Admission admit(Fingerprint value, @Nullable InetAddress client, Consumer<SessionVerdict> then) {
        EndReason found = inVain.getIfPresent(value);
        if (found != null) {
            meters.remembered();
            return new Admission(SharedVerdicts.ended(found), then);
        }
        if (!underWay.add(value)) {
            return new Admission(null, then); // shares the look that is under way
        }
        SessionVerdict refusal = refusal(client);
        if (refusal != null) {
            underWay.remove(value);
            return new Admission(refusal, then);
        }
        return new Admission(null, verdict -> {
            underWay.remove(value);
            countUnderWay.decrementAndGet();
            if (client != null && !(verdict instanceof Ended)) {
                allowance(client).giveBack(intervalNanos);
            }
            then.accept(verdict);
        });
    }

    /**
     * Whether a value may be looked for.
     *
     * @param refusal null where it may
     * @param then what has to be told the verdict then, once
     */
    record Admission(@Nullable SessionVerdict refusal, Consumer<SessionVerdict> then) {}

    private @Nullable SessionVerdict refusal(@Nullable InetAddress client) {
        if (countUnderWay.incrementAndGet() > mostUnderWay) {
            countUnderWay.decrementAndGet();
            meters.full();
            return SharedVerdicts.unknown(UnknownReason.WAITING_FULL);
        }
        long waitNanos = client == null ? 0 : allowance(client).take(loop.nanoTime(), intervalNanos, burstNanos);
        if (waitNanos == 0) {
            return null;
        }
        countUnderWay.decrementAndGet();
        meters.limited();
        int seconds = (int) Math.min(60, TimeUnit.NANOSECONDS.toSeconds(waitNanos) + 1);
        return new Unknown(UnknownReason.TOO_MANY_UNKNOWN, seconds);
    }

    private Allowance allowance(InetAddress client) {
        return allowances.get(AddressBlock.of(client), block -> new Allowance(loop.nanoTime()));
    }
}
