package io.sessiongate.token;

import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.token.KeyChoice.Candidate;
import io.sessiongate.token.TokenVerdict.Reason;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Judges the text of a token with a fixed set of keys. Immutable, for any thread; nothing here throws. */
final class TokenVerifier {

    private final KeyChoice choice;
    private final ClaimRules rules;
    private final InstantSource clock;
    private final int maxBytes;

    /**
     * A verifier.
     *
     * @throws IllegalArgumentException naming the place in the file, where a key cannot be used or is one too many
     */
    TokenVerifier(TokenConfig config, List<KeyConfig> keys, InstantSource clock) {
        this.choice = new KeyChoice(keys.stream()
                .map(VerificationKey::of)
                .map(key -> new Candidate(key, new JjwtVerifier(key, config.clockSkew(), clock)))
                .toList());
        refuseMoreThanAreTried(keys);
        this.rules = new ClaimRules(config);
        this.clock = clock;
        this.maxBytes = config.maxBytes();
    }

    boolean isExpired(VerifiedToken token) {
        return rules.isExpired(token, clock.millis());
    }

    /** Looks at the form of a token and finds the keys to try: microseconds, and the signature is not looked at. */
    Verification prepare(String text) {
        if (text.length() > maxBytes) {
            return new Verification(Reason.TOO_LARGE);
        }
        UnverifiedToken token = UnverifiedToken.read(text);
        if (token == null) {
            return new Verification(Reason.MALFORMED);
        }
        Object issuer = null;
        if (choice.needsIssuer()) {
            try {
                issuer = token.claims().get("iss");
            } catch (RuntimeException e) {
                return new Verification(Reason.MALFORMED);
            }
        }
        List<Candidate> candidates = choice.candidates(token, issuer);
        if (candidates.isEmpty()) {
            return new Verification(choice.whyNone(issuer));
        }
        return candidates.size() > KeyChoice.MAX_TRIED_KEYS
                ? new Verification(Reason.UNKNOWN_KEY)
                : new Verification(token, candidates);
    }

    /**
     * Runs the code that verifies, so that the first users do not wait for it to be compiled: the first operations on
     * elliptic curves take milliseconds each. Blocks its caller for that many signatures an algorithm.
     */
    void warmUp(int rounds) {
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

    /** Keys without a name cannot be told apart by a token, so that one beyond the bound would make all of them useless. */
    private static void refuseMoreThanAreTried(List<KeyConfig> keys) {
        var count = new HashMap<List<@Nullable String>, Integer>();
        for (KeyConfig key : keys) {
            for (String algorithm : key.kid() == null ? key.algorithms() : Set.<String>of()) {
                if (count.merge(Arrays.asList(key.issuer(), algorithm), 1, Integer::sum) > KeyChoice.MAX_TRIED_KEYS) {
                    throw new IllegalArgumentException(key.location() + ": more than " + KeyChoice.MAX_TRIED_KEYS
                            + " keys without kid for " + algorithm + "; give them the kid their tokens name");
                }
            }
        }
    }

    /** A token whose form was looked at: its refusal, or the work that is left. */
    final class Verification {

        private final TokenVerdict refusal;
        private final @Nullable UnverifiedToken token;
        private final List<Candidate> candidates;

        private Verification(Reason refusal) {
            this.refusal = Verdicts.invalid(refusal);
            this.token = null;
            this.candidates = List.of();
        }

        private Verification(UnverifiedToken token, List<Candidate> candidates) {
            this.refusal = Verdicts.invalid(Reason.BAD_SIGNATURE);
            this.token = token;
            this.candidates = candidates;
        }

        /** Whether {@link #run} takes too long for an event loop. */
        boolean slow() {
            for (Candidate key : candidates) {
                if (key.what().slow()) {
                    return true;
                }
            }
            return false;
        }

        /** Checks signature and claims: {@code Valid} or {@code Invalid}. */
        TokenVerdict run() {
            if (token == null) {
                return refusal;
            }
            TokenVerdict refused = refusal;
            for (Candidate key : candidates) {
                Reason fault = key.signatures().fault(token.text());
                if (fault == null) {
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
