package io.sessiongate.config;

/**
 * What is logged and how.
 *
 * @param access whether every request gets a line in the access log
 */
public record LogConfig(Format format, boolean access) {
    /** Text for people, JSON (an object a line) for machines. */
    public enum Format {
        TEXT,
        JSON
    }
}
