package io.sessiongate.config;

import java.util.List;

/** What came of reading a configuration file. */
public sealed interface LoadResult {

    /** A valid configuration, and what is accepted but worth a look; warnings in the order of the file. */
    record Loaded(GatewayConfig config, List<Problem> warnings) implements LoadResult {
        public Loaded {
            warnings = List.copyOf(warnings);
        }
    }

    /** Everything that is wrong, at least one thing, in the order of the file. */
    record Invalid(List<Problem> problems) implements LoadResult {
        public Invalid {
            problems = List.copyOf(problems);
        }
    }
}
