package io.sessiongate.benchmarks.sessions;

import io.sessiongate.benchmarks.process.TemporaryDirectory;
import io.sessiongate.benchmarks.process.Tools;
import io.sessiongate.demo.DemoData;
import io.sessiongate.demo.EmbeddedDatabase;
import io.sessiongate.demo.SessionTokens;
import io.sessiongate.session.CheckCost;
import io.sessiongate.session.SessionWeight;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;

/** Memory of a million sessions, the cost of checks with and without batches, and the time from a revocation to its effect. */
public final class Sessions {

    private static final String HELP = """
            usage: benchmarks/sessions [--only weight|checks|revocations] [--sessions 1000000] [--seconds 8]
                                       [--revocations 1000] [--users 200]
            """;
    private static final Duration SESSION_LIFE = Duration.ofHours(8);

    private Sessions() {}

    public static void main(String[] arguments) throws Exception {
        String only = "";
        int sessions = 1_000_000;
        int seconds = 8;
        int revocations = 1_000;
        int users = 200;
        for (int i = 0; i < arguments.length; i += 2) {
            String value = i + 1 < arguments.length ? arguments[i + 1] : "";
            switch (arguments[i]) {
                case "--only" -> only = value;
                case "--sessions" -> sessions = Integer.parseInt(value);
                case "--seconds" -> seconds = Integer.parseInt(value);
                case "--revocations" -> revocations = Integer.parseInt(value);
                case "--users" -> users = Integer.parseInt(value);
                default -> {
                    System.err.print(HELP);
                    System.exit(2);
                }
            }
        }
        System.out.println(Tools.machine());
        if ("weight".contains(only)) {
            System.out.println();
            System.out.print(SessionWeight.measure(sessions));
        }
        if ("checks".contains(only) || "revocations".contains(only)) {
            withDatabase(only, Duration.ofSeconds(seconds), revocations, users);
        }
    }

    private static void withDatabase(String only, Duration length, int revocations, int users) throws Exception {
        try (var directory = TemporaryDirectory.create("sessiongate-sessions-");
                EmbeddedDatabase database = EmbeddedDatabase.start()) {
            String secret = SessionTokens.randomSecret();
            var data = new DemoData(
                    database, new SessionTokens(secret.getBytes(StandardCharsets.UTF_8), InstantSource.system()));
            data.install();
            if ("checks".contains(only)) {
                System.out.println();
                System.out.print(CheckCost.measure(database, length));
            }
            if ("revocations".contains(only)) {
                var logins = data.logInMany(revocations + users, "admin", SESSION_LIFE);
                System.out.println();
                System.out.print(new RevocationDelay(database, secret, directory.path())
                        .measure(logins.subList(0, revocations), logins.subList(revocations, logins.size())));
            }
        }
    }
}
