package io.sessiongate.session.simulation;

import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.session.SimulationResult;
import io.sessiongate.session.WaitTimes;
import io.sessiongate.session.simulation.Scenario.Column;
import io.sessiongate.session.simulation.Scenario.Variant;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Runs scenarios and writes down what came of them, as the text of docs/simulation.md. */
public final class SimulationReport {

    private static final String HEAD = """
            # Simulation

            The code that decides, remembers and asks (policy, cache, dispatcher, pool, breaker), run in virtual time against a model of
            everything around it: users who ask at random times, gateways, and a PostgreSQL with two processors whose queries take
            about 2 ms and cost it 31 µs and 5 µs a session, as measured with PostgreSQL 15. Everything else is at its default unless the scenario says
            otherwise. The same code gives the same numbers to the last digit, so a change of policy is a change of this page: `mvn
            verify` fails until it is written anew, with

                benchmarks/simulation --write

            In every run, at every request and query, it was watched that

            - no session was served longer after its end than it may be: milliseconds where the end was pushed, else `revalidate-after`
              (`revalidate-after-while-listening` while pushes are believed to arrive), or `serve-stale-for` while the database cannot
              be asked;
            - no gateway had more than `connection_limit` connections or queries at once;
            - no gateway asked about one session twice at once;
            - every request was answered once, within the time it may take, and nobody was signed out whose session was good.

            *Requests* count those that came again after a 503. *Waits* are of the requests that had to wait, in milliseconds. *Lived on* is
            the longest any session was served after its end, – where none was. *At once* is the most queries that one gateway had under way, of
            its `connection_limit`.
            """;

    private final List<String> violations = new ArrayList<>();

    /** Runs all the scenarios; takes a while. */
    public String of(List<Scenario> scenarios) {
        StringBuilder text = new StringBuilder(HEAD);
        for (Scenario scenario : scenarios) {
            table(scenario, text);
        }
        return text.toString();
    }

    /** What was seen and never may be; empty when all held. */
    public List<String> violations() {
        return violations;
    }

    private void table(Scenario scenario, StringBuilder text) {
        Column column = scenario.column();
        text.append("\n## ").append(scenario.title()).append("\n\n");
        Paragraph.append(scenario.reading(), text);
        String own = column == null ? "" : " " + column.title() + " |";
        text.append(
                        "\n| | requests | queries | checks | per 100 requests | waited | p50 | p99 | max | stale | session over | 503 | "
                                + "lived on | at once |")
                .append(own)
                .append("\n|---|")
                .append("--:|".repeat(13 + (own.isEmpty() ? 0 : 1)))
                .append('\n');
        for (Variant variant : scenario.variants()) {
            SimulationResult result = variant.run().get();
            result.violations()
                    .forEach(violation -> violations.add(scenario.title() + ", " + variant.name() + ": " + violation));
            row(scenario, variant.name(), result, text);
        }
    }

    private static void row(Scenario scenario, String name, SimulationResult result, StringBuilder text) {
        WaitTimes waits = result.waits();
        cell(text.append('|'), name);
        cell(text, "%,d", result.requests());
        cell(text, "%,d", result.queries());
        cell(text, "%,d", result.checks());
        cell(text, "%.2f", 100.0 * result.queries() / result.requests());
        cell(text, "%.2f %%", 100.0 * waits.count() / result.requests());
        cell(text, millis(waits.quantileNanos(0.5)));
        cell(text, millis(waits.quantileNanos(0.99)));
        cell(text, millis(waits.longestNanos()));
        cell(text, "%,d", result.stale());
        cell(text, "%,d", result.ended());
        cell(text, unavailable(result));
        cell(text, time(result.servedAfterEndNanos()));
        cell(text, "%d", result.mostQueries());
        Column column = scenario.column();
        if (column != null) {
            cell(text, own(column, result, scenario.troubleEnds()));
        }
        text.append('\n');
    }

    private static String own(Column column, SimulationResult result, Duration troubleEnds) {
        return switch (column) {
            case CONFIRMED -> number("%,d", result.confirmed());
            case CONNECTIONS -> number("%,d", result.mostAtDatabase());
            case SERVED_AFTER -> time(result.lastCheckedNanos());
            case BACK ->
                after(result.lastStaleNanos(), troubleEnds) + ", " + after(result.lastUnknownNanos(), troubleEnds);
        };
    }

    private static String unavailable(SimulationResult result) {
        if (result.unknown().isEmpty()) {
            return "0";
        }
        StringBuilder text = new StringBuilder();
        result.unknown().entrySet().stream()
                .sorted(Map.Entry.<UnknownReason, Long>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry::getKey))
                .forEach(entry -> text.append(text.isEmpty() ? "" : ", ")
                        .append(number("%,d", entry.getValue()))
                        .append(' ')
                        .append(entry.getKey().name().toLowerCase(Locale.ROOT).replace('_', '-')));
        return text.toString();
    }

    private static String after(long nanos, Duration mark) {
        return nanos <= mark.toNanos() ? "–" : time(nanos - mark.toNanos());
    }

    private static String time(long nanos) {
        if (nanos == 0) {
            return "–";
        }
        return nanos < 1_000_000_000L ? millis(nanos) + " ms" : number("%.1f s", nanos / 1e9);
    }

    private static String millis(long nanos) {
        return number(nanos < 100_000_000 ? "%.1f" : "%,.0f", nanos / 1e6);
    }

    private static void cell(StringBuilder text, String format, Object value) {
        cell(text, number(format, value));
    }

    private static void cell(StringBuilder text, String value) {
        text.append(' ').append(value).append(" |");
    }

    private static String number(String format, Object value) {
        return String.format(Locale.ROOT, format, value);
    }

    /** Lines of a readable length. */
    private static final class Paragraph {
        private static final int WIDTH = 128;

        private Paragraph() {}

        static void append(String words, StringBuilder text) {
            int length = 0;
            for (String word : words.split(" ", -1)) {
                if (length > 0 && length + 1 + word.length() > WIDTH) {
                    text.append('\n');
                    length = 0;
                } else if (length > 0) {
                    text.append(' ');
                    length++;
                }
                text.append(word);
                length += word.length();
            }
            text.append('\n');
        }
    }
}
