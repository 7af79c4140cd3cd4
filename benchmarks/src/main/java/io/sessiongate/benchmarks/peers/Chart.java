package io.sessiongate.benchmarks.peers;

import java.util.List;
import java.util.Locale;

/**
 * Processor time a request as bars, user and system time apart, in SVG: no script, no font but the reader's, and colours for
 * light and dark pages.
 */
final class Chart {

    /** One bar. */
    record Bar(String name, double userMicros, double systemMicros, boolean ours) {
        double total() {
            return userMicros + systemMicros;
        }
    }

    private static final int WIDTH = 760;
    private static final int LABELS = 230;
    private static final int VALUES = 130;
    private static final int TOP = 64;
    private static final int ROW = 30;
    private static final int THICK = 18;
    private static final int BASELINE = 14;
    private static final int BOTTOM = 20;

    /** Times the cheapest; a longer bar is cut, and drawn a little longer than the longest whole one. */
    private static final double CUT_ABOVE = 4;

    private static final double CUT_EXTRA = 30;
    private static final double CUT_AT = 0.5;

    private static final String STYLE = """
              <style>
                text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24292f; }
                .title { font-size: 15px; font-weight: 600; }
                .small, .value { font-size: 12px; fill: #57606a; }
                .ours { font-weight: 600; }
                .cut { fill: #ffffff; }
                .user { fill: #8c959f; } .system { fill: #d0d7de; }
                .user.mine { fill: #1a7f37; } .system.mine { fill: #7fcf97; }
                @media (prefers-color-scheme: dark) {
                  text { fill: #e6edf3; }
                  .cut { fill: #0d1117; }
                  .small, .value { fill: #9da7b1; }
                  .user { fill: #8b949e; } .system { fill: #4a525c; }
                  .user.mine { fill: #3fb950; } .system.mine { fill: #236b33; }
                }
              </style>
            """;

    private Chart() {}

    static String svg(String title, List<Bar> bars) {
        double scale = (WIDTH - LABELS - VALUES) / longestShown(bars);
        int height = TOP + ROW * bars.size() + BOTTOM;
        var svg = new StringBuilder();
        append(
                svg,
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\""
                        + " aria-label=\"%s\">%n",
                WIDTH,
                height,
                WIDTH,
                height,
                escaped(title));
        svg.append(STYLE);
        append(svg, "  <text class=\"title\" x=\"0\" y=\"18\">%s</text>%n", escaped(title));
        legend(svg);
        for (int i = 0; i < bars.size(); i++) {
            bar(svg, bars.get(i), TOP + ROW * i, scale);
        }
        return svg.append("</svg>\n").toString();
    }

    /** One that costs many times as much as the cheapest would leave the others without a length: it is cut. */
    private static double longestShown(List<Bar> bars) {
        double cheapest = bars.stream().mapToDouble(Bar::total).min().orElse(1);
        return bars.stream()
                .mapToDouble(Bar::total)
                .filter(t -> t <= CUT_ABOVE * cheapest)
                .max()
                .orElse(cheapest);
    }

    private static void legend(StringBuilder svg) {
        append(svg, "  <rect class=\"user\" x=\"0\" y=\"31\" width=\"12\" height=\"12\"/>%n");
        append(svg, "  <text class=\"small\" x=\"18\" y=\"41\">user</text>%n");
        append(svg, "  <rect class=\"system\" x=\"62\" y=\"31\" width=\"12\" height=\"12\"/>%n");
        append(svg, "  <text class=\"small\" x=\"80\" y=\"41\">system; shorter is better</text>%n");
    }

    private static void bar(StringBuilder svg, Bar bar, int y, double scale) {
        String mine = bar.ours() ? " mine" : "";
        double room = WIDTH - LABELS - VALUES;
        boolean cut = bar.total() * scale > room + 1;
        double shrink = cut ? (room + CUT_EXTRA) / bar.total() : scale;
        double user = bar.userMicros() * shrink;
        double system = bar.systemMicros() * shrink;
        append(
                svg,
                "  <text%s x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>%n",
                bar.ours() ? " class=\"ours\"" : "",
                LABELS - 10,
                y + BASELINE,
                escaped(bar.name()));
        append(
                svg,
                "  <rect class=\"user%s\" x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>%n",
                mine,
                LABELS,
                y,
                user,
                THICK);
        append(
                svg,
                "  <rect class=\"system%s\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>%n",
                mine,
                LABELS + user,
                y,
                system,
                THICK);
        if (cut) {
            append(
                    svg,
                    "  <path class=\"cut\" d=\"M%.1f %d l8 -22 h6 l-8 22 z\"/>%n",
                    LABELS + room * CUT_AT,
                    y + THICK + 2);
        }
        append(
                svg,
                "  <text class=\"value\" x=\"%.1f\" y=\"%d\">%.1f µs</text>%n",
                LABELS + user + system + 8,
                y + BASELINE,
                bar.total());
    }

    private static void append(StringBuilder svg, String format, Object... arguments) {
        svg.append(String.format(Locale.ROOT, format, arguments));
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace("\"", "&quot;");
    }
}
