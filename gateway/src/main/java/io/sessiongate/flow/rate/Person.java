package io.sessiongate.flow.rate;

import io.sessiongate.token.Fingerprint;

/**
 * Whose bucket it is where a live session says so. Realms know nothing of each other's names.
 *
 * @param id of the session or of the subject
 */
record Person(String realm, Fingerprint id) {

    /** Names nobody: this may reach a log. */
    @Override
    public String toString() {
        return "Person";
    }
}
