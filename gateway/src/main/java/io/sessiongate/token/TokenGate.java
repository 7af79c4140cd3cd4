package io.sessiongate.token;

import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.http.RequestHead;
import io.sessiongate.metrics.TokenMeters;
import io.sessiongate.token.TokenVerdict.Absent;
import io.sessiongate.token.TokenVerdict.Conflict;
import io.sessiongate.token.TokenVerdict.Invalid;
import io.sessiongate.token.TokenVerdict.Reason;
import io.sessiongate.token.TokenVerdict.Valid;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Says what the token of a request is worth: finds it, verifies it once, remembers it until it is over. One gate a realm,
 * for any thread, without locks on the way of a known token.
 *
 * <p>Owns the current {@link Keyring}: a verifier with the cache of what it found good. New keys come with an empty cache,
 * and a verification that began with old keys writes into the old cache, which nobody reads any more.
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
        this.config = config;
        this.opaque = config.kind() == TokenConfig.Kind.OPAQUE;
        this.pool = pool;
        this.clock = clock;
        this.nanoTime = nanoTime;
        this.meters = meters.realm(realm, EnumSet.allOf(Reason.class));
        this.finder = new TokenFinder(
                config.from(), config.maxBytes(), !config.authJs().isEmpty());
        this.rivals = new RivalCookies(config.from());
        this.keyring = new Keyring(config.keys());
        this.meters.watch(() -> keyring.cache.size(), config.cacheSize(), () -> keyring.slow.waiting());
    }

    /**
     * Tells {@code then} the verdict: before this returns where it is known or quickly found (a remembered token, an HMAC
     * signature, a refusal without one), else later on {@code loop}, once.
     *
     * @param loop the loop that owns the request, on which this is called
     */
    public void check(RequestHead head, Executor loop, Consumer<TokenVerdict> then) {
        Found found = finder.find(head);
        if (found instanceof TokenText token) {
            check(token, keyring, loop, token.isAmongOthers() ? besideOthers(token, then) : then);
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
    public void replaceKeys(List<KeyConfig> keys) {
        keyring = new Keyring(keys);
    }

    /**
     * Gets slow cryptography compiled before the first user comes. Blocks its caller, for a key on an elliptic curve up to
     * about a second: at start only.
     */
    public void warmUp() {
        keyring.verifier.warmUp(WARM_UP_ROUNDS);
    }

    private void check(TokenText token, Keyring keys, Executor loop, Consumer<TokenVerdict> then) {
        Valid known = keys.cache.get(token);
        if (known != null) {
            meters.hit();
            tell(stillValid(token, known, keys), then);
            return;
        }
        meters.miss();
        if (opaque) {
            TokenVerdict verdict = OpaqueToken.read(token.text());
            if (verdict instanceof Valid valid) {
                keys.cache.put(token, valid);
            }
            tell(verdict, then);
            return;
        }
        TokenVerifier.Verification work = keys.verifier.prepare(token);
        if (work.slow()) {
            keys.slow.verify(token, work, loop, verdict -> tell(verdict, then));
        } else {
            tell(verifyNow(token, work, keys), then);
        }
    }

    private static Consumer<TokenVerdict> besideOthers(TokenText token, Consumer<TokenVerdict> then) {
        return verdict ->
                then.accept(verdict instanceof Valid valid ? new Valid(valid.token(), token.cookie()) : verdict);
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
            keys.cache.put(token, valid);
        }
        return verdict;
    }

    private void tell(TokenVerdict verdict, Consumer<TokenVerdict> then) {
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
        then.accept(verdict);
    }

    /** Keys, and all that was found with them. */
    private final class Keyring {

        private final TokenVerifier verifier;
        private final TokenCache cache;
        private final SlowVerifications slow;

        Keyring(List<KeyConfig> keys) {
            this.verifier = new TokenVerifier(config, keys, clock);
            this.cache = new TokenCache(config.cacheSize(), config.clockSkew(), clock, nanoTime, meters);
            this.slow = new SlowVerifications(pool, cache, nanoTime, meters);
        }
    }
}
