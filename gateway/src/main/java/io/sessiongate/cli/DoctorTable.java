package io.sessiongate.cli;

import io.sessiongate.app.doctor.Finding;
import io.sessiongate.app.doctor.Verdict;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** Findings as lines for a person, each as soon as it is there, or as JSON. */
final class DoctorTable {

    private static final String PLAIN = "\u001b[0m";
    private static final String BOLD = "\u001b[1m";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final PrintWriter out;
    private final boolean colour;
    private String about = "";

    DoctorTable(PrintWriter out, boolean colour) {
        this.out = out;
        this.colour = colour;
    }

    void line(Finding finding) {
        if (!finding.about().equals(about)) {
            out.println((about.isEmpty() ? "" : System.lineSeparator()) + painted(BOLD, finding.about()));
            about = finding.about();
        }
        String verdict = String.format(Locale.ROOT, "%-7s", word(finding.verdict()));
        out.printf(
                Locale.ROOT,
                "  %s  %-20s  %s%n",
                painted(colour(finding.verdict()), verdict),
                finding.check(),
                finding.saw());
        if (finding.fix() != null) {
            out.printf(Locale.ROOT, "  %29s  fix: %s%n", "", finding.fix());
        }
        out.flush();
    }

    void summary(List<Finding> findings) {
        List<String> counts = new ArrayList<>();
        for (Verdict verdict : Verdict.values()) {
            long count = findings.stream()
                    .filter(finding -> finding.verdict() == verdict)
                    .count();
            if (count > 0) {
                counts.add(count + " " + word(verdict));
            }
        }
        out.println(System.lineSeparator() + String.join(", ", counts));
    }

    static String json(List<Finding> findings) {
        List<Map<String, Object>> lines = new ArrayList<>();
        boolean isBad = false;
        for (Finding finding : findings) {
            isBad |= finding.verdict() == Verdict.FAIL;
            Map<String, Object> line = new LinkedHashMap<>();
            line.put("about", finding.about());
            line.put("check", finding.check());
            line.put("verdict", finding.verdict().name().toLowerCase(Locale.ROOT));
            line.put("saw", finding.saw());
            if (finding.fix() != null) {
                line.put("fix", finding.fix());
            }
            lines.add(line);
        }
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("healthy", !isBad);
        report.put("findings", lines);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(report);
    }

    private static String word(Verdict verdict) {
        return verdict == Verdict.FAIL ? "FAIL" : verdict.name().toLowerCase(Locale.ROOT);
    }

    private static String colour(Verdict verdict) {
        return switch (verdict) {
            case OK -> "\u001b[32m";
            case WARN -> "\u001b[33m";
            case FAIL -> "\u001b[1;31m";
            case SKIPPED -> "\u001b[2m";
        };
    }

    private String painted(String colours, String text) {
        return colour ? colours + text + PLAIN : text;
    }
}
