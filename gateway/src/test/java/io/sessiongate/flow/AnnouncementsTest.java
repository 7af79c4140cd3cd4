package io.sessiongate.flow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.config.Access;
import io.sessiongate.config.KeyConfig;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.http.FaultKind;
import io.sessiongate.testing.SimpleAnswer;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.testing.TestKeys;
import io.sessiongate.token.Fingerprint;
import io.sessiongate.token.JwsSigner;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What an application says in its answers, and what the client's next request meets. */
class AnnouncementsTest {

    private static final String HEADER = "X-Sessiongate-Revoke";

    private final FlowFixture fixture = new FlowFixture();

    private SimpleHead request(String path, String subject, String session) {
        return SimpleHead.get(path, "Host", "a", "Cookie", "session=" + fixture.token(subject, session, "user"));
    }

    /** Ada has two sessions and Bob one, all of them checked just now. */
    private void everybodyIsServed() {
        fixture.sessions.login("s1", "ada");
        fixture.sessions.login("s2", "ada");
        fixture.sessions.login("s3", "bob");
        assertThat(isServed("ada", "s1")).isTrue();
        assertThat(isServed("ada", "s2")).isTrue();
        assertThat(isServed("bob", "s3")).isTrue();
    }

    private boolean isServed(String subject, String session) {
        Decision decision = fixture.decide(request("/stats", subject, session));
        if (decision instanceof Decision.Reply reply) {
            assertThat(reply.answer().kind()).isEqualTo(FaultKind.SESSION_ENDED);
            return false;
        }
        return true;
    }

