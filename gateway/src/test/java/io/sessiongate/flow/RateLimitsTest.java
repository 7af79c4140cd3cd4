package io.sessiongate.flow;

import static io.sessiongate.flow.FlowFixture.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.Access;
import io.sessiongate.config.CidrBlock;
import io.sessiongate.config.RateLimitConfig;
import io.sessiongate.config.RateLimitConfig.By;
import io.sessiongate.config.RateLimitConfig.Count;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.http.FaultKind;
import io.sessiongate.session.SessionVerdict;
import io.sessiongate.testing.SimpleAnswer;
import io.sessiongate.testing.SimpleHead;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose request is one too many, and what is said of it. Each limit lets two pass, and one more a minute. */
class RateLimitsTest {

    private static final Duration PER = Duration.ofMinutes(2);

    private final FlowFixture fixture = new FlowFixture();

    @BeforeEach
    void prepare() {
        fixture.routes.clear();
        fixture.sessions.login("s1", "ada");
        fixture.sessions.login("s2", "ada");
        fixture.sessions.login("s3", "eve");
    }

    private void limit(String name, By by, Count count) {
        fixture.limits.add(new RateLimitConfig(name, by, count, 2, PER, 2, true));
    }

    private void route(String path, Access access, String... limits) {
        fixture.routes.add(new RouteConfig(
                null, path, Set.of(), access, "app", "default", null, null, true, false, List.of(limits), "t"));
    }

    /** One route, one limit. */
    private void only(By by, Count count, Access access) {
        limit("api", by, count);
        route("/**", access, "api");
    }

    private static SimpleHead get(String... fields) {
        SimpleHead head = SimpleHead.get("/x", "Host", "a");
        for (int i = 0; i < fields.length; i += 2) {
            head.add(fields[i], fields[i + 1]);
        }
        return head;
    }

    private SimpleHead of(String subject, String session) {
        return get("Authorization", "Bearer " + fixture.token(subject, session, "user"));
    }

    private boolean passes(SimpleHead head) {
        return fixture.decide(head) instanceof Decision.Forward;
    }

    private FaultKind refusal(SimpleHead head) {
        return Objects.requireNonNull(fixture.refused(head).kind(), "nothing failed");
    }

    private boolean from(String peer, String... fields) {
        fixture.peer = peer;
        return passes(get(fields));
    }

    /** The application answers with that status; what goes to the client. */
    private SimpleAnswer answered(SimpleHead head, int status, String... fields) {
        Request request = fixture.request(head);
        assertThat(fixture.decide(request)).isInstanceOf(Decision.Forward.class);
        SimpleAnswer answer = SimpleAnswer.of(status, fields);
        fixture.flow().responding(request, answer);
        return answer;
    }

    @Test
    void refusesWithAProblemThatSaysWhenToComeBack() {
        only(By.ADDRESS, Count.REQUESTS, new Access.Public());
        passes(get());
        passes(get());
        Answer answer = fixture.refused(get("Cookie", "session=x"));
        assertThat(answer.status()).isEqualTo(429);
        assertThat(field(answer, "Retry-After")).isEqualTo("60");
        assertThat(field(answer, "RateLimit-Policy")).isEqualTo("\"api\";q=2;w=120");
        assertThat(field(answer, "RateLimit")).isEqualTo("\"api\";r=0;t=120");
        assertThat(field(answer, "Content-Type")).isEqualTo("application/problem+json");
        assertThat(field(answer, "Cache-Control")).isEqualTo("no-store");
        assertThat(field(answer, "Set-Cookie")).isNull();
        assertThat(answer.body()).contains("\"type\":\"urn:sessiongate:problem:rate-limited\"", "\"status\":429");
        fixture.sessions.pass(Duration.ofMillis(59_001));
        assertThat(field(fixture.refused(get()), "Retry-After")).isEqualTo("1");
        fixture.sessions.pass(Duration.ofSeconds(1));
        assertThat(passes(get())).isTrue();
    }

