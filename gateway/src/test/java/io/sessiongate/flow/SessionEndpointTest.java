package io.sessiongate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.Access;
import io.sessiongate.config.RateLimitConfig;
import io.sessiongate.config.RateLimitConfig.By;
import io.sessiongate.config.RateLimitConfig.Count;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.testing.SimpleAnswer;
import io.sessiongate.testing.SimpleHead;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the application said of a session, told again without it. */
class SessionEndpointTest {

    private static final String PATH = "/api/auth/session";
    private static final String ADA = "{\"user\":{\"name\":\"Ada\"},\"expires\":\"2030-01-01T00:00:00.000Z\"}";

    private final FlowFixture fixture = new FlowFixture();
    private String token = "";

    @BeforeEach
    void adaIsSignedIn() {
        endpoint(new Access.Public());
        fixture.routes.add(FlowFixture.route("/api/auth/**", new Access.Public()));
        fixture.sessions.login("s1", "ada");
        token = fixture.token("ada", "s1", "user");
    }

    private void endpoint(Access access) {
        fixture.routes.removeIf(route -> route.path().equals(PATH));
        fixture.routes.add(
                new RouteConfig(null, PATH, Set.of(), access, "app", "default", null, null, true, true, "test:1:1"));
    }

    private static SimpleHead with(String method, String path, String token, String... more) {
        SimpleHead head = new SimpleHead(method, path);
        head.add("Host", "a");
        head.add("Cookie", "theme=dark; session=" + token);
        for (int i = 0; i < more.length; i += 2) {
            head.add(more[i], more[i + 1]);
        }
        return head;
    }

    private SimpleHead question(String... more) {
        return with("GET", PATH, token, more);
    }

    /** A request on its way to the application, which has not answered. */
    private Request asks(SimpleHead head) {
        Request request = fixture.request(head);
        assertThat(fixture.decide(request)).isInstanceOf(Decision.Forward.class);
        return request;
    }

    private SimpleAnswer answers(Request request, String body, String... fields) {
        return answers(request, SimpleAnswer.ok(fields), body);
    }

    private SimpleAnswer answers(Request request, SimpleAnswer answer, String body) {
        if (answer.first("Content-Type") == null) {
            answer.add("Content-Type", "application/json");
        }
        fixture.flow().announced(request, answer);
        fixture.flow().responding(request, answer);
        @Nullable BodyCopy copy = fixture.flow().copy(request, answer);
        if (copy != null) {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            copy.piece(ByteBuffer.wrap(bytes, 0, bytes.length / 2));
            copy.piece(ByteBuffer.wrap(bytes, bytes.length / 2, bytes.length - bytes.length / 2));
            copy.end();
        }
        fixture.flow().completed(request, new Completion(200, null, null, 0, 0, 0));
        return answer;
    }

    private void isAskedOnce() {
        answers(asks(question()), ADA);
    }

    private @Nullable Answer kept(SimpleHead head) {
        return fixture.decide(head) instanceof Decision.Reply reply ? reply.answer() : null;
    }

    private void assertKept() {
        Answer answer = Objects.requireNonNull(kept(question()), "asked");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo(ADA);
    }

    private void assertAsked() {
        assertThat(kept(question())).isNull();
    }

    @Test
    void tellsAgainWhatTheApplicationSaid() {
        answers(asks(question()), ADA, "Vary", "Cookie", "X-App", "1", "Cache-Control", "public", "Set-Cookie", "a=b");
        Answer answer = Objects.requireNonNull(kept(question()), "asked");
        assertThat(answer.kind()).isNull();
        assertThat(answer.body()).isEqualTo(ADA);
        assertThat(FlowFixture.field(answer, "Cache-Control")).isEqualTo("private, no-store");
        assertThat(FlowFixture.field(answer, "X-App")).isEqualTo("1");
        assertThat(FlowFixture.field(answer, "Content-Type")).isEqualTo("application/json");
        assertThat(FlowFixture.field(answer, "Set-Cookie")).isNull();
        assertThat(FlowFixture.field(answer, RequestIds.FIELD)).isNotEmpty();
    }

    @Test
    void tellsWhatIsLeftOfALimitNowAndNotWhenItWasAsked() {
        fixture.limits.add(new RateLimitConfig("api", By.SESSION, Count.REQUESTS, 60, Duration.ofMinutes(1), 60, true));
        fixture.routes.removeIf(route -> route.path().equals(PATH));
        fixture.routes.add(new RouteConfig(
                null,
                PATH,
                Set.of(),
                new Access.Public(),
                "app",
                "default",
                null,
                null,
                true,
                true,
                List.of("api"),
                "t"));
        assertThat(answers(asks(question()), ADA).all("RateLimit")).containsExactly("\"api\";r=59;t=1");
        Answer answer = Objects.requireNonNull(kept(question()), "asked");
        assertThat(answer.fields())
                .filteredOn(field -> field.getKey().toLowerCase(Locale.ROOT).startsWith("ratelimit"))
                .containsExactly(
                        Map.entry("RateLimit-Policy", "\"api\";q=60;w=60"), Map.entry("RateLimit", "\"api\";r=58;t=2"));
    }

