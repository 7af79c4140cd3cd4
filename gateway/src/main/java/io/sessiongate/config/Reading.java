package io.sessiongate.config;

import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What came of reading a configuration.
 *
 * @param result what it says, or what is wrong with it
 * @param effective the same as text, to compare with another; null where it is no YAML
 * @param files all that was read for it, or could not be read: absolute paths
 */
public record Reading(LoadResult result, @Nullable EffectiveConfig effective, Set<Path> files) {

    public Reading {
        files = Set.copyOf(files);
    }
}
