package io.sessiongate.cli;

import io.sessiongate.app.doctor.Doctor;
import io.sessiongate.config.ConfigLoader;
import io.sessiongate.config.GatewayConfig;
import io.sessiongate.config.LoadResult;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What the other commands say of a drafted file. */
final class InitChecks {

    private InitChecks() {}

    /** Errors and warnings of {@code check}. */
    static List<String> problems(Path file, Map<String, String> environment) {
        LoadResult result = ConfigLoader.load(file, environment::get);
        return (result instanceof LoadResult.Loaded loaded
                        ? loaded.warnings()
                        : ((LoadResult.Invalid) result).problems())
                .stream().map(Object::toString).toList();
    }

    /** Verdicts of {@code doctor}, by check. */
    static Map<String, String> doctor(Path file, Map<String, String> environment) throws InterruptedException {
        GatewayConfig config = ((LoadResult.Loaded) ConfigLoader.load(file, environment::get)).config();
        Map<String, String> verdicts = new LinkedHashMap<>();
        Doctor.examine(
                config,
                List.copyOf(config.realms().values()),
                new Doctor.Options(1, Duration.ZERO, Duration.ofSeconds(5)),
                finding -> verdicts.put(
                        finding.check(), finding.verdict() + (finding.fix() == null ? "" : " " + finding.saw())));
        return verdicts;
    }
}