    @Test
    void noAnswerIsKeptByTheBrowserOrOnTheWay() {
        SimpleAnswer toAda = answers(asks(question()), ADA, "Cache-Control", "public, max-age=60");
        assertThat(toAda.all("Cache-Control")).containsExactly("private, no-store");
        SimpleAnswer toVisitor =
                answers(asks(SimpleHead.get(PATH, "Host", "a")), "null", "Cache-Control", "max-age=60");
        assertThat(toVisitor.all("Cache-Control")).containsExactly("private, no-store");
    }

    @Test
    void asksAgainOnceTheSessionWasCheckedAgain() {
        isAskedOnce();
        fixture.sessions.pass(Duration.ofSeconds(30));
        assertKept();
        fixture.sessions.pass(Duration.ofSeconds(31));
        assertAsked();
    }

    @Test
    void anEndedSessionIsToldNothingAndTheApplicationSeesAVisitor() {
        isAskedOnce();
        fixture.answered(with("GET", "/stats", token), "X-Sessiongate-Revoke", "session");
        Request request = asks(question("Authorization", "Bearer " + token));
        assertThat(request.head().all("Cookie")).containsExactly("theme=dark");
        assertThat(request.head().first("Authorization")).isNull();
        assertThat(request.head().first("X-Auth-Subject")).isNull();
    }

    @Test
    void aRevocationWhileTheApplicationThinksIsNotUndone() {
        Request slow = asks(question());
        fixture.answered(with("GET", "/stats", token), "X-Sessiongate-Revoke", "session");
        answers(slow, ADA);
        assertAsked();
    }

