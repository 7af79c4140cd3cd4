package io.sessiongate.token;

import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.TokenConfig;
import io.sessiongate.token.TokenVerdict.Reason;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Judges the text of a token with a fixed set of keys. Immutable, for any thread; nothing here throws. */
final class TokenVerifier {

    /**
     * Signatures that one token may cost. Where more keys than this could have signed a token, it has to say which one
     * (by {@code kid}) or it is refused.
     */
    static final int MAX_TRIED_KEYS = 8;

    private record Key(VerificationKey what, JjwtVerifier signatures) {}

    private final List<Key> keys;
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
        this.keys = keys.stream()
                .map(VerificationKey::of)
                .map(key -> new Key(key, new JjwtVerifier(key, config.clockSkew(), clock)))
                .toList();
        refuseMoreThanAreTried(keys);
        this.authJs = new AuthJsKeys(config);
        this.rules = new ClaimRules(config);
        this.clock = clock;
        this.maxBytes = config.maxBytes();
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
        List<Key> candidates = candidates(token);
        return candidates.isEmpty() || candidates.size() > MAX_TRIED_KEYS
                ? new Verification(Reason.UNKNOWN_KEY)
                : new Verification(token, candidates);
    }

    private Verification prepareEncrypted(String text, @Nullable String cookie) {
        EncryptedToken token = EncryptedToken.read(text);
        if (token == null) {
            return new Verification(Reason.MALFORMED);
        }
        List<AuthJsKey> candidates = authJs.candidates(token, cookie);
        return candidates.isEmpty() || candidates.size() > MAX_TRIED_KEYS
                ? new Verification(Reason.UNKNOWN_KEY)
                : new Verification(() -> open(token, candidates));
    }

    /** Decryption is as quick as an HMAC of the same length. */
    private TokenVerdict open(EncryptedToken token, List<AuthJsKey> candidates) {
        for (AuthJsKey candidate : candidates) {
            byte[] content = JjwtVerifier.decrypt(token, candidate.key());
            if (content != null) {
                return judge(token.text(), () -> StrictJson.object(content));
            }
        }
        return Verdicts.invalid(Reason.BAD_SIGNATURE);
    }

    private TokenVerdict judge(String text, Supplier<Map<String, Object>> claims) {
        try {
            return rules.apply(text, claims.get(), clock.millis());
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
        for (Key key : keys) {
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

    /** Keys without a name cannot be told apart by a token, so that one beyond the bound would make all of them useless. */
    private static void refuseMoreThanAreTried(List<KeyConfig> keys) {
        var count = new HashMap<String, Integer>();
        for (KeyConfig key : keys) {
            for (String algorithm : key.kid() == null ? key.algorithms() : Set.<String>of()) {
                if (count.merge(algorithm, 1, Integer::sum) > MAX_TRIED_KEYS) {
                    throw new IllegalArgumentException(key.location() + ": more than " + MAX_TRIED_KEYS
                            + " keys without kid for " + algorithm + "; give them the kid their tokens name");
                }
            }
        }
    }

    /**
     * The keys of a token: where it names one by {@code kid}, those of that name, even if none is for its algorithm; where
     * no key has that name, those without one. A token without name may be by any key. All of the token's algorithm.
     */
    private List<Key> candidates(UnverifiedToken token) {
        String name = token.keyId();
        boolean known = name != null
                && keys.stream().anyMatch(key -> name.equals(key.what().keyId()));
        var candidates = new ArrayList<Key>(2);
        for (Key key : keys) {
            String keyId = key.what().keyId();
            boolean meant = name == null || (known ? name.equals(keyId) : keyId == null);
            if (meant && key.what().algorithms().contains(token.algorithm())) {
                candidates.add(key);
            }
        }
        return candidates;
    }

    /** A token whose form was looked at: its refusal, or the work that is left. */
    final class Verification {

        private final TokenVerdict refusal;
        private final @Nullable UnverifiedToken token;
        private final List<Key> candidates;
        private final @Nullable Supplier<TokenVerdict> encrypted;

        private Verification(Reason refusal) {
            this.refusal = Verdicts.invalid(refusal);
            this.token = null;
            this.candidates = List.of();
            this.encrypted = null;
        }

        private Verification(Supplier<TokenVerdict> encrypted) {
            this.refusal = Verdicts.invalid(Reason.BAD_SIGNATURE);
            this.token = null;
            this.candidates = List.of();
            this.encrypted = encrypted;
        }

        private Verification(UnverifiedToken token, List<Key> candidates) {
            this.refusal = Verdicts.invalid(Reason.BAD_SIGNATURE);
            this.token = token;
            this.candidates = candidates;
            this.encrypted = null;
        }

        /** Whether {@link #run} takes too long for an event loop. */
        boolean slow() {
            for (Key key : candidates) {
                if (key.what().slow()) {
                    return true;
                }
            }
            return false;
        }

        /** Checks signature and claims: {@code Valid} or {@code Invalid}. */
        TokenVerdict run() {
            if (token == null) {
                return encrypted == null ? refusal : encrypted.get();
            }
            for (Key key : candidates) {
                Reason fault = key.signatures().fault(token.text());
                if (fault == null) {
                    return judge(token.text(), token::claims);
                }
                if (fault != Reason.BAD_SIGNATURE) {
                    return Verdicts.invalid(fault);
                }
            }
            return refusal;
        }
    }
}
