package io.sessiongate.cli;

/**
 * Adds a command to the command line from outside this module; found by {@link java.util.ServiceLoader}. The
 * demonstration comes in this way, so that the product's class path does not carry it.
 */
public interface SubcommandProvider {

    /** A new object annotated with picocli's {@code @Command}, whose name is the command's. */
    Object command();
}