    private double ignored(String reason) {
        return fixture.registry
                .get("sessiongate.revocations.ignored")
                .tags("realm", "default", "reason", reason)
                .counter()
                .count();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/stats", "/public/signout"})
    void endsTheSessionOnWhateverRouteItIsAnnounced(String path) {
        everybodyIsServed();
        fixture.answered(request(path, "ada", "s1"), HEADER, "session");
        int queries = fixture.sessions.queries();
        assertThat(isServed("ada", "s1")).isFalse();
        assertThat(isServed("ada", "s2")).isTrue();
        assertThat(isServed("bob", "s3")).isTrue();
        assertThat(fixture.sessions.queries()).as("queries").isEqualTo(queries);
    }

    @Test
    void endsTheSessionsOfTheSubject() {
        everybodyIsServed();
        fixture.answered(request("/public/signout", "ada", "s1"), HEADER, "subject");
        assertThat(isServed("ada", "s1")).isFalse();
        assertThat(isServed("ada", "s2")).isFalse();
        assertThat(isServed("bob", "s3")).isTrue();
    }

    @Test
    void letsTheSubjectInAgainWithANewSession() {
        everybodyIsServed();
        fixture.answered(request("/public/signout", "ada", "s1"), HEADER, "subject");
        fixture.sessions.settle();
        fixture.sessions.login("s4", "ada");
        assertThat(isServed("ada", "s4")).isTrue();
    }

    @Test
    void tellsTheOtherGateways() {
        everybodyIsServed();
        fixture.answered(request("/stats", "ada", "s1"), HEADER, "session");
        fixture.answered(request("/stats", "bob", "s3"), HEADER, "subject");
        assertThat(fixture.broadcast)
                .containsExactly("session " + Fingerprint.hexOf("s1"), "subject " + Fingerprint.hexOf("bob"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"SESSION", "Session", " session ", "session, session", "nonsense, session", ",session"})
    void readsTheValueInAnyLetterCaseAndInAList(String value) {
        everybodyIsServed();
        fixture.answered(request("/stats", "ada", "s1"), HEADER, value);
        assertThat(isServed("ada", "s1")).isFalse();
        assertThat(isServed("ada", "s2")).isTrue();
    }

    @Test
    void takesTheFurtherReachingOfTwo() {
        everybodyIsServed();
        fixture.answered(request("/stats", "ada", "s1"), HEADER, "subject", "x-sessiongate-revoke", "session");
        assertThat(isServed("ada", "s2")).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "true", "sessions", "session;x", "all"})
    void ignoresAndCountsWhatItCannotMean(String value) {
        everybodyIsServed();
        fixture.answered(request("/stats", "ada", "s1"), HEADER, value);
        assertThat(isServed("ada", "s1")).isTrue();
        assertThat(ignored("value")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/stats", "/public/x"})
    void keepsTheHeaderOfEveryRealmFromTheClient(String path) {
        everybodyIsServed();
        SimpleAnswer answer = fixture.answered(
                request(path, "ada", "s1"),
                "X-SESSIONGATE-REVOKE",
                "nonsense",
                "x-sessiongate-revoke",
                "session",
                "x-Other-Revoke",
                "session",
                "X-Mine",
                "1");
        assertThat(answer.names()).containsExactly("X-Mine", "Via", "X-Request-Id");
    }

    @Test
    void doesNothingForTheHeaderOfAnotherRealm() {
        everybodyIsServed();
        fixture.answered(request("/stats", "ada", "s1"), "X-Other-Revoke", "session");
        assertThat(isServed("ada", "s1")).isTrue();
    }

    @Test
    void keepsTheHeaderFromTheClientOnARouteWithoutARealm() {
        fixture.routes.add(new RouteConfig(
                null, "/open", Set.of(), new Access.Public(), "app", "nobody", null, null, true, "t:1:1"));
        everybodyIsServed();
        SimpleAnswer answer = fixture.answered(request("/open", "ada", "s1"), HEADER, "session");
        assertThat(answer.first(HEADER)).isNull();
        assertThat(isServed("ada", "s1")).isTrue();
    }

    @Test
    void countsWhatNobodyIsMeantBy() {
        fixture.answered(SimpleHead.get("/public/signout", "Host", "a"), HEADER, "session");
        fixture.answered(SimpleHead.get("/public/signout", "Host", "a", "Cookie", "session=a.b.c"), HEADER, "session");
        assertThat(ignored("no-token")).isEqualTo(2);
        assertThat(fixture.broadcast).isEmpty();
    }

    @Test
    void looksAtNoTokenOfAnOrdinaryPublicRequest() {
        everybodyIsServed();
        double before = verdicts();
        fixture.answered(request("/public/x", "ada", "s1"), "Set-Cookie", "theme=; Max-Age=0");
        assertThat(verdicts()).isEqualTo(before);
    }

    private double verdicts() {
        return fixture.registry.find("sessiongate.token.verdicts").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    @Test
    void endsASessionWhoseTokenTakesTimeToVerify() {
        fixture.keys.add(new KeyConfig(
                Set.of("ES256"),
                null,
                null,
                TestKeys.pem("PUBLIC KEY", TestKeys.pair("ES256").getPublic()),
                "t:1:1"));
        everybodyIsServed();
        JwsSigner signer = JwsSigner.privateKey(
                "ES256", TestKeys.pem("PRIVATE KEY", TestKeys.pair("ES256").getPrivate()));
        String token = fixture.token(signer, "ada", "s1", "user");
        fixture.answered(
                SimpleHead.get("/public/signout", "Host", "a", "Authorization", "Bearer " + token), HEADER, "session");
        await().until(() -> !isServed("ada", "s1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "session=",
                "session=\"\"; Path=/",
                " session = ; Path=/; HttpOnly",
                "session=deleted; Max-Age=0",
                "session=x; Path=/; max-age=-1; Secure",
                "session=x; Max-Age=5; Max-Age=0",
                "session=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                "session=x; expires=Thu, 01-Jan-70 00:00:01 GMT; path=/",
                "session=x; Expires=Wed, 21 Oct 2015 07:28:00 GMT; Max-Age=nonsense",
                "session=x; Expires=nonsense; Expires=21 oct 2015 7:28:0",
                "session.0=; Max-Age=0; Path=/",
                "session.12=x; Max-Age=0",
            })
    void checksFirstOnceTheCookieWasTakenAway(String setCookie) {
        everybodyIsServed();
        int queries = fixture.sessions.queries();
        fixture.answered(request("/public/signout", "ada", "s1"), "Set-Cookie", "theme=dark", "Set-Cookie", setCookie);
        assertThat(isServed("ada", "s1")).isTrue();
        assertThat(fixture.sessions.queries()).as("queries").isEqualTo(queries + 1);
        assertThat(isServed("ada", "s2")).isTrue();
        assertThat(fixture.sessions.queries()).as("queries").isEqualTo(queries + 1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "session",
                "=session",
                "Session=",
                "session2=",
                "session.=; Max-Age=0",
                "session.x=; Max-Age=0",
                "session.-1=; Max-Age=0",
                "session.0x=; Max-Age=0",
                "session.0=new",
                "xsession=; Max-Age=0",
                "theme=session=; Max-Age=0",
                "session=new",
                "session=new; Max-Age=3600; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
                "session=new; Max-Age=0; Max-Age=3600",
                "session=new; Max-Age=; Path=/",
                "session=new; Max-Age=00x",
                "session=new; X-Max-Age=0; Comment=Max-Age=0",
                "session=new; Expires=Fri, 01 Jan 2100 00:00:00 GMT",
                "session=new; Expires=",
                "session=new; Expires=31 Feb 2015 00:00:00",
                "session=new; Expires=1 Jan 1600 00:00:00",
                "session=new; Expires=1 Jan 2015",
            })
    void leavesAnyOtherCookieAlone(String setCookie) {
        everybodyIsServed();
        int queries = fixture.sessions.queries();
        SimpleAnswer answer = fixture.answered(request("/stats", "ada", "s1"), "Set-Cookie", setCookie);
        assertThat(isServed("ada", "s1")).isTrue();
        assertThat(fixture.sessions.queries()).as("queries").isEqualTo(queries);
        assertThat(answer.all("Set-Cookie")).containsExactly(setCookie);
    }

    @Test
    void refusesAfterALogoutThatOnlyClearsTheCookieAndDeletesTheRow() {
        everybodyIsServed();
        fixture.sessions.logout("s1");
        fixture.answered(request("/public/signout", "ada", "s1"), "Set-Cookie", "session=; Max-Age=0");
        assertThat(isServed("ada", "s1")).isFalse();
    }

    @Test
    void countsNothingWhenABadCookieIsCleared() {
        fixture.answered(SimpleHead.get("/public/x", "Host", "a", "Cookie", "session=a.b.c"), "Set-Cookie", "session=");
        assertThat(ignored("no-token")).isZero();
    }
}
