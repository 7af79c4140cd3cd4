package io.sessiongate.cli;

import io.sessiongate.app.Ahead;
import io.sessiongate.config.ConfigFile;
import io.sessiongate.config.Reading;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Run the gateway until it is told to stop (SIGTERM or Ctrl-C).",
            "A stop finishes the requests in flight, for at most the time 'drain' says."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:stopped as told",
            "1:could not start (address taken, ...)",
            "3:the configuration is not valid"
        })
final class RunCommand implements Callable<Integer> {

    @Mixin
    private ConfigOption config;

    @Option(
            names = "--take-over",
            description =
                    "Take the place of the gateway that answers on hand-over.socket, which finishes its requests and ends."
                            + " Where none does, start as ever.")
    private boolean takeOver;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Ahead ahead = PlainRun.begin();
        ConfigFile file = ConfigFile.of(config.file());
        Reading reading = file.read();
        boolean valid = ConfigOption.shown(
                        config.file(), reading.result(), spec.commandLine().getErr())
                != null;
        return PlainRun.serve(valid ? file : null, reading, ahead, takeOver);
    }
}
