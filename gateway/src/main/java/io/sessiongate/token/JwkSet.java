package io.sessiongate.token;

import io.sessiongate.token.Jwk.Flaw;
import io.sessiongate.token.Jwk.Unusable;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The usable keys of a JWK Set (RFC 7517 section 5), and what was left out of it. Immutable.
 *
 * @param keys in the order of the set; may be empty
 * @param skipped how many entries were left out, by reason
 */
record JwkSet(List<Jwk> keys, Map<Flaw, Integer> skipped) {

    /** Ample for any issuer, and for a file with a few chains of certificates in it. */
    static final int MAX_BYTES = 256 * 1024;

    static final int MAX_ENTRIES = 64;

    JwkSet {
        keys = List.copyOf(keys);
        skipped = Map.copyOf(skipped);
    }

    /**
     * Reads a set.
     *
     * @param wanted the algorithms that are configured; empty means those that the keys name
     * @throws IllegalArgumentException with a sentence where this is no JWK Set; a set of which nothing can be used is one
     */
    static JwkSet read(byte[] json, Set<String> wanted) {
        if (json.length > MAX_BYTES) {
            throw new IllegalArgumentException("it is larger than " + MAX_BYTES / 1024 + " KiB");
        }
        Map<String, Object> members;
        try {
            members = StrictJson.object(json);
        } catch (RuntimeException e) {
            // Without the cause: its message may quote what is secret elsewhere, a file of another kind for one.
            throw new IllegalArgumentException("it is no JSON object, or has a name twice");
        }
        if (!(members.get("keys") instanceof List<?> entries)) {
            throw new IllegalArgumentException("it has no list `keys`, and so is no JWK Set");
        }
        if (entries.size() > MAX_ENTRIES) {
            throw new IllegalArgumentException("it has more than " + MAX_ENTRIES + " keys");
        }
        var keys = new ArrayList<Jwk>();
        var skipped = new EnumMap<Flaw, Integer>(Flaw.class);
        for (Object entry : entries) {
            try {
                keys.add(Jwk.read(entry, wanted));
            } catch (Unusable e) {
                skipped.merge(e.flaw(), 1, Integer::sum);
            }
        }
        removeDuplicates(keys, skipped);
        return new JwkSet(keys, skipped);
    }

    /** Of two keys of one name nobody can say which is meant: neither is used. */
    private static void removeDuplicates(List<Jwk> keys, Map<Flaw, Integer> skipped) {
        var names = new HashMap<String, Integer>();
        for (Jwk key : keys) {
            if (key.kid() != null) {
                names.merge(key.kid(), 1, Integer::sum);
            }
        }
        keys.removeIf(key -> {
            boolean duplicate = key.kid() != null && names.getOrDefault(key.kid(), 0) > 1;
            if (duplicate) {
                skipped.merge(Flaw.DUPLICATE_KID, 1, Integer::sum);
            }
            return duplicate;
        });
    }

    /** What was left out, as in a sentence; empty where nothing was. */
    String omissions() {
        var lines = new ArrayList<String>();
        new TreeMap<>(skipped).forEach((flaw, count) -> lines.add(count + " that " + flaw.words()));
        return String.join(", ", lines);
    }
}
