package io.sessiongate.flow;

import static io.sessiongate.flow.FlowFixture.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.Access;
import io.sessiongate.config.CidrBlock;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.testing.SimpleHead;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestFlowTest {

    private final FlowFixture fixture = new FlowFixture();

    private SimpleHead signedIn(String target, String... more) {
        fixture.sessions.login("s1", "ada");
        SimpleHead head = SimpleHead.get(
                target,
                "Host",
                "app.example",
                "Authorization",
                "Bearer " + fixture.token("ada", "s1", "user", "editor"));
        for (int i = 0; i < more.length; i += 2) {
            head.add(more[i], more[i + 1]);
        }
        return head;
    }

    @Test
    void tellsTheApplicationWhoIsAsking() {
        SimpleHead head = signedIn("/stats");
        assertThat(fixture.decide(head)).isInstanceOf(Decision.Forward.class);
        assertThat(head.all("X-Auth-Subject")).containsExactly("ada");
        assertThat(head.all("X-Auth-Session")).containsExactly("s1");
        assertThat(head.first("X-Auth-Roles")).contains("user").contains("editor");
    }

    @Test
    void tellsAClientOfGrpcInItsOwnWordsThatItsTimeIsOver() {
        Answer answer = fixture.answer(SimpleHead.get("/"), Fault.of(FaultKind.DEADLINE_EXCEEDED));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.fields())
                .contains(Map.entry("Content-Type", "application/grpc"), Map.entry("grpc-status", "4"));
        assertThat(answer.body()).isEmpty(); // so that the head is all of it
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Auth-Subject", "x-auth-subject", "X_Auth_Subject", "X.Auth.Subject", "X-AUTH_SUBJECT"})
    void removesAClaimedIdentityFromAPublicRequest(String name) {
        SimpleHead head = SimpleHead.get("/public/x", "Host", "app.example", name, "admin");
        assertThat(fixture.decide(head)).isInstanceOf(Decision.Forward.class);
        assertThat(head.names()).doesNotContain(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Auth-Subject", "x-auth-subject", "X_Auth_Subject", "X.Auth.Subject", "X-AUTH_SUBJECT"})
    void replacesAClaimedIdentityByTheRealOne(String name) {
        SimpleHead head = signedIn("/stats", name, "admin");
        fixture.decide(head);
        assertThat(head.all("X-Auth-Subject")).containsExactly("ada");
        assertThat(head.names().stream()
                        .filter(n -> n.replace('_', '-').replace('.', '-').equalsIgnoreCase("X-Auth-Subject")))
                .hasSize(1);
    }

    @Test
    void keepsTheIdentityWhenTheClientNamesItInConnection() {
        SimpleHead head = signedIn("/stats", "Connection", "close, X-Auth-Subject");
        fixture.decide(head);
        assertThat(head.first("X-Auth-Subject")).isEqualTo("ada");
        assertThat(head.first("Connection")).isNull();
    }

    @Test
    void keepsTheRequestIdWhenTheClientNamesItInConnection() {
        SimpleHead head = signedIn("/stats", "X-Request-Id", "abc", "Connection", "X-Request-Id");
        fixture.decide(head);
        assertThat(head.all("X-Request-Id")).containsExactly("abc");
    }

    @Test
    void tellsTheApplicationTheOneRequestIdThatIsLogged() {
        SimpleHead head = signedIn("/stats", "X-Request-Id", "abc", "X-Request-Id", "another\" id");
        fixture.decide(head);
        assertThat(head.all("X-Request-Id")).containsExactly("abc");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Forwarded-Email",
                "x_forwarded_groups",
                "X-Forwarded-Preferred-Username",
                "X-Forwarded-Uri",
                "X-Original-Host",
                "X-HTTP-Host-Override"
            })
    void removesWhatOnlyAProxyMaySayFromAStranger(String name) {
        SimpleHead head = SimpleHead.get("/public/x", "Host", "app.example", name, "boss");
        fixture.decide(head);
        assertThat(head.names()).doesNotContain(name);
    }

    @Test
    void asksForATokenWithoutAnErrorCodeWhenThereIsNone() {
        Answer answer = fixture.refused(SimpleHead.get("/stats", "Host", "app.example"));
        assertThat(answer.status()).isEqualTo(401);
        assertThat(field(answer, "WWW-Authenticate")).isEqualTo("Bearer realm=\"default\"");
    }

    @Test
    void refusesABadToken() {
        Answer answer = fixture.refused(SimpleHead.get("/stats", "Host", "a", "Authorization", "Bearer a.b.c"));
        assertThat(answer.kind()).isEqualTo(FaultKind.TOKEN_INVALID);
        assertThat(field(answer, "WWW-Authenticate")).contains("error=\"invalid_token\"");
    }

    @Test
    void refusesTwoDifferentTokens() {
        SimpleHead head = signedIn("/stats", "Cookie", "session=" + fixture.token("eve", "s2"));
        assertThat(fixture.refused(head).status()).isEqualTo(400);
    }

    @Test
    void refusesAnEndedSession() {
        SimpleHead head =
                SimpleHead.get("/stats", "Host", "a", "Authorization", "Bearer " + fixture.token("ada", "gone"));
        assertThat(fixture.refused(head).kind()).isEqualTo(FaultKind.SESSION_ENDED);
    }

    @Test
    void answersUnavailableAndLeavesTheCookieAloneWhenTheSessionCannotBeChecked() {
        fixture.sessions.databaseGoesAway();
        SimpleHead head = SimpleHead.get(
                "/stats", "Host", "a", "Accept", "text/html", "Cookie", "session=" + fixture.token("ada", "s1"));
        Answer answer = fixture.refused(head);
        assertThat(answer.status()).isEqualTo(503);
        assertThat(field(answer, "Retry-After")).matches("[1-9][0-9]*");
        assertThat(field(answer, "Set-Cookie")).isNull();
    }

    @Test
    void refusesWhoLacksTheRole() {
        assertThat(fixture.refused(signedIn("/api/admin/users")).kind()).isEqualTo(FaultKind.ROLE_MISSING);
    }

    @Test
    void letsRolesThatTheCheckFoundDecideInPlaceOfTheTokens() {
        fixture.sessions.found("s1", Set.of("admin"), "ada@x.example");
        SimpleHead head = signedIn("/api/admin/users");
        assertThat(fixture.decide(head)).isInstanceOf(Decision.Forward.class);
        assertThat(head.first("X-Auth-Roles")).isEqualTo("admin");
        assertThat(head.first("X-Auth-Email")).isEqualTo("ada@x.example");
    }

    @Test
    void followsARoleThatChangedAtTheNextCheck() {
        fixture.sessions.found("s1", Set.of("admin"));
        fixture.decide(signedIn("/api/admin/users"));
        fixture.sessions.found("s1", Set.of("user"));
        fixture.sessions.pass(java.time.Duration.ofSeconds(61));
        assertThat(fixture.refused(signedIn("/api/admin/users")).kind()).isEqualTo(FaultKind.ROLE_MISSING);
        SimpleHead head = signedIn("/stats");
        fixture.decide(head);
        assertThat(head.first("X-Auth-Roles")).isEqualTo("user");
    }

    @Test
    void refusesAPathThatTheApplicationMightReadAsAnotherRule() {
        Answer answer = fixture.refused(signedIn("/api%2fadmin/users"));
        assertThat(answer.kind()).isEqualTo(FaultKind.AMBIGUOUS_PATH);
    }

    @Test
    void takesABrowserToTheSignInPageAndBack() {
        Answer answer = fixture.refused(SimpleHead.get("/stats?day=1&x=%2F", "Host", "a", "Accept", "text/html,*/*"));
        assertThat(answer.status()).isEqualTo(302);
        assertThat(field(answer, "Location")).isEqualTo("/login?callbackUrl=%2Fstats%3Fday%3D1%26x%3D%252F");
    }

    @Test
    void neverSendsABrowserBackToAnotherSite() {
        Answer answer = fixture.refused(SimpleHead.get("//evil.example/", "Host", "a", "Accept", "text/html"));
        assertThat(field(answer, "Location")).isEqualTo("/login?callbackUrl=%2F");
    }

    @Test
    void answersAScriptWithAProblemInsteadOfARedirect() {
        Answer answer =
                fixture.refused(SimpleHead.get("/stats", "Host", "a", "Accept", "text/html", "Sec-Fetch-Mode", "cors"));
        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.body()).contains("\"type\":\"urn:sessiongate:problem:token-missing\"");
    }

    @Test
    void passesAPreflightWithoutIdentity() {
        SimpleHead head = preflight("/stats");
        head.add("X-Auth-Subject", "admin");
        assertThat(fixture.decide(head)).isInstanceOf(Decision.Forward.class);
        assertThat(head.first("X-Auth-Subject")).isNull();
    }

    @Test
    void takesAwayAMethodOverrideFromAPreflight() {
        SimpleHead head = preflight("/stats");
        head.add("X-HTTP_Method-Override", "POST");
        fixture.decide(head);
        assertThat(head.names()).doesNotContain("X-HTTP_Method-Override");
    }

    @Test
    void judgesAPreflightWithABodyLikeAnyRequest() {
        SimpleHead head = preflight("/stats");
        head.add("Transfer-Encoding", "chunked");
        assertThat(fixture.refused(head).status()).isEqualTo(401);
    }

    @Test
    void judgesAPreflightLikeAnyRequestWhereTheRuleSaysSo() {
        fixture.routes.clear();
        fixture.routes.add(new RouteConfig(
                null, "/**", Set.of(), new Access.Authenticated(), "app", "default", null, null, false, "t:1:1"));
        assertThat(fixture.refused(preflight("/stats")).status()).isEqualTo(401);
    }

    private static SimpleHead preflight(String target) {
        SimpleHead head = new SimpleHead("OPTIONS", target);
        head.add("Host", "app.example");
        head.add("Origin", "https://other.example");
        head.add("Access-Control-Request-Method", "PUT");
        return head;
    }

    @Test
    void namesTheMethodsThatAreAllowed() {
        fixture.routes.clear();
        fixture.routes.add(new RouteConfig(
                null, "/**", Set.of("GET"), new Access.Public(), "app", "default", null, null, true, "t:1:1"));
        SimpleHead head = new SimpleHead("POST", "/x");
        head.add("Host", "a");
        Answer answer = fixture.refused(head);
        assertThat(answer.status()).isEqualTo(405);
        assertThat(field(answer, "Allow")).contains("GET");
    }

    @Test
    void saysWhoForwardedAndForWhom() {
        SimpleHead head = SimpleHead.get(
                "/public/x",
                "Host",
                "app.example",
                "X-Forwarded-For",
                "10.1.1.1",
                "Forwarded",
                "for=10.1.1.1",
                "X_Forwarded_Proto",
                "https");
        fixture.decide(head);
        assertThat(head.all("X-Forwarded-For")).containsExactly("203.0.113.7");
        assertThat(head.all("X-Forwarded-Proto")).containsExactly("http");
        assertThat(head.all("X-Forwarded-Host")).containsExactly("app.example");
        assertThat(head.names()).doesNotContain("Forwarded", "X_Forwarded_Proto");
        assertThat(head.all("Via")).containsExactly("1.1 sessiongate");
    }

    @Test
    void believesATrustedProxyAndAddsItself() {
        fixture.trustedProxies = List.of(CidrBlock.parse("203.0.113.0/24"));
        SimpleHead head = SimpleHead.get(
                "/public/x",
                "Host",
                "inner",
                "X-Forwarded-For",
                "198.51.100.1",
                "X-Forwarded-Proto",
                "https",
                "X-Forwarded-Host",
                "app.example");
        fixture.decide(head);
        assertThat(head.all("X-Forwarded-For")).containsExactly("198.51.100.1, 203.0.113.7");
        assertThat(head.all("X-Forwarded-Proto")).containsExactly("https");
        assertThat(head.all("X-Forwarded-Host")).containsExactly("app.example");
    }

    @Test
    void keepsAHarmlessRequestIdAndReplacesAnyOther() {
        Request kept = fixture.request(SimpleHead.get("/public/x", "Host", "a", "X-Request-Id", "abc-123"));
        Request replaced = fixture.request(SimpleHead.get("/public/x", "Host", "a", "X-Request-Id", "a\" b"));
        fixture.decide(kept);
        fixture.decide(replaced);
        assertThat(kept.id()).isEqualTo("abc-123");
        assertThat(replaced.id()).matches("[0-9a-v]{22}");
        assertThat(replaced.head().all("X-Request-Id")).containsExactly(replaced.id());
    }

    @Test
    void countsRequestsByRouteAndOutcome() {
        Request request = fixture.request(SimpleHead.get("/stats", "Host", "a"));
        fixture.decide(request);
        fixture.flow().completed(request, new Completion(401, FaultKind.TOKEN_MISSING, null, 0, 0, -1));
        assertThat(fixture.registry
                        .get("sessiongate.requests")
                        .tag("route", "/**")
                        .tag("outcome", "token-missing")
                        .counter()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void writesAProblemThatIsJson() {
        Answer answer = fixture.answer(SimpleHead.get("/", "X-Request-Id", "r1"), Fault.of(FaultKind.BODY_TOO_LARGE));
        assertThat(answer.body())
                .isEqualTo(
                        "{\"type\":\"urn:sessiongate:problem:body-too-large\",\"title\":\"The request body is too"
                                + " large.\",\"status\":413,\"detail\":\"The request body is too large.\",\"request_id\":\"r1\"}\n");
    }

    @Test
    void leavesTheQueryOutOfTheLog() {
        assertThat(RequestRecord.path("/reset?token=secret")).isEqualTo("/reset");
        assertThat(RequestRecord.path("/a\"b\nc?x")).isEqualTo("/a?b?c");
        assertThat(RequestRecord.path("http://user:password@host/")).isEqualTo("?");
    }
}
