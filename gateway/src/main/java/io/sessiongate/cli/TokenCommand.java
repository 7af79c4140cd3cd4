package io.sessiongate.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Groups the commands about tokens. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = "Makes and explains tokens, for development.",
        subcommands = {TokenCommandMint.class, TokenCommandInspect.class})
final class TokenCommand implements Runnable {

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Say what to do: mint or inspect.");
    }
}