    @Test
    void tellsWithEachAnswerWhatIsLeftBesideWhatTheApplicationSays() {
        only(By.ADDRESS, Count.REQUESTS, new Access.Public());
        SimpleAnswer answer = answered(get(), 200, "RateLimit", "\"app\";r=9");
        assertThat(answer.all("RateLimit")).containsExactly("\"app\";r=9", "\"api\";r=1;t=60");
        assertThat(answer.all("RateLimit-Policy")).containsExactly("\"api\";q=2;w=120");
    }

    @Test
    void saysNothingOfALimitThatWantsNoHeadersUntilItRefuses() {
        fixture.limits.add(new RateLimitConfig("api", By.ADDRESS, Count.REQUESTS, 2, PER, 1, false));
        route("/**", new Access.Public(), "api");
        assertThat(answered(get(), 200).names()).doesNotContain("RateLimit", "RateLimit-Policy");
        assertThat(field(fixture.refused(get()), "RateLimit")).isEqualTo("\"api\";r=0;t=60");
    }

    @Test
    void asksSeveralLimitsInOneAnswer() {
        limit("user", By.SUBJECT, Count.REQUESTS);
        limit("site", By.ADDRESS, Count.REQUESTS);
        route("/**", new Access.Authenticated(), "user", "site");
        assertThat(answered(of("ada", "s1"), 200).all("RateLimit"))
                .containsExactly("\"site\";r=1;t=60, \"user\";r=1;t=60");
    }

    @Test
    void tellsOnRefusalsOfOtherKindsToo() {
        only(By.SESSION, Count.REQUESTS, new Access.Authenticated());
        Answer answer = fixture.refused(get());
        assertThat(answer.kind()).isEqualTo(FaultKind.TOKEN_MISSING);
        assertThat(field(answer, "RateLimit")).isEqualTo("\"api\";r=1;t=60");
    }

    @Test
    void countsAddressesBeforeAnyTokenIsLookedAt() {
        only(By.ADDRESS, Count.REQUESTS, new Access.Authenticated());
        passes(of("ada", "s1"));
        passes(of("eve", "s3"));
        int queries = fixture.sessions.queries();
        Request request = fixture.request(of("ada", "s2"));
        assertThat(fixture.decide(request)).isInstanceOf(Decision.Reply.class);
        assertThat(request.token).isNull();
        assertThat(fixture.sessions.queries()).isEqualTo(queries);
    }

    @Test
    void countsAnIpv6AddressAsItsNetwork() {
        only(By.ADDRESS, Count.REQUESTS, new Access.Public());
        assertThat(from("2001:db8:1:2::1")).isTrue();
        assertThat(from("2001:db8:1:2:ffff::2")).isTrue();
        assertThat(from("2001:db8:1:2:abcd::3")).isFalse();
        assertThat(from("2001:db8:1:3::1")).isTrue();
    }

