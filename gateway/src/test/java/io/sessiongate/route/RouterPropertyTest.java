package io.sessiongate.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.Access;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.route.RouteMatch.Matched;
import io.sessiongate.route.RouteMatch.Refused;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random rules and paths against a slow matcher that shares no code with the router: it applies every sequence of
 * readings by regular expressions and goes through all rules one by one. All rules are in lower case, so that ignoring
 * case is one more step.
 */
class RouterPropertyTest {

    private static final String[] WORDS = {"a", "b", "api", "admin", "c"};
    private static final String[] PIECES = {
        "/",
        "/",
        "/",
        "/",
        "a",
        "b",
        "api",
        "admin",
        "c",
        "%61",
        "%2F",
        "%2f",
        "%5C",
        "\\",
        ";",
        "%3B",
        "//",
        "A",
        "B",
        "API",
        "%3F",
        "%23",
        "%25",
        "%2561",
        "%252F",
        "%253B",
        ".",
        "..",
        "%2e",
        "%20",
        "%EF%BC%8F",
        "%EF%BD%81",
        "%C3%9C",
        "?q=1",
        "x",
        "=1",
        "%41"
    };
    private static final List<Access> ACCESS = List.of(Rules.PUBLIC, Rules.AUTHENTICATED, Rules.ADMIN);

    private static final List<UnaryOperator<String>> STEPS = List.of(
            RouterPropertyTest::decode,
            path -> path.replaceFirst("[?#].*", ""),
            path -> path.replaceAll("\\\\", "/"),
            path -> path.replaceAll(";[^/]*", ""),
            path -> path.replaceAll("/+", "/"),
            path -> path.startsWith("//") ? path.replaceFirst("//[^/]*/?", "/") : path,
            path -> path.replaceAll("[. ]+(?=/|$)", ""),
            path -> path.replace('\uff0f', '/').replace('\uff41', 'a'),
            path -> path.toLowerCase(Locale.ROOT));

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void anAcceptedPathHasTheSameRuleUnderEveryReading(long seed) {
        var random = new Random(seed);
        int accepted = 0;
        int oddAccepted = 0;
        for (int round = 0; round < 60; round++) {
            List<RouteConfig> rules = randomRules(random);
            Router router = new Router(rules);
            for (int i = 0; i < 60; i++) {
                String target = randomTarget(random);
                if (!(router.match("GET", null, target) instanceof Matched match)) {
                    continue;
                }
                accepted++;
                String path = target.replaceFirst("\\?.*", "");
                Set<String> readings = readings(path);
                oddAccepted += readings.size() > 1 ? 1 : 0;
                for (String reading : readings) {
                    assertThat(segments(reading)).as("readings of %s", path).doesNotContain(".", "..");
                    RouteConfig found = slowMatch(rules, reading);
                    assertThat(found == null ? null : found.access())
                            .as("%s read as %s by %s", target, reading, paths(rules))
                            .isEqualTo(match.route().access());
                }
            }
        }
        assertThat(accepted).isGreaterThan(100);
        assertThat(oddAccepted).isGreaterThan(40);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void aPlainPathHasTheRuleTheSlowMatcherFinds(long seed) {
        var random = new Random(seed);
        for (int round = 0; round < 100; round++) {
            List<RouteConfig> rules = randomRules(random);
            Router router = new Router(rules);
            for (int i = 0; i < 50; i++) {
                String path = randomPlainPath(random);
                RouteConfig expected = slowMatch(rules, path);

                RouteMatch match = router.match("GET", null, path);

                assertThat(match instanceof Matched m ? m.route() : null)
                        .as("%s by %s", path, paths(rules))
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void aPathIsRefusedOnlyWhereReadingsDisagreeOrHaveDotSegments() {
        var random = new Random(21);
        int refused = 0;
        for (int round = 0; round < 300; round++) {
            List<RouteConfig> rules = randomRules(random);
            Router router = new Router(rules);
            String target = randomTarget(random);
            if (!(router.match("GET", null, target) instanceof Refused why)
                    || !why.why().contains("other rules")) {
                continue;
            }
            refused++;
            var found = new HashSet<Object>();
            for (String reading : readings(target.replaceFirst("\\?.*", ""))) {
                RouteConfig rule = slowMatch(rules, reading);
                found.add(rule == null ? "none" : rule.access());
            }
            assertThat(found).as("%s by %s", target, paths(rules)).hasSizeGreaterThan(1);
        }
        assertThat(refused).isGreaterThan(20);
    }

    private static Set<String> readings(String path) {
        Set<String> all = new HashSet<>(Set.of(path));
        var unread = new ArrayList<>(all);
        while (!unread.isEmpty() && all.size() < 2000) {
            String next = unread.remove(unread.size() - 1);
            for (UnaryOperator<String> step : STEPS) {
                String result = step.apply(next);
                if (all.add(result)) {
                    unread.add(result);
                }
            }
        }
        return all;
    }

    private static String decode(String path) {
        String guarded = path.replaceAll("%(?![0-9a-fA-F]{2})", "%25").replace("+", "%2B");
        return URLDecoder.decode(guarded, StandardCharsets.UTF_8);
    }

    private static List<String> segments(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    private static @Nullable RouteConfig slowMatch(List<RouteConfig> rules, String reading) {
        String path = reading.endsWith("/") ? reading.substring(0, reading.length() - 1) : reading;
        RouteConfig best = null;
        int bestScore = -1;
        for (RouteConfig rule : rules) {
            String base = rule.path().replaceFirst("/\\*\\*$", "");
            boolean tree = base.length() < rule.path().length();
            if (path.equals(base) || (tree && path.startsWith(base + "/"))) {
                int score = base.length() * 2 + (tree ? 0 : 1);
                if (score > bestScore) {
                    best = rule;
                    bestScore = score;
                }
            }
        }
        return best;
    }

    private static List<RouteConfig> randomRules(Random random) {
        Map<String, RouteConfig> rules = new HashMap<>();
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            var path = new StringBuilder();
            for (int depth = random.nextInt(4); depth > 0; depth--) {
                path.append('/').append(WORDS[random.nextInt(WORDS.length)]);
            }
            if (path.length() == 0 || random.nextInt(3) > 0) {
                path.append("/**");
            }
            rules.put(path.toString(), Rules.rule(path.toString(), ACCESS.get(random.nextInt(3))));
        }
        rules.put("/**", Rules.rule("/**", ACCESS.get(random.nextInt(3))));
        if (random.nextInt(4) == 0) {
            rules.remove("/**");
            rules.put("/a/**", Rules.rule("/a/**", Rules.PUBLIC));
        }
        return List.copyOf(rules.values());
    }

    private static String randomTarget(Random random) {
        var path = new StringBuilder("/");
        for (int pieces = random.nextInt(8); pieces > 0; pieces--) {
            path.append(PIECES[random.nextInt(PIECES.length)]);
        }
        return path.toString();
    }

    private static String randomPlainPath(Random random) {
        var path = new StringBuilder();
        for (int depth = random.nextInt(5); depth > 0; depth--) {
            path.append('/').append(WORDS[random.nextInt(WORDS.length)]);
            path.append(random.nextInt(6) == 0 ? "x" : "");
        }
        return path.length() == 0 || random.nextInt(5) == 0 ? path + "/" : path.toString();
    }

    private static String paths(List<RouteConfig> rules) {
        return Arrays.toString(
                rules.stream().map(r -> r.path() + " " + r.access()).toArray());
    }
}
