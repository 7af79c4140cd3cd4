package io.sessiongate.demo;

import io.sessiongate.cli.SubcommandProvider;

/** Adds {@code demo} to the command line of a gateway that has this module on its class path. */
public final class DemoSubcommand implements SubcommandProvider {

    @Override
    public Object command() {
        return new DemoCommand();
    }
}
