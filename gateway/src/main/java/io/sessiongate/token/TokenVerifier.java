package io.sessiongate.token;

import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.token.KeyChoice.Candidate;
import io.sessiongate.token.TokenVerdict.Reason;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Judges the text of a token with a fixed set of keys. Immutable, for any thread; nothing here throws. */
final class TokenVerifier {

    private final KeyChoice choice;
    private final AuthJsKeys authJs;
    private final ClaimRules rules;
    private final InstantSource clock;
    private final int maxBytes;

    /**
     * A verifier.
     *
     * @throws IllegalArgumentException naming the place in the file, where a key cannot be used or is one too many
     */
    TokenVerifier(TokenConfig config, List<KeyConfig> keys, InstantSource clock) {
        this(config, keys, List.of(), clock);
    }

    /**
     * One with the keys that sources have at this moment; key files among them stand for their keys of the configuration.
     *
     * @throws IllegalArgumentException naming the place in the file, where a key cannot be used or is one too many
     */
    TokenVerifier(TokenConfig config, List<KeyConfig> keys, List<KeySource> sources, InstantSource clock) {
        KeyChoice.refuseMoreThanAreTried(keys);
        var all = new ArrayList<Candidate>();
        for (KeyConfig key : keys) {
            if (key.file() == null || sources.isEmpty()) {
                all.add(candidate(VerificationKey.of(key), false, config, clock));
            }
        }
        var supplies = new ArrayList<KeyChoice.Supply>();
        for (KeySource source : sources) {
            List<VerificationKey> now = source.keys();
            supplies.add(new KeyChoice.Supply(source, now));
            now.forEach(key -> all.add(candidate(key, source.identity().set(), config, clock)));
        }
        this.choice = new KeyChoice(all, supplies, config.issuer());
        this.authJs = new AuthJsKeys(config);
        this.rules = new ClaimRules(config);
        this.clock = clock;
        this.maxBytes = config.maxBytes();
    }

    /** One with keys that were read from sets, once: for people, not for requests. */
    static TokenVerifier withSets(TokenConfig config, List<VerificationKey> ofSets, InstantSource clock) {
        var all = new ArrayList<Candidate>();
        config.keys().forEach(key -> all.add(candidate(VerificationKey.of(key), false, config, clock)));
        ofSets.forEach(key -> all.add(candidate(key, true, config, clock)));
        return new TokenVerifier(config, new KeyChoice(all, List.of(), config.issuer()), clock);
    }

    private TokenVerifier(TokenConfig config, KeyChoice choice, InstantSource clock) {
        this.choice = choice;
        this.authJs = new AuthJsKeys(config);
        this.rules = new ClaimRules(config);
        this.clock = clock;
        this.maxBytes = config.maxBytes();
    }

    private static Candidate candidate(VerificationKey key, boolean ofSet, TokenConfig config, InstantSource clock) {
        return new Candidate(key, new JjwtVerifier(key, config.clockSkew(), clock), ofSet);
    }

    /** The keys that it verifies with. */
    Set<VerificationKey> keys() {
        return choice.keys().stream().map(Candidate::what).collect(Collectors.toUnmodifiableSet());
    }

    boolean isExpired(VerifiedToken token) {
        return rules.isExpired(token, clock.millis());
    }

    /** Looks at the form of a token and finds the keys to try: microseconds, and the signature is not looked at. */
    Verification prepare(String text) {
        return prepare(new TokenText(text));
    }

    /** The same for a token of which it is known where it was found. */
    Verification prepare(TokenText found) {
        String text = found.text();
        if (text.length() > maxBytes) {
            return new Verification(Reason.TOO_LARGE);
        }
        if (!authJs.isEmpty() && EncryptedToken.isMeant(text)) {
            return prepareEncrypted(text, found.cookie());
        }
        UnverifiedToken token = UnverifiedToken.read(text);
        if (token == null) {
            return new Verification(Reason.MALFORMED);
        }
        Map<String, Object> claims = Map.of();
        if (choice.needsIssuer()) {
            try {
                claims = token.claims();
            } catch (RuntimeException e) {
                return new Verification(Reason.MALFORMED);
            }
        }
        Object issuer = claims.get("iss");
        List<Candidate> candidates = choice.candidates(token, issuer);
        // One that is over by its own word needs no key: it would be refused with any.
        List<KeySource> mayHaveMore =
                rules.saysItIsOver(claims, clock.millis()) ? List.of() : choice.mayHaveMore(token, issuer);
        if (candidates.isEmpty()) {
            return new Verification(choice.whyNone(issuer), mayHaveMore);
        }
        return candidates.size() > KeyChoice.MAX_TRIED_KEYS
                ? new Verification(Reason.UNKNOWN_KEY, mayHaveMore)
                : new Verification(token, candidates, mayHaveMore);
    }

    private Verification prepareEncrypted(String text, @Nullable String cookie) {
        EncryptedToken token = EncryptedToken.read(text);
        if (token == null) {
            return new Verification(Reason.MALFORMED);
        }
        List<AuthJsKey> candidates = authJs.candidates(token, cookie);
        return candidates.isEmpty() || candidates.size() > KeyChoice.MAX_TRIED_KEYS
                ? new Verification(Reason.UNKNOWN_KEY)
                : new Verification(token.isSlowToOpenWith(candidates.size()), () -> open(token, candidates));
    }

    private TokenVerdict open(EncryptedToken token, List<AuthJsKey> candidates) {
        for (AuthJsKey candidate : candidates) {
            byte[] content = JjwtVerifier.decrypt(token, candidate.key());
            if (content != null) {
                return judge(token.text(), () -> StrictJson.object(content));
            }
        }
        return Verdicts.invalid(Reason.BAD_SIGNATURE);
    }

