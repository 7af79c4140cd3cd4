package io.sessiongate.config;

/**
 * One thing that two configurations say differently.
 *
 * @param key what, as {@code routes[3] /api/admin/** access}
 * @param difference how, as {@code authenticated -> roles [admin]}; of what may be a secret that it changed, and no more
 * @param restart whether only a new start brings it about
 */
public record Change(String key, String difference, boolean restart) {

    @Override
    public String toString() {
        return key + ": " + difference;
    }
}
