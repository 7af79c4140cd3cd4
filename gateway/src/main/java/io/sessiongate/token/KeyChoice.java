package io.sessiongate.token;

import io.sessiongate.config.KeyConfig;
import io.sessiongate.token.TokenVerdict.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which keys a token may be by. Nothing of the token is proved when this is asked, and so nothing that it says does more
 * than to leave keys out. Immutable, for any thread.
 *
 * <p>An issuer that has keys of its own is believed by those only: whoever holds another key of the realm cannot speak in
 * its name, and nobody but it can use its keys (RFC 8725 sections 3.8 and 3.12).
 */
final class KeyChoice {

    /**
     * Signatures that one token may cost. Where more keys than this could have signed a token, it has to say which one
     * (by {@code kid}) or it is refused.
     */
    static final int MAX_TRIED_KEYS = 8;

    /**
     * A key with what checks signatures by it.
     *
     * @param ofSet whether it came in a set, whose size is somebody else's decision
     */
    record Candidate(VerificationKey what, JjwtVerifier signatures, boolean ofSet) {}

    /** A source of further keys, with those that are among {@code keys} already. */
    record Supply(KeySource source, List<VerificationKey> keys) {}

    private final List<Candidate> keys;
    private final List<Supply> supplies;
    private final @Nullable String realmIssuer;
    private final Set<String> issuers = new HashSet<>();
    private final boolean anyWithoutIssuer;

    /**
     * A choice among keys.
     *
     * @param supplies where there may be more than those
     * @param realmIssuer required {@code iss} of tokens by keys without an issuer of their own; null for any
     */
    KeyChoice(List<Candidate> keys, List<Supply> supplies, @Nullable String realmIssuer) {
        this.keys = List.copyOf(keys);
        this.supplies = List.copyOf(supplies);
        this.realmIssuer = realmIssuer;
        var all = new ArrayList<@Nullable String>();
        keys.forEach(key -> all.add(key.what().issuer()));
        supplies.forEach(supply -> all.add(supply.source().identity().issuer()));
        boolean without = false;
        for (String issuer : all) {
            if (issuer == null) {
                without = true;
            } else {
                issuers.add(issuer);
            }
        }
        this.anyWithoutIssuer = without;
    }

    List<Candidate> keys() {
        return keys;
    }

    /** Whether the choice depends on {@code iss}, for which the claims have to be read. */
    boolean needsIssuer() {
        return !issuers.isEmpty() || !supplies.isEmpty();
    }

    /** The issuer whose keys alone are to be tried, or null for the keys that have none of their own. */
    private @Nullable String scope(@Nullable Object issuer) {
        return issuer instanceof String name && issuers.contains(name) ? name : null;
    }

    /** Whether it is an issuer that is believed by keys of its own only. */
    boolean hasKeysOf(@Nullable Object issuer) {
        return scope(issuer) != null;
    }

    /** Why there is no key for a token: it is of an issuer that the realm does not know, or the key is missing. */
    Reason whyNone(@Nullable Object issuer) {
        return scope(issuer) == null && !anyWithoutIssuer && !issuers.isEmpty()
                ? Reason.WRONG_ISSUER
                : Reason.UNKNOWN_KEY;
    }

    /**
     * The keys of a token: where it names one by {@code kid}, those of that name, even if none is for its algorithm; where
     * no key has that name, those without one. A token without name may be by any key. All of the token's algorithm and
     * issuer.
     *
     * @param issuer what the token has as {@code iss}; looked at only where {@link #needsIssuer}
     */
    List<Candidate> candidates(UnverifiedToken token, @Nullable Object issuer) {
        String scope = scope(issuer);
        String name = token.keyId();
        boolean known = name != null
                && keys.stream()
                        .anyMatch(key ->
                                isOf(key, scope) && name.equals(key.what().keyId()));
        var candidates = new ArrayList<Candidate>(2);
        for (Candidate key : keys) {
            String keyId = key.what().keyId();
            boolean meant = name == null || (known ? name.equals(keyId) : keyId == null);
            if (meant && isOf(key, scope) && key.what().algorithms().contains(token.algorithm())) {
                candidates.add(key);
            }
        }
        if (candidates.size() > MAX_TRIED_KEYS) {
            // A set that grows must not make the keys of the configuration useless.
            candidates.removeIf(Candidate::ofSet);
        }
        return candidates;
    }

    /**
     * The sources that may have a key for the token which is not known yet: it names one that they did not have, or they
     * had none at all.
     */
    List<KeySource> mayHaveMore(UnverifiedToken token, @Nullable Object issuer) {
        if (supplies.isEmpty()) {
            return List.of();
        }
        String scope = scope(issuer);
        if (scope == null && realmIssuer != null && !realmIssuer.equals(issuer)) {
            return List.of();
        }
        var wanted = new ArrayList<KeySource>(1);
        for (Supply supply : supplies) {
            KeySource.Identity source = supply.source().identity();
            boolean responsible = scope == null ? source.issuer() == null : scope.equals(source.issuer());
            if (responsible && source.covers(token.algorithm()) && lacks(supply, token.keyId())) {
                wanted.add(supply.source());
            }
        }
        return wanted;
    }

    private static boolean lacks(Supply supply, @Nullable String name) {
        return supply.keys().isEmpty()
                || (name != null && supply.keys().stream().noneMatch(key -> name.equals(key.keyId())));
    }

    private static boolean isOf(Candidate key, @Nullable String scope) {
        String issuer = key.what().issuer();
        return scope == null ? issuer == null : scope.equals(issuer);
    }

    /** Keys without a name cannot be told apart by a token, so that one beyond the bound would make all of them useless. */
    static void refuseMoreThanAreTried(List<KeyConfig> keys) {
        var count = new HashMap<List<@Nullable String>, Integer>();
        for (KeyConfig key : keys) {
            for (String algorithm : key.kid() == null ? key.algorithms() : Set.<String>of()) {
                if (count.merge(Arrays.asList(key.issuer(), algorithm), 1, Integer::sum) > MAX_TRIED_KEYS) {
                    throw new IllegalArgumentException(key.location() + ": more than " + MAX_TRIED_KEYS
                            + " keys without kid for " + algorithm + "; give them the kid their tokens name");
                }
            }
        }
    }
}
