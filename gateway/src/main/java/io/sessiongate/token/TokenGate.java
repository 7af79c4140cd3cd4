package io.sessiongate.token;

import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.http.RequestHead;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.token.KeySource.Asked;
import io.sessiongate.token.TokenVerdict.Absent;
import io.sessiongate.token.TokenVerdict.Conflict;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Valid;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says what the token of a request is worth: finds it, verifies it once, remembers it until it is over. One gate a realm,
 * for any thread, without locks on the way of a known token.
 *
 * <p>Owns the current {@link Keyring}: a verifier with the cache of what it found good. New keys come with an empty cache,
 * and a verification that began with old keys writes into the old cache, which nobody reads any more. Where only some
 * keys went, the tokens of the others are taken along, so that an issuer's change of keys is no rush of signatures.
 *
 * <p>A token by a key that is not known waits while its source is read, within the bounds of {@link KeySource}. What
 * cannot be said then, as the source is away, is answered {@code Unavailable} and never as if the token were bad.
 */
public final class TokenGate {

    private static final int WARM_UP_ROUNDS = 200;

    private final TokenConfig config;
    private final boolean opaque;
    private final CryptoPool pool;
    private final InstantSource clock;
    private final LongSupplier nanoTime;
    private final TokenMeters.Realm meters;
    private final TokenFinder finder;
    private final KeySources sources;
    private List<KeyConfig> configured;
    private final RivalCookies rivals;
    private volatile Keyring keyring;

    /**
     * A gate with the keys of the configuration.
     *
     * @param nanoTime a ticker such as {@code System::nanoTime}
     * @throws IllegalArgumentException naming the place in the file, where a key cannot be used
     */
    public TokenGate(
            TokenConfig config,
            CryptoPool pool,
            InstantSource clock,
            LongSupplier nanoTime,
            TokenMeters meters,
            String realm) {
        this(config, KeySources.none(), pool, clock, nanoTime, meters, realm);
    }

    /**
     * A gate with the keys of the configuration and those of its sources, which are read from now on.
     *
     * @param nanoTime a ticker such as {@code System::nanoTime}
     * @throws IllegalArgumentException naming the place in the file, where a key cannot be used
     */
    public TokenGate(
            TokenConfig config,
            KeySources sources,
            CryptoPool pool,
            InstantSource clock,
            LongSupplier nanoTime,
            TokenMeters meters,
            String realm) {
        this.config = config;
        this.sources = sources;
        this.configured = config.keys();
        this.opaque = config.kind() == TokenConfig.Kind.OPAQUE;
        this.pool = pool;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.meters = meters.realm(realm, EnumSet.allOf(Reason.class));
        this.finder = new TokenFinder(
                config.from(), config.maxBytes(), !config.authJs().isEmpty());
        this.rivals = new RivalCookies(config.from());
        this.keyring = new Keyring(configured);
        show();
        sources.start(this::sourcesChanged);
    }

    /** Has the meters of the realm tell of this gate rather than of another. */
    public void show() {
        meters.watch(() -> keyring.cache.size(), config.cacheSize(), () -> keyring.slow.waiting());
        sources.show();
    }

    /** Whether every token is judged under that configuration as it is here. */
    public boolean goesOnWith(TokenConfig next) {
        return SameToken.isSame(config, next);
    }

    /** Where its keys are read from. */
    public KeySources sources() {
        return sources;
    }

    /** Has its sources of keys read now, though they are not due. Any thread. */
    public void readAgain() {
        sources.readAgain();
    }

    /** Another gate has taken its place: sources are read no more, and what it remembers is given up. Goes on judging. Any thread. */
    public void close() {
        sources.close();
        keyring.cache.clear();
    }

    /**
     * Tells {@code then} the verdict: before this returns where it is known or quickly found (a remembered token, a small one
     * with an HMAC signature or encrypted, a refusal without one), else later on {@code loop}, once.
     *
     * @param loop the loop that owns the request, on which this is called
     */
    public void check(RequestHead head, Executor loop, TokenAsker then) {
        Found found = finder.find(head);
        if (found instanceof TokenText token) {
            check(token, keyring, true, loop, token.isAmongOthers() ? besideOthers(token.cookie(), then) : then);
        } else if (found instanceof Found.Answer answer) {
            tell(answer.verdict(), then);
        }
    }

    /** Takes the session cookies out of a request that do not count beside the one with the valid token. */
    public void withoutRivals(RequestHead head, Valid valid) {
        if (valid.amongOthers() != null) {
            rivals.removeAllBut(head, valid.amongOthers());
        }
    }

    /** Until when a token is accepted: its expiry, the clock skew granted, in milliseconds since the epoch. */
    public long acceptedUntilEpochMillis(VerifiedToken token) {
        return token.expiresAtEpochMillis() + config.clockSkew().toMillis();
    }

    /**
     * Verifies with these keys from now on and forgets every token.
     *
     * @throws IllegalArgumentException naming the place in the file, where a key cannot be used; then nothing changed
     */
    public synchronized void replaceKeys(List<KeyConfig> keys) {
        keyring = new Keyring(keys);
        configured = keys;
    }