    @Test
    void countsTheClientBehindProxiesThatAreTrusted() {
        fixture.trustedProxies = List.of(CidrBlock.parse("10.0.0.0/8"));
        only(By.ADDRESS, Count.REQUESTS, new Access.Public());
        assertThat(from("10.0.0.1", "X-Forwarded-For", "192.0.2.1")).isTrue();
        assertThat(from("10.0.0.2", "X-Forwarded-For", "203.0.113.9, 192.0.2.1, 10.9.9.9"))
                .isTrue();
        assertThat(from("10.0.0.1", "X-Forwarded-For", "198.51.100.1, 192.0.2.1"))
                .isFalse();
        assertThat(from("10.0.0.1", "X-Forwarded-For", "192.0.2.2")).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"X-Forwarded-For", "Forwarded", "X-Real-Ip", "True-Client-Ip"})
    void believesNoHeaderOfAnybodyElse(String name) {
        fixture.trustedProxies = List.of(CidrBlock.parse("10.0.0.0/8"));
        only(By.ADDRESS, Count.REQUESTS, new Access.Public());
        assertThat(from("192.0.2.1", name, "198.51.100.1")).isTrue();
        assertThat(from("192.0.2.1", name, "198.51.100.2")).isTrue();
        assertThat(from("192.0.2.1", name, "198.51.100.3")).isFalse();
    }

    @Test
    void countsASessionWhateverItsTokenAndAddress() {
        only(By.SESSION, Count.REQUESTS, new Access.Authenticated());
        assertThat(passes(of("ada", "s1"))).isTrue();
        fixture.peer = "198.51.100.1";
        fixture.sessions.pass(Duration.ofSeconds(2)); // another iat, another token
        assertThat(passes(of("ada", "s1"))).isTrue();
        assertThat(refusal(of("ada", "s1"))).isEqualTo(FaultKind.RATE_LIMITED);
        assertThat(passes(of("ada", "s2"))).isTrue();
    }

    @Test
    void countsASubjectOverAllItsSessions() {
        only(By.SUBJECT, Count.REQUESTS, new Access.Authenticated());
        assertThat(passes(of("ada", "s1"))).isTrue();
        assertThat(passes(of("ada", "s2"))).isTrue();
        assertThat(refusal(of("ada", "s1"))).isEqualTo(FaultKind.RATE_LIMITED);
        assertThat(passes(of("eve", "s3"))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"SUBJECT", "SESSION"})
    void countsByAddressWhoeverLeavesTheTokenOutOrMakesOneUp(By by) {
        only(by, Count.REQUESTS, new Access.Authenticated());
        assertThat(refusal(get())).isEqualTo(FaultKind.TOKEN_MISSING);
        assertThat(refusal(get("Authorization", "Bearer a.b.c"))).isEqualTo(FaultKind.TOKEN_INVALID);
        assertThat(refusal(get("Authorization", "Bearer d.e.f"))).isEqualTo(FaultKind.RATE_LIMITED);
        assertThat(refusal(get())).isEqualTo(FaultKind.RATE_LIMITED);
        assertThat(passes(of("ada", "s1"))).isTrue();
        fixture.peer = "198.51.100.1";
        assertThat(refusal(get())).isEqualTo(FaultKind.TOKEN_MISSING);
    }

    @Test
    void countsByAddressSessionsThatAreNone() {
        only(By.SESSION, Count.REQUESTS, new Access.Authenticated());
        assertThat(refusal(of("eve", "gone1"))).isEqualTo(FaultKind.SESSION_ENDED);
        assertThat(refusal(of("eve", "gone2"))).isEqualTo(FaultKind.SESSION_ENDED);
        assertThat(refusal(of("eve", "gone3"))).isEqualTo(FaultKind.RATE_LIMITED);
    }

    @Test
    void countsByAddressWhereNoTokenIsLookedAt() {
        only(By.SESSION, Count.REQUESTS, new Access.Public());
        assertThat(passes(of("ada", "s1"))).isTrue();
        assertThat(passes(of("ada", "s2"))).isTrue();
        assertThat(passes(of("eve", "s3"))).isFalse();
    }

    @Test
    void countsFailedSignInsOfTheApplicationOnly() {
        only(By.ADDRESS, Count.UNAUTHORIZED, new Access.Public());
        for (int i = 0; i < 5; i++) {
            assertThat(answered(get(), 200).first("RateLimit")).isEqualTo("\"api\";r=2;t=0");
        }
        assertThat(answered(get(), 401).first("RateLimit")).isEqualTo("\"api\";r=1;t=60");
        answered(get(), 401);
        Answer refused = fixture.refused(get());
        assertThat(refused.kind()).isEqualTo(FaultKind.RATE_LIMITED);
        assertThat(field(refused, "Retry-After")).isEqualTo("60");
        fixture.peer = "198.51.100.1";
        assertThat(passes(get())).isTrue();
    }

    @Test
    void countsBadTokensButNotWhoBroughtNone() {
        only(By.ADDRESS, Count.UNAUTHORIZED, new Access.Authenticated());
        for (int i = 0; i < 5; i++) {
            assertThat(refusal(get())).isEqualTo(FaultKind.TOKEN_MISSING);
        }
        assertThat(field(fixture.refused(get("Authorization", "Bearer a.b.c")), "RateLimit"))
                .isEqualTo("\"api\";r=1;t=60");
        assertThat(refusal(of("ada", "gone"))).isEqualTo(FaultKind.SESSION_ENDED);
        assertThat(refusal(of("ada", "s1"))).isEqualTo(FaultKind.RATE_LIMITED);
    }

    /** A browser is sent on with 302, which is a 401 all the same. */
    @Test
    void countsABadTokenThatIsSentToTheSignInPage() {
        limit("api", By.ADDRESS, Count.UNAUTHORIZED);
        fixture.routes.add(new RouteConfig(
                null,
                "/**",
                Set.of(),
                new Access.Authenticated(),
                "app",
                "default",
                "/login",
                null,
                true,
                false,
                List.of("api"),
                "t"));
        for (int i = 0; i < 2; i++) {
            assertThat(fixture.refused(get("Accept", "text/html", "Authorization", "Bearer a.b." + i))
                            .status())
                    .isEqualTo(302);
        }
        assertThat(refusal(get())).isEqualTo(FaultKind.RATE_LIMITED);
    }

    private static SimpleHead preflight() {
        SimpleHead head = new SimpleHead("OPTIONS", "/x");
        head.add("Host", "a");
        head.add("Origin", "https://b");
        head.add("Access-Control-Request-Method", "GET");
        return head;
    }

    @Test
    void countsPreflightsByAddress() {
        only(By.ADDRESS, Count.REQUESTS, new Access.Authenticated());
        assertThat(passes(preflight())).isTrue();
        assertThat(passes(preflight())).isTrue();
        assertThat(passes(preflight())).isFalse();
    }

    /** Else those of all users of one address would count as one user's. */
    @Test
    void countsNoPreflightsByPerson() {
        only(By.SESSION, Count.REQUESTS, new Access.Authenticated());
        for (int i = 0; i < 5; i++) {
            assertThat(passes(preflight())).isTrue();
        }
    }

    @Test
    void refusesNothingInObserveModeAndSaysWhatItWould() {
        fixture.observes = true;
        only(By.ADDRESS, Count.REQUESTS, new Access.Public());
        answered(get(), 200);
        answered(get(), 200);
        Request request = fixture.request(get());
        assertThat(fixture.decide(request)).isInstanceOf(Decision.Forward.class);
        assertThat(request.would).isEqualTo("rate-limited");
        assertThat(answered(get(), 200).names()).doesNotContain("RateLimit", "RateLimit-Policy", "Retry-After");
        assertThat(fixture.registry
                        .get("sessiongate.observed")
                        .tag("outcome", "rate-limited")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    @Test
    void showsAmongTheRecentRefusals() {
        only(By.ADDRESS, Count.REQUESTS, new Access.Public());
        passes(get());
        passes(get());
        Request request = fixture.request(get());
        fixture.decide(request);
        fixture.flow().completed(request, new Completion(429, FaultKind.RATE_LIMITED, null, 0, 0, 0));
        assertThat(fixture.refusals.newestFirst())
                .singleElement()
                .satisfies(refusal -> assertThat(refusal.reason()).isEqualTo("rate-limited"));
    }

    @Test
    void leavesTheOtherRoutesAlone() {
        limit("api", By.ADDRESS, Count.REQUESTS);
        route("/x", new Access.Public(), "api");
        route("/**", new Access.Public());
        passes(get());
        passes(get());
        assertThat(passes(get())).isFalse();
        assertThat(passes(SimpleHead.get("/y", "Host", "a"))).isTrue();
    }

    @Test
    void doesNotEndALiveSessionByRefusingIt() {
        only(By.SESSION, Count.REQUESTS, new Access.Authenticated());
        passes(of("ada", "s1"));
        passes(of("ada", "s1"));
        Request request = fixture.request(of("ada", "s1"));
        fixture.decide(request);
        assertThat(request.session).isInstanceOf(SessionVerdict.Live.class);
        fixture.sessions.pass(Duration.ofMinutes(1));
        assertThat(passes(of("ada", "s1"))).isTrue();
    }
}
