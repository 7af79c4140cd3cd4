package io.sessiongate.cli;

import io.sessiongate.app.doctor.Doctor;
import io.sessiongate.app.doctor.Finding;
import io.sessiongate.app.doctor.Verdict;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.RealmConfig;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Connects to everything and says what is wrong with it. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = {
            "Look at the listeners' certificates, connect to the databases and the application of a configuration",
            "and say what is wrong with them: each check with what it saw and what to do. Changes nothing.",
            ""
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:nothing failed (there may be warnings)",
            "1:something failed",
            "2:wrong command line",
            "3:the configuration is not valid"
        })
final class DoctorCommand implements Callable<Integer> {

    private static final Duration DEADLINE = Duration.ofSeconds(3);

    @Mixin
    private ConfigOption config;

    @Option(names = "--realm", paramLabel = "NAME", description = "Only this realm (default: all).")
    private @Nullable String realm;

    @Option(
            names = "--gateways",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many gateways share the database (default: ${DEFAULT-VALUE}).")
    private int gateways;

    @Option(
            names = "--watch",
            paramLabel = "TIME",
            defaultValue = "5s",
            converter = TokenCommandLifetime.class,
            description = "How long to count the application's own session queries, where pg_stat_statements is"
                    + " installed (default: ${DEFAULT-VALUE}; 0s: not).")
    private Duration watch;

    @Option(names = "--json", description = "As JSON, for machines.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    private final BooleanSupplier colour;

    DoctorCommand() {
        // A terminal and no NO_COLOR.
        this(Ansi.AUTO::enabled);
    }

    DoctorCommand(BooleanSupplier colour) {
        this.colour = colour;
    }

    @Override
    public Integer call() throws InterruptedException {
        if (gateways < 1 || gateways > 10_000 || watch.isNegative()) {
            throw new ParameterException(
                    spec.commandLine(), "--gateways is a number from 1 to 10000, --watch a time such as 10s");
        }
        @Nullable GatewayConfig loaded = config.load(spec.commandLine().getErr());
        if (loaded == null) {
            return ExitCode.CONFIGURATION;
        }
        List<RealmConfig> realms = RealmChoice.of(spec.commandLine(), loaded, realm);
        PrintWriter out = spec.commandLine().getOut();
        List<Finding> findings = new ArrayList<>();
        DoctorTable table = new DoctorTable(out, colour.getAsBoolean());
        Doctor.examine(loaded, realms, new Doctor.Options(gateways, watch, DEADLINE), finding -> {
            findings.add(finding);
            if (!json) {
                table.line(finding);
            }
        });
        if (json) {
            out.println(DoctorTable.json(findings));
        } else {
            table.summary(findings);
        }
        out.flush();
        return findings.stream().anyMatch(finding -> finding.verdict() == Verdict.FAIL) ? ExitCode.FAILED : ExitCode.OK;
    }
}
