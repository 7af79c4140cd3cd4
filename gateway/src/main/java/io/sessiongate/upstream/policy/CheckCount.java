package io.sessiongate.upstream.policy;

/**
 * What checks have found of a server, which is taken for well until they say otherwise. Immutable.
 *
 * @param streak how many in a row said the opposite
 */
public record CheckCount(boolean well, int streak) {

    public static final CheckCount UNASKED = new CheckCount(true, 0);

    /**
     * After one more check.
     *
     * @param healthyAfter good ones in a row that bring it back
     * @param unhealthyAfter bad ones in a row that take it out
     */
    public CheckCount after(boolean good, int healthyAfter, int unhealthyAfter) {
        if (good == well) {
            return streak == 0 ? this : new CheckCount(well, 0);
        }
        int enough = good ? healthyAfter : unhealthyAfter;
        return streak + 1 >= enough ? new CheckCount(good, 0) : new CheckCount(well, streak + 1);
    }
}
