package io.sessiongate.session.simulation;

import io.sessiongate.session.SimulationResult;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Something that happens to gateways, in several variants that belong in one table.
 *
 * @param reading how to read the table, a few sentences
 * @param column a column of its own, or null
 * @param troubleEnds when the database is well again, zero where it always is
 */
public record Scenario(
        String title, String reading, @Nullable Column column, Duration troubleEnds, List<Variant> variants) {

    /** Without a column of its own or any trouble. */
    Scenario(String title, String reading, List<Variant> variants) {
        this(title, reading, null, Duration.ZERO, variants);
    }

    /** One row: runs when asked, which takes a second or a few. */
    public record Variant(String name, Supplier<SimulationResult> run) {}

    /** What one scenario shows and others do not. */
    public enum Column {
        /** Questions that a replica's answer left to the primary. */
        CONFIRMED("confirmed"),
        /** Connections at the database. */
        CONNECTIONS("connections"),
        /** When the last request that waited for its check was served. */
        SERVED_AFTER("all served after"),
        /** The last stale answer and the last 503 since the trouble ended. */
        BACK("back: stale, 503");

        private final String title;

        Column(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }
    }
}