    private TokenVerdict judge(String text, Supplier<Map<String, Object>> reader) {
        try {
            Map<String, Object> claims = reader.get();
            // The application's secret speaks for the application, and for no issuer that has keys of its own.
            return choice.hasKeysOf(claims.get("iss"))
                    ? Verdicts.invalid(Reason.WRONG_ISSUER)
                    : rules.apply(text, claims, clock.millis());
        } catch (RuntimeException e) {
            return Verdicts.invalid(Reason.MALFORMED);
        }
    }

    /**
     * Runs the code that verifies, so that the first users do not wait for it to be compiled: the first operations on
     * elliptic curves take milliseconds each. Blocks its caller for that many signatures an algorithm.
     */
    void warmUp(int rounds) {
        warmUpDecryption(rounds);
        var done = new HashSet<String>();
        for (Candidate key : choice.keys()) {
            for (String algorithm : key.what().algorithms()) {
                String token = done.add(algorithm) ? BogusToken.text(algorithm, key.what()) : "";
                for (int i = 0; i < rounds && !token.isEmpty(); i++) {
                    key.signatures().fault(token);
                }
            }
        }
    }

    /** The first decryption takes as long as thousands of later ones, and would take it on an event loop. */
    private void warmUpDecryption(int rounds) {
        for (ContentEncryption encryption : ContentEncryption.values()) {
            TokenText token = new TokenText(BogusToken.encrypted(encryption));
            for (int i = 0; i < rounds && !authJs.isEmpty(); i++) {
                var unused = prepare(token).run();
            }
        }
    }

    /** A token whose form was looked at: its refusal, or the work that is left. */
    final class Verification {

        private final TokenVerdict refusal;
        private final @Nullable UnverifiedToken token;
        private final List<Candidate> candidates;
        private final List<KeySource> mayHaveMore;
        private final boolean slowToOpen;
        private final @Nullable Supplier<TokenVerdict> encrypted;
        // Written by whoever runs it, who alone reads it.
        private @Nullable VerificationKey provedBy;

        private Verification(Reason refusal) {
            this(refusal, List.of());
        }

        private Verification(Reason refusal, List<KeySource> mayHaveMore) {
            this(refusal, null, List.of(), mayHaveMore, false, null);
        }

        private Verification(boolean slowToOpen, Supplier<TokenVerdict> encrypted) {
            this(Reason.BAD_SIGNATURE, null, List.of(), List.of(), slowToOpen, encrypted);
        }

        private Verification(UnverifiedToken token, List<Candidate> candidates, List<KeySource> mayHaveMore) {
            this(Reason.BAD_SIGNATURE, token, candidates, mayHaveMore, false, null);
        }

        private Verification(
                Reason refusal,
                @Nullable UnverifiedToken token,
                List<Candidate> candidates,
                List<KeySource> mayHaveMore,
                boolean slowToOpen,
                @Nullable Supplier<TokenVerdict> encrypted) {
            this.refusal = Verdicts.invalid(refusal);
            this.token = token;
            this.candidates = candidates;
            this.mayHaveMore = mayHaveMore;
            this.slowToOpen = slowToOpen;
            this.encrypted = encrypted;
        }

        /** The key that proved a valid token; null before {@link #run}, and where it was no key that may go. */
        @Nullable VerificationKey provedBy() {
            return provedBy;
        }

        /** The sources that may have the key of a token that was refused like this; empty where it was looked at in vain. */
        List<KeySource> mayHaveKeyAfter(TokenVerdict verdict) {
            return verdict instanceof TokenVerdict.Invalid invalid
                            && (invalid.reason() == Reason.UNKNOWN_KEY || invalid.reason() == Reason.BAD_SIGNATURE)
                    ? mayHaveMore
                    : List.of();
        }

        /** Whether {@link #run} takes too long for an event loop. */
        boolean slow() {
            for (Candidate key : candidates) {
                if (key.what().slow()) {
                    return true;
                }
            }
            return slowToOpen || (token != null && token.isSlowToVerifyWith(candidates.size()));
        }

        /** Checks signature and claims: {@code Valid} or {@code Invalid}. */
        TokenVerdict run() {
            if (token == null) {
                return encrypted == null ? refusal : encrypted.get();
            }
            TokenVerdict refused = refusal;
            for (Candidate key : candidates) {
                Reason fault = key.signatures().fault(token.text());
                if (fault == null) {
                    provedBy = key.what();
                    TokenVerdict verdict = judge(token, key.what());
                    if (!isAboutIssuerOrAudience(verdict)) {
                        return verdict;
                    }
                    // The same key may stand in the file once more, for another audience.
                    refused = verdict;
                } else if (fault != Reason.BAD_SIGNATURE) {
                    return Verdicts.invalid(fault);
                }
            }
            return refused;
        }

        private static boolean isAboutIssuerOrAudience(TokenVerdict verdict) {
            return verdict instanceof TokenVerdict.Invalid invalid
                    && (invalid.reason() == Reason.WRONG_ISSUER || invalid.reason() == Reason.WRONG_AUDIENCE);
        }

        /** By the rules of the key that proved it, never by those of another. */
        private TokenVerdict judge(UnverifiedToken proved, VerificationKey by) {
            try {
                return rules.applyTo(proved.text(), proved.claims(), clock.millis(), by.issuer(), by.audience());
            } catch (RuntimeException e) {
                return Verdicts.invalid(Reason.MALFORMED);
            }
        }
    }
}
