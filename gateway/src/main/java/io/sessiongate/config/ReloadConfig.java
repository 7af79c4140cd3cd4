package io.sessiongate.config;

import java.time.Duration;

/**
 * When the configuration is loaded again by itself.
 *
 * @param watch whether it is when its file, or one that it names, has changed
 * @param interval how often that is looked at
 */
public record ReloadConfig(boolean watch, Duration interval) {

    /** What holds where a file says nothing of it. */
    public static final ReloadConfig DEFAULT = new ReloadConfig(true, Duration.ofSeconds(2));
}
