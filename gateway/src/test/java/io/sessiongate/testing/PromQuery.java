package io.sessiongate.testing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names in a query of Prometheus: which metrics it asks for, with which labels, and by which it groups. Not its grammar:
 * every word that is no function, keyword or label counts as a metric, so that none goes unseen.
 *
 * @param uses metrics with what their labels are compared with
 * @param grouping labels that aggregations keep, or that vectors are joined by
 */
public record PromQuery(List<Use> uses, Set<String> grouping) {

    private static final Pattern LABEL_VALUES = Pattern.compile("label_values\\((.*),\\s*([a-z_]+)\\)");
    private static final Pattern GROUPING =
            Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)");
    private static final Pattern RANGE = Pattern.compile("\\[[^\\]]*]");
    private static final Pattern SELECTOR = Pattern.compile("(?<![\\w.$])([a-zA-Z_:][\\w:]*)\\s*(\\{[^}]*}|\\(|)");
    private static final Pattern MATCHER = Pattern.compile("([a-zA-Z_]\\w*)\\s*(?:=~|!~|!=|=)\\s*\"([^\"]*)\"");
    private static final Set<String> KEYWORDS =
            Set.of("and", "or", "unless", "bool", "offset", "group_left", "group_right");

    /** One metric; the values of each label, alternatives of a pattern one by one. */
    public record Use(String metric, Map<String, List<String>> matchers) {}

    public static PromQuery parse(String text) {
        Set<String> grouping = new TreeSet<>();
        String rest = text;
        Matcher variable = LABEL_VALUES.matcher(rest);
        if (variable.matches()) {
            grouping.add(variable.group(2));
            rest = variable.group(1);
        }
        Matcher grouped = GROUPING.matcher(rest);
        while (grouped.find()) {
            Arrays.stream(grouped.group(1).split(",", -1)).map(String::strip).forEach(grouping::add);
        }
        rest = RANGE.matcher(grouped.replaceAll(" ")).replaceAll(" ");
        List<Use> uses = new ArrayList<>();
        Matcher selector = SELECTOR.matcher(rest);
        while (selector.find()) {
            if (!selector.group(2).equals("(") && !KEYWORDS.contains(selector.group(1))) {
                uses.add(new Use(selector.group(1), matchers(selector.group(2))));
            }
        }
        return new PromQuery(uses, grouping);
    }

    private static Map<String, List<String>> matchers(String braces) {
        Map<String, List<String>> matchers = new LinkedHashMap<>();
        Matcher matcher = MATCHER.matcher(braces);
        while (matcher.find()) {
            matchers.put(matcher.group(1), List.of(matcher.group(2).split("\\|", -1)));
        }
        return matchers;
    }
}
