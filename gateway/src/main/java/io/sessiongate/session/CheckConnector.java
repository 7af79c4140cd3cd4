package io.sessiongate.session;

import java.util.function.Consumer;

/** Opens connections to the session store. Confined to the check loop. */
interface CheckConnector {

    /**
     * Opens one connection, ready for checks. Calls back exactly once on the check loop, also when connecting takes
     * for ever: the connector keeps its own deadline and leaves nothing half-open behind.
     */
    void connect(Consumer<ConnectResult> then);

    /** Closes what it keeps besides the connections it opened; opens nothing afterwards. May be called again. */
    default void close() {}

    /** How an attempt ended. */
    sealed interface ConnectResult {
        record Connected(CheckConnection connection) implements ConnectResult {}

        /** {@code message} is for the log and {@code /readyz}: no credentials. */
        record Refused(String message) implements ConnectResult {}
    }
}
