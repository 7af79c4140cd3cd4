package io.sessiongate.config;

import java.util.Comparator;

/**
 * One thing wrong with a configuration file. Never holds a secret.
 *
 * @param file the file as it was named to the loader
 * @param line counted from 1
 * @param column counted from 1
 * @param key path of the key, such as {@code routes[0].access}; empty when the file as a whole is meant
 * @param message what is wrong, and what would be right
 */
public record Problem(String file, int line, int column, String key, String message) {

    static final Comparator<Problem> BY_POSITION = Comparator.comparingInt(Problem::line)
            .thenComparingInt(Problem::column)
            .thenComparing(Problem::key)
            .thenComparing(Problem::message);

    /** As compilers write it: {@code file:line:column key: message}. */
    @Override
    public String toString() {
        return file + ":" + line + ":" + column + (key.isEmpty() ? "" : " " + key) + ": " + message;
    }
}