    /** Verifies with what the sources have now and forgets the tokens of keys that went. Not on an event loop. */
    private synchronized void sourcesChanged() {
        TokenCache before = keyring.cache;
        Keyring next = new Keyring(configured);
        next.cache.takeOver(before, next.verifier.keys());
        keyring = next;
    }

    /** Whether any token can be judged. */
    public boolean hasKeys() {
        return opaque || !config.authJs().isEmpty() || !keyring.verifier.keys().isEmpty();
    }

    /** What is the matter with sources of keys, each in a few words with its name; empty while all is well. */
    public List<String> keyTroubles() {
        return sources.all().stream()
                .filter(source -> source.failure() != null)
                .map(source -> source.identity().name() + ": " + source.failure())
                .toList();
    }

    /**
     * Gets slow cryptography compiled before the first user comes. Blocks its caller, for a key on an elliptic curve up to
     * about a second: at start only.
     */
    public void warmUp() {
        keyring.verifier.warmUp(WARM_UP_ROUNDS);
    }

    private void check(TokenText found, Keyring keys, boolean mayAsk, Executor loop, TokenAsker then) {
        Valid known = keys.cache.get(found);
        if (known != null) {
            meters.hit();
            tell(stillValid(found, known, keys), then);
            return;
        }
        meters.miss();
        // From here on it outlives the look into the head.
        TokenText token = found.kept();
        if (opaque) {
            TokenVerdict verdict = OpaqueToken.read(token.text());
            if (verdict instanceof Valid valid) {
                keys.cache.put(token, valid, null);
            }
            tell(verdict, then);
            return;
        }
        TokenVerifier.Verification work = keys.verifier.prepare(token);
        if (work.slow()) {
            keys.slow.verify(token, work, loop, verdict -> conclude(token, keys, work, verdict, mayAsk, loop, then));
        } else {
            conclude(token, keys, work, verifyNow(token, work, keys), mayAsk, loop, then);
        }
    }

    /** Tells the verdict, unless its key may be one that is not known yet: then after a look, once. */
    private void conclude(
            TokenText token,
            Keyring keys,
            TokenVerifier.Verification work,
            TokenVerdict verdict,
            boolean mayAsk,
            Executor loop,
            TokenAsker then) {
        List<KeySource> wanted = work.mayHaveKeyAfter(verdict);
        if (wanted.isEmpty()) {
            tell(verdict, then);
            return;
        }
        Asked asked =
                mayAsk ? KeySources.ask(wanted, loop, () -> check(token, keyring, false, loop, then)) : Asked.LIMITED;
        if (asked == Asked.WAITS) {
            return;
        }
        if (keyring != keys) {
            // There are other keys than those this was decided by, perhaps just that one.
            check(token, keyring, mayAsk, loop, then);
        } else {
            boolean certain = asked != Asked.FULL && wanted.stream().allMatch(KeySource::isCertain);
            tell(certain ? verdict : Verdicts.UNAVAILABLE, then);
        }
    }

    private static TokenAsker besideOthers(@Nullable String cookie, TokenAsker then) {
        return verdict -> then.onToken(verdict instanceof Valid valid ? new Valid(valid.token(), cookie) : verdict);
    }

    /** The wall clock decides, not the cache's ticker: it may have been set since the token was remembered. */
    private TokenVerdict stillValid(TokenText token, Valid known, Keyring keys) {
        if (keys.verifier.isExpired(known.token())) {
            keys.cache.remove(token);
            return Verdicts.invalid(Reason.EXPIRED);
        }
        return known;
    }

    private TokenVerdict verifyNow(TokenText token, TokenVerifier.Verification work, Keyring keys) {
        long begin = nanoTime.getAsLong();
        TokenVerdict verdict = work.run();
        meters.verifiedOnLoop(nanoTime.getAsLong() - begin);
        if (verdict instanceof Valid valid) {
            keys.cache.put(token, valid, work.provedBy());
        }
        return verdict;
    }

    private void tell(TokenVerdict verdict, TokenAsker then) {
        if (verdict instanceof Valid) {
            meters.valid();
        } else if (verdict instanceof Absent) {
            meters.absent();
        } else if (verdict instanceof Invalid invalid) {
            meters.invalid(invalid.reason());
        } else if (verdict instanceof Conflict) {
            meters.conflict();
        } else {
            meters.unavailable();
        }
        then.onToken(verdict);
    }

    /** Keys, and all that was found with them. */
    private final class Keyring {

        private final TokenVerifier verifier;
        private final TokenCache cache;
        private final SlowVerifications slow;

        Keyring(List<KeyConfig> keys) {
            this.verifier = new TokenVerifier(config, keys, sources.all(), clock);
            this.cache = new TokenCache(config.cacheSize(), config.clockSkew(), clock, nanoTime, meters);
            this.slow = new SlowVerifications(pool, cache, nanoTime, meters);
        }
    }
}