    @Test
    void changedRolesAskAgain() {
        isAskedOnce();
        fixture.answered(with("GET", "/stats", token), "Set-Cookie", "session=; Max-Age=0"); // has it checked
        assertAsked();
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST", "PUT", "PATCH", "DELETE"})
    void aChangeAsksAgain(String method) {
        isAskedOnce();
        asks(with(method, PATH, token));
        assertAsked();
    }

    @Test
    void whatWasAskedBeforeAChangeIsNotKeptAfterIt() {
        isAskedOnce();
        fixture.sessions.pass(Duration.ofSeconds(61));
        Request before = asks(question());
        asks(with("POST", PATH, token));
        answers(before, ADA);
        assertAsked();
    }

    @Test
    void whatWasAskedDuringAChangeIsNotKeptAfterIt() {
        Request change = asks(with("POST", PATH, token));
        Request during = asks(question());
        answers(during, ADA);
        assertKept();
        answers(change, ADA);
        assertAsked();
    }

    @Test
    void aChangeWhoseAnswerIsLostCountsAsMade() {
        Request change = asks(with("POST", PATH, token));
        isAskedOnce();
        fixture.flow().completed(change, new Completion(502, null, null, 0, 0, -1));
        assertAsked();
    }

    @Test
    void anotherTokenOfTheSessionAsksForItself() {
        isAskedOnce();
        fixture.sessions.pass(Duration.ofSeconds(1));
        token = fixture.token("ada", "s1", "other");
        assertAsked();
    }

    @Test
    void holdsForTheTokenThatTheAnswerHandsOut() {
        fixture.sessions.pass(Duration.ofSeconds(1));
        String next = fixture.token("ada", "s1", "user", "more");
        answers(asks(question()), ADA, "Set-Cookie", "session=" + next + "; Path=/; HttpOnly");
        token = next;
        assertKept();
        fixture.sessions.pass(Duration.ofSeconds(61));
        assertAsked();
    }

    @Test
    void holdsForTheTokenThatTheAnswerHandsOutInChunks() {
        String next = fixture.token("ada", "s1", "user", "more");
        answers(
                asks(question()),
                ADA,
                "Set-Cookie",
                "session.1=" + next.substring(50) + "; Path=/",
                "Set-Cookie",
                "session.0=" + next.substring(0, 50) + "; Path=/",
                "Set-Cookie",
                "session=; Max-Age=0");
        token = next;
        assertKept();
    }

    @Test
    void anotherHostAsksForItself() {
        isAskedOnce();
        assertThat(kept(SimpleHead.get(PATH, "Host", "b", "Cookie", "session=" + token)))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource({"Origin, https://b.example", "Range, bytes=0-1", "If-Match, x", "Content-Length, 1"})
    void whatIsPeculiarReachesTheApplication(String name, String value) {
        isAskedOnce();
        assertThat(kept(question(name, value))).isNull();
        assertKept();
    }

    @Test
    void aQueryReachesTheApplication() {
        isAskedOnce();
        assertThat(kept(with("GET", PATH + "?update=1", token))).isNull();
    }

    @Test
    void isAskedSuchThatTheAnswerIsForAll() {
        Request request = asks(question("Accept-Encoding", "br", "If-None-Match", "\"x\""));
        assertThat(request.head().first("Accept-Encoding")).isNull();
        assertThat(request.head().first("If-None-Match")).isNull();
        assertThat(request.head().first("X-Auth-Subject")).isEqualTo("ada");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "[]", "{\"user\":", "{\"a\":1}{}", "", "<html>"})
    void whatSpeaksOfNobodyIsNotKept(String body) {
        answers(asks(question()), body);
        assertAsked();
    }

    @Test
    void whatIsTooLargeIsNotKept() {
        answers(asks(question()), "{\"a\":\"" + "x".repeat(SessionAnswers.MOST_BODY_BYTES) + "\"}");
        assertAsked();
    }

    @ParameterizedTest
    @CsvSource({"Content-Encoding, gzip", "Content-Type, text/html", "Vary, *"})
    void whatIsNotForAllIsNotKept(String name, String value) {
        answers(asks(question()), ADA, name, value);
        assertAsked();
    }

    @Test
    void anErrorIsNotKept() {
        answers(asks(question()), SimpleAnswer.of(500), ADA);
        assertAsked();
    }

    @Test
    void nothingIsKeptOfAVisitor() {
        SimpleHead visitor = SimpleHead.get(PATH, "Host", "a");
        answers(asks(visitor), ADA);
        assertThat(kept(SimpleHead.get(PATH, "Host", "a"))).isNull();
    }

    @Test
    void aTokenThatIsNoGoodIsTheApplicationsAffair() {
        Request request = asks(with("GET", PATH, token + "x"));
        assertThat(request.head().first("X-Auth-Subject")).isNull();
        assertThat(request.head().first("Cookie")).contains("session=");
    }

    @Test
    void isNoRefusalWhileTheDatabaseIsAway() {
        fixture.sessions.databaseGoesAway();
        Request request = asks(question());
        assertThat(request.head().first("X-Auth-Subject")).isNull();
        assertThat(request.head().first("Cookie")).contains("session=");
    }

    @Test
    void refusesOnARouteThatIsNotPublic() {
        endpoint(new Access.Authenticated());
        assertThat(fixture.refused(SimpleHead.get(PATH, "Host", "a")).status()).isEqualTo(401);
        isAskedOnce();
        assertKept();
    }

    @Test
    void asksTheApplicationEachTimeInObserveMode() {
        fixture.observes = true;
        isAskedOnce();
        assertAsked();
    }

    @Test
    void aSignOutThatTheApplicationBelievedEndsTheSessionWithoutAQuery() {
        isAskedOnce();
        SimpleHead signOut = with("POST", "/api/auth/signout?x=1", token);
        fixture.answered(signOut, "Set-Cookie", "session=; Path=/; Max-Age=0");
        int queries = fixture.sessions.queries();
        assertThat(fixture.refused(with("GET", "/stats", token)).status()).isEqualTo(401);
        assertThat(fixture.sessions.queries()).isEqualTo(queries);
        assertThat(fixture.broadcast).hasSize(1);
    }

    @Test
    void aSignOutThatTheApplicationRefusedEndsNothing() {
        isAskedOnce();
        fixture.answered(with("POST", "/api/auth/signout", token), "Location", "/signin?csrf=true");
        assertThat(fixture.decide(with("GET", "/stats", token))).isInstanceOf(Decision.Forward.class);
        assertKept();
    }

    @Test
    void countsWhatBecameOfThem() {
        isAskedOnce();
        assertKept();
        assertKept();
        assertThat(kept(question("Origin", "x"))).isNull();
        assertThat(count("kept")).isEqualTo(2);
        assertThat(count("asked")).isEqualTo(1);
        assertThat(count("passed")).isEqualTo(1);
        assertThat(fixture.registry
                        .get("sessiongate.session.endpoint.size")
                        .tag("realm", "default")
                        .gauge()
                        .value())
                .isBetween(100.0, 2_000.0);
    }

    private double count(String outcome) {
        return fixture.registry
                .get("sessiongate.session.endpoint.requests")
                .tags("realm", "default", "outcome", outcome)
                .counter()
                .count();
    }
}
