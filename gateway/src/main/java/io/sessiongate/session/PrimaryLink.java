package io.sessiongate.session;

import java.util.OptionalLong;
import java.util.function.Consumer;

/** The one connection to the primary that the checks over replicas share. Confined to the check loop. */
interface PrimaryLink extends CheckConnection {

    /** Opens it. Confined to the check loop. */
    interface Source {
        /** Calls back exactly once on the loop, within the connect timeout; a refusal leaves no socket open. */
        void open(Consumer<Opened> then);
    }

    /** How an attempt ended. */
    sealed interface Opened {
        record Open(PrimaryLink link) implements Opened {}

        /** {@code message} is for the log: no credentials. */
        record Refused(String message) implements Opened {}
    }

    /** Asks how far the log reaches, while no check is under way; empty where the server does not say, as one in recovery. */
    void position(Consumer<OptionalLong> then);
}
