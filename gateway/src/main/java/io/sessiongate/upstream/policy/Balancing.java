package io.sessiongate.upstream.policy;

import java.util.SplittableRandom;

/**
 * Chooses one of several servers. A server that starts slowly is thinned out in the same way by all three: it stands aside
 * for the part of the requests that is not yet its own. No allocation; a pass over the servers a choice. Pure but for the
 * lot, which is given.
 */
public final class Balancing {

    /** How much more than the average a server may have under way before sessions of its own go elsewhere. */
    private static final double MOST_OF_AVERAGE = 1.5;

    /** With so few it is never too much, or two sessions at once would already lose theirs. */
    private static final int NEVER_TOO_MUCH = 10;

    private Balancing() {}

    /** The next from {@code turn} on; -1 where none may be taken. */
    public static int inTurn(Candidates servers, int turn, SplittableRandom lot) {
        int size = servers.count();
        int aside = -1;
        for (int i = 0; i < size; i++) {
            int candidate = Math.floorMod(turn + i, size);
            if (servers.mayTake(candidate)) {
                if (stands(servers.share(candidate), lot)) {
                    return candidate;
                }
                aside = aside < 0 ? candidate : aside;
            }
        }
        return aside;
    }

    /**
     * Of two that are drawn by lot the one with fewer requests under way (the power of two choices, Mitzenmacher 2001): nearly
     * as even as the emptiest of all, without everybody running to it at once. -1 where none may be taken.
     */
    public static int leastRequests(Candidates servers, SplittableRandom lot) {
        int one = -1;
        int other = -1;
        int aside = -1;
        int seen = 0;
        for (int i = 0; i < servers.count(); i++) {
            if (!servers.mayTake(i)) {
                continue;
            }
            if (!stands(servers.share(i), lot)) {
                aside = i;
                continue;
            }
            // Two places of a reservoir: every pair is as likely.
            int place = seen < 2 ? seen : lot.nextInt(seen + 1);
            one = place == 0 ? i : one;
            other = place == 1 ? i : other;
            seen++;
        }
        if (one < 0) {
            return aside;
        }
        if (other < 0) {
            return one;
        }
        int difference = servers.inFlight(one) - servers.inFlight(other);
        if (difference == 0) {
            return lot.nextInt(2) == 0 ? one : other;
        }
        return difference < 0 ? one : other;
    }

    /**
     * The same for the same key as long as it may be taken: the one with the highest hash of both (rendezvous hashing, Thaler
     * and Ravishankar 1998), so that a server that leaves takes no other server's keys with it, and one that comes takes only
     * its part. One that has far more than the average under way is passed over (bounded loads, Mirrokni 2018). -1 where none
     * may be taken.
     */
    public static int bySession(Candidates servers, long key) {
        int usable = 0;
        long inFlight = 0;
        for (int i = 0; i < servers.count(); i++) {
            if (servers.mayTake(i)) {
                usable++;
                inFlight += servers.inFlight(i);
            }
        }
        double bound = usable == 0 ? 0 : Math.max(NEVER_TOO_MUCH, MOST_OF_AVERAGE * (inFlight + 1) / usable);
        int best = -1;
        long bestScore = 0;
        int aside = -1;
        long asideScore = 0;
        for (int i = 0; i < servers.count(); i++) {
            if (!servers.mayTake(i)) {
                continue;
            }
            long score = mix(key ^ servers.seed(i));
            // Another hash than the score, or a slow start would be given the keys that are not its own.
            boolean stands = servers.inFlight(i) < bound && unit(mix(score)) < servers.share(i);
            if (stands && (best < 0 || score > bestScore)) {
                best = i;
                bestScore = score;
            } else if (aside < 0 || score > asideScore) {
                aside = i;
                asideScore = score;
            }
        }
        return best < 0 ? aside : best;
    }

    private static boolean stands(double share, SplittableRandom lot) {
        return share >= 1 || lot.nextDouble() < share;
    }

    private static double unit(long hash) {
        return (hash >>> 11) * 0x1.0p-53;
    }

    /** Spreads the bits of a number over all of it (the finalizer of SplitMix64, Steele 2014). */
    public static long mix(long bits) {
        long mixed = (bits ^ (bits >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
