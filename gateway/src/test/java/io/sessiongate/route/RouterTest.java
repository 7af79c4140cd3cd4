package io.sessiongate.route;

import static io.sessiongate.route.Rules.ADMIN;
import static io.sessiongate.route.Rules.AUTHENTICATED;
import static io.sessiongate.route.Rules.PUBLIC;
import static io.sessiongate.route.Rules.hostRule;
import static io.sessiongate.route.Rules.rule;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sessiongate.config.RouteConfig;
import io.sessiongate.route.RouteMatch.Matched;
import io.sessiongate.route.RouteMatch.MethodNotAllowed;
import io.sessiongate.route.RouteMatch.NoRoute;
import io.sessiongate.route.RouteMatch.Refused;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {

    private static final RouteConfig ALL = rule("/**", AUTHENTICATED);
    private static final RouteConfig API = rule("/api/**", AUTHENTICATED);
    private static final RouteConfig API_ADMIN = rule("/api/admin/**", ADMIN);
    private static final RouteConfig STATS = rule("/api/admin/stats", AUTHENTICATED);
    private static final RouteConfig LOGIN = rule("/login", PUBLIC);
    private static final RouteConfig UMLAUT = rule("/über uns/**", PUBLIC);
    private static final List<RouteConfig> RULES = List.of(ALL, API, API_ADMIN, STATS, LOGIN, UMLAUT);

    private final Router router = new Router(RULES);

    @ParameterizedTest
    @CsvSource({
        "/, /**",
        "/x, /**",
        "/loginx, /**",
        "/log, /**",
        "/login, /login",
        "/login/, /login",
        "/login?a=1, /login",
        "/login/?/../x, /login",
        "/login/more, /**",
        "/api, /api/**",
        "/api/, /api/**",
        "/api/x/y/z, /api/**",
        "/apiary, /**",
        "/api/admin, /api/admin/**",
        "/api/admin/, /api/admin/**",
        "/api/admin/x, /api/admin/**",
        "/api/administrator, /api/**",
        "/api/admin/stats, /api/admin/stats",
        "/api/admin/stats/, /api/admin/stats",
        "/api/admin/stats/x, /api/admin/**",
        "/api?x=/api/admin, /api/**",
        "/.well-known/x, /**",
        "/a.b/c.d, /**",
        "/%C3%BCber%20uns, /über uns/**",
        "/%c3%bcber%20uns/x, /über uns/**",
    })
    void theMostSpecificPathWins(String target, String path) {
        assertThat(matched(router, target).path()).isEqualTo(path);
    }

    @Test
    void theOrderOfRulesDoesNotMatter() {
        var shuffled = new ArrayList<>(RULES);
        Collections.reverse(shuffled);
        Router reversed = new Router(shuffled);

        for (String target : List.of("/", "/login", "/api/x", "/api/admin", "/api/admin/stats")) {
            assertThat(reversed.match("GET", null, target)).isEqualTo(router.match("GET", null, target));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/api%2Fadmin/x",
                "/api%2fadmin/x",
                "/%61pi/admin",
                "/api/%61dmin",
                "/%2561pi/admin",
                "/%252561pi/admin",
                "//api/admin",
                "/api//admin/x",
                "/api///admin",
                "//evil.example/api/admin",
                "/%2Fevil.example/api/admin",
                "/\\evil.example/api/admin",
                "/api\\admin",
                "/api%5Cadmin",
                "/API/admin/x",
                "/api/Admin",
                "/LOGIN",
                "/api;x=1/admin",
                "/x;/../api/admin",
                "/;x/api/admin",
                "/api/admin;x",
                "/api/%61dmin%3Bx",
                "/login%3Fx",
                "/login%23x",
                "/login%2F",
                "/login//",
                "/login;x",
                "/login.",
                "/login%20",
                "/api/admin./x",
                "/api/admin%2E/x",
                "/api/ad%E2%84%AAmin%2F..",
                "/api/%EF%BD%81dmin",
                "/api%EF%BC%8Fadmin",
            })
    void refusesAPathThatCanBeReadAsOneWithOtherRules(String target) {
        assertThat(router.match("GET", null, target)).isInstanceOf(Refused.class);
    }

    @Test
    void refusesWhatOnlyUnusualCaseFoldingReadsAsAnotherPath() {
        Router kelvin = new Router(List.of(ALL, rule("/kiosk/**", ADMIN)));

        // U+212A KELVIN SIGN becomes k in lower case, U+017F LONG S an S in upper case.
        assertThat(kelvin.match("GET", null, "/%E2%84%AAiosk")).isInstanceOf(Refused.class);
        assertThat(kelvin.match("GET", null, "/kio%C5%BFk")).isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/foo/%2e%2e/api/admin",
                "/foo/../x",
                "/./x",
                "/x/.",
                "/x/..",
                "/..",
                "/%2e",
                "/x/%2E./y",
                "/x/..;/y",
                "/x/..;a=b/y",
                "/x/%2e%2e%3b/y",
                "/x/..%2Fy",
                "/x\\..\\y",
                "/x/%252e%252e/y",
                "/x/..%3Fy",
                "/x/..%23",
                "/x/..%20/y",
                "/x/.../y",
                "/x/%E2%80%A5/y",
                "/x/..%5Cy",
            })
    void refusesDotSegmentsInEverySpelling(String target) {
        Router open = new Router(List.of(rule("/**", PUBLIC)));

        assertThat(open.match("GET", null, target)).isEqualTo(new Refused("The path has a dot segment."));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/x%00",
                "/x%0a",
                "/x%0D%0Ay",
                "/x%7F",
                "/x%C2%85",
                "/x%250a",
                "/x%",
                "/x%4",
                "/x%zz",
                "/x%u002f",
                "/x%EF%BC%91%",
                "/x%C0%AF",
                "/x%E0%80%AF",
                "/x%ED%A0%80",
                "/x%FF",
                "/x%25FF",
                "/caf\u00e9",
                "/x#y",
                "x",
                "",
                "?x",
                "http://a/b",
                "/x y",
                "/x\ty",
                "/x\u0000",
            })
    void refusesWhatIsMalformed(String target) {
        Router open = new Router(List.of(rule("/**", PUBLIC)));

        assertThat(open.match("GET", null, target)).isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/Articles/%C3%9Cber-uns%20x",
                "/files/a%2Fb",
                "//img/x.png",
                "/img//x.png",
                "/_next/static/chunks/aB3;v=1.js",
                "/search/50%25%20off",
                "/search/what%3F",
                "/@me/a+b,c=d(e)!$&'*",
                "/x/y..z/.hidden",
                "/trailing./x",
                "/Api/Users",
                "/mixed\\slashes",
                "/%E6%97%A5%E6%9C%AC",
            })
    void servesAnOddPathWhoseReadingsAllHaveTheSameRule(String target) {
        assertThat(matched(router, target)).isSameAs(ALL);
    }

    @Test
    void rulesThatDifferOnlyInPathAreTheSameToARequest() {
        Router twins = new Router(List.of(rule("/a/**", PUBLIC), rule("/a/b", PUBLIC), ALL));

        assertThat(matched(twins, "/a//b").path()).isEqualTo("/a/**");
    }

    @Test
    void neverSpendsMoreThanItsBoundOnReadings() {
        String long8k = "/" + "a%2525;x//b\\".repeat(700);

        assertThat(router.match("GET", null, long8k)).isEqualTo(new Refused("The path can be read in too many ways."));
    }

    @Test
    void aLongHonestPathIsServed() {
        assertThat(matched(router, "/Files/" + "%C3%9Cber%2F".repeat(600))).isSameAs(ALL);
    }

    @Test
    void withoutARuleThereIsNoRoute() {
        Router few = new Router(List.of(API));

        assertThat(few.match("GET", null, "/other")).isInstanceOf(NoRoute.class);
        assertThat(few.match("OPTIONS", null, "*")).isInstanceOf(NoRoute.class);
    }

    @Test
    void aMethodNoRuleAllowsGetsTheMethodsThatAreAllowed() {
        Router split = new Router(
                List.of(rule("/x", PUBLIC, "PUT", "DELETE"), rule("/x", AUTHENTICATED, "GET"), rule("/**", PUBLIC)));

        var answer = (MethodNotAllowed) split.match("POST", null, "/x");
        assertThat(answer.allow()).containsExactly("DELETE", "GET", "HEAD", "PUT");
    }

    @Test
    void rulesOfOnePathAreToldApartByMethod() {
        RouteConfig read = rule("/x", PUBLIC, "GET");
        RouteConfig write = rule("/x", ADMIN);
        Router split = new Router(List.of(write, read));

        assertThat(split.match("GET", null, "/x")).isEqualTo(new Matched(read));
        assertThat(split.match("HEAD", null, "/x")).isEqualTo(new Matched(read));
        assertThat(split.match("get", null, "/x")).isEqualTo(new Matched(write));
        assertThat(split.match("POST", null, "/x")).isEqualTo(new Matched(write));
    }

    @Test
    void aLaxerTreeIsNotAskedForAMethodThePathRefuses() {
        Router router = new Router(List.of(rule("/api/**", PUBLIC), rule("/api/admin/**", ADMIN, "GET")));

        assertThat(router.match("POST", null, "/api/admin/x")).isInstanceOf(MethodNotAllowed.class);
    }

    @ParameterizedTest
    @CsvSource({
        "app.example.com, app.example.com",
        "APP.Example.com:8080, app.example.com",
        "app.example.com., app.example.com",
        "app.example.com.:80, app.example.com",
        "x.example.com, *.example.com",
        "x.y.example.com, *.example.com",
        "x.eu.example.com, *.eu.example.com",
        "example.com, any",
        ".example.com, any",
        "evilexample.com, any",
        "app.example.com.evil, any",
        "[2001:DB8::1]:8443, [2001:db8::1]",
        "[2001:db8::2], any",
        "'', any",
        ", any",
    })
    void theMostSpecificHostWins(String host, String ruleHost) {
        Router hosts = new Router(List.of(
                rule("/**", PUBLIC),
                hostRule("*.example.com", "/**", PUBLIC),
                hostRule("*.eu.example.com", "/**", PUBLIC),
                hostRule("app.example.com", "/**", PUBLIC),
                hostRule("[2001:db8::1]", "/**", PUBLIC)));

        String found = ((Matched) hosts.match("GET", host, "/x")).route().host();
        assertThat(found == null ? "any" : found).isEqualTo(ruleHost);
    }

    @Test
    void aHostWithoutARuleForThePathLeavesItToTheNext() {
        Router hosts = new Router(List.of(rule("/**", PUBLIC), hostRule("a.example", "/api/**", ADMIN)));

        assertThat(((Matched) hosts.match("GET", "a.example", "/api/x")).route().access())
                .isEqualTo(ADMIN);
        assertThat(((Matched) hosts.match("GET", "a.example", "/x")).route().access())
                .isEqualTo(PUBLIC);
        assertThat(hosts.match("GET", "a.example", "/api%2Fx")).isInstanceOf(Refused.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "api",
                "/a//b",
                "/a/../b",
                "/a*b",
                "/*/x",
                "/**/x",
                "/a;x",
                "/a?x",
                "/a#x",
                "/a\\b",
                "/a%2Fb",
                "/a%zz",
                "/a%25b",
                "/a./b",
                "/a /b",
                "/a%00",
                "/\uff41pi",
            })
    void refusesARuleNoRequestCouldSafelyMean(String path) {
        assertThatThrownBy(() -> new Router(List.of(rule(path, PUBLIC))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("gateway.yaml:1:1");
    }

    @Test
    void refusesTwoRulesForTheSameRequests() {
        assertThatThrownBy(() -> new Router(List.of(rule("/x", PUBLIC, "GET"), rule("/x/", ADMIN, "GET", "PUT"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("already");
        assertThatThrownBy(() -> new Router(List.of(rule("/x", PUBLIC), rule("/x", ADMIN))))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void refusesRulesThatDifferOnlyInLetterCase() {
        assertThatThrownBy(() -> new Router(List.of(rule("/API/x", PUBLIC), rule("/api/**", ADMIN))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("letter case");
    }

    @Test
    void aRuleMayBeWrittenInUpperCase() {
        Router upper = new Router(List.of(ALL, rule("/API/**", ADMIN)));

        assertThat(matched(upper, "/API/x").path()).isEqualTo("/API/**");
        assertThat(upper.match("GET", null, "/api/x")).isInstanceOf(Refused.class);
    }

    @Test
    void matchesAreTheSameInstanceEveryTime() {
        assertThat(router.match("GET", null, "/api/x")).isSameAs(router.match("PUT", null, "/api/y"));
    }

    @Test
    void aPlainPathIsMatchedWithoutAllocating() {
        Router hosts = new Router(List.of(ALL, API_ADMIN, STATS, hostRule("*.example.com", "/api/**", PUBLIC)));
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        // Twice, as the first round loads classes.
        long allocated = 0;
        for (int round = 0; round < 2; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                hosts.match("GET", "app.example.org:8080", "/api/admin/Users/42?from=1&to=%20");
                hosts.match("POST", "App.Example.com", "/assets/Main.js");
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).isLessThan(10_000);
    }

    private static RouteConfig matched(Router router, String target) {
        RouteMatch match = router.match("GET", null, target);
        assertThat(match).isInstanceOf(Matched.class);
        return ((Matched) match).route();
    }

    /** Else a limit would hold for one spelling of a path only. */
    @Test
    void refusesAPathThatMayBeReadAsOneWithOtherLimits() {
        var limited = new RouteConfig(
                null, "/login", Set.of(), PUBLIC, "app", "", null, null, true, false, List.of("login"), "t");
        var open = new RouteConfig(null, "/**", Set.of(), PUBLIC, "app", "", null, null, true, "t");
        var router = new Router(List.of(limited, open));
        assertThat(router.match("GET", null, "/x;a/../login")).isInstanceOf(Refused.class);
        assertThat(router.match("GET", null, "/%6Cogin%3Bx")).isInstanceOf(Refused.class);
    }

    /** Else a session that was ended is one for the application under another spelling: no other public route looks. */
    @ParameterizedTest
    @ValueSource(strings = {"/api/auth//session", "/api/auth/Session", "/api/auth/session;x", "/api/auth/%73ession%2F"})
    void refusesAPathThatMayBeReadAsTheSessionEndpoint(String target) {
        var endpoint = new RouteConfig(
                null, "/api/auth/session", Set.of(), PUBLIC, "app", "default", null, null, true, true, "t");
        var tree =
                new RouteConfig(null, "/api/auth/**", Set.of(), PUBLIC, "app", "default", null, null, true, false, "t");
        var router = new Router(List.of(endpoint, tree));

        assertThat(router.match("GET", null, target)).isInstanceOf(Refused.class);
        assertThat(matched(router, "/api/auth/session")).isSameAs(endpoint);
        assertThat(matched(router, "/api/auth//csrf")).isSameAs(tree);
    }
}
