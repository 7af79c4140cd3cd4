package io.sessiongate.cli;

/**
 * Adds a command to the command line when its jar is on the class path, found by {@link java.util.ServiceLoader}: the
 * demo comes this way and is never part of the product.
 */
public interface SubcommandProvider {

    /** An object annotated as a picocli command. */
    Object command();
}
