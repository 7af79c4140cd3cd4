package io.sessiongate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.Access;
import io.sessiongate.config.RouteConfig;
import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.ObserveMeters.Seen;
import io.sessiongate.testing.SimpleHead;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code mode: observe}: what is decided, and that nothing is refused. */
class ObserveTest {

    private final FlowFixture fixture = new FlowFixture();

    @BeforeEach
    void observe() {
        fixture.observes = true;
        fixture.sessions.login("s1", "ada");
    }

    /** Forwarded to the only upstream, without identity, and counted as what it would have been. */
    private void goesOn(SimpleHead head, FaultKind instead) {
        head.add("X-Auth-Subject", "eve");
        head.add("x_auth_roles", "admin");
        head.add("Connection", "close, X-Hop");
        head.add("X-Hop", "1");
        Request request = fixture.request(head);
        Decision decision = fixture.decide(request);
        assertThat(decision).isInstanceOf(Decision.Forward.class);
        assertThat(((Decision.Forward) decision).route().upstream()).isEqualTo("app");
        assertThat(head.names())
                .doesNotContain(
                        "X-Auth-Subject",
                        "X-Auth-Session",
                        "X-Auth-Roles",
                        "x_auth_roles",
                        "X-Auth-Email",
                        "Connection",
                        "X-Hop");
        assertThat(head.all("X-Forwarded-For")).containsExactly("203.0.113.7");
        assertThat(request.would).isEqualTo(instead.slug());
        assertThat(count(instead.slug())).isEqualTo(1);
    }

    private double count(String outcome) {
        return fixture.registry
                .get("sessiongate.observed")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    private SimpleHead get(String target, String token) {
        return SimpleHead.get(target, "Host", "a", "Accept", "text/html", "Authorization", "Bearer " + token);
    }

    @Test
    void forwardsAGoodSessionWithItsIdentity() {
        SimpleHead head = get("/stats", fixture.token("ada", "s1", "user"));
        Request request = fixture.request(head);
        assertThat(fixture.decide(request)).isInstanceOf(Decision.Forward.class);
        assertThat(head.first("X-Auth-Subject")).isEqualTo("ada");
        assertThat(request.would).isEqualTo("forward");
        assertThat(count("forward")).isEqualTo(1);
    }

    @Test
    void forwardsABrowserWithoutATokenInsteadOfRedirectingIt() {
        goesOn(SimpleHead.get("/stats", "Host", "a", "Accept", "text/html"), FaultKind.TOKEN_MISSING);
    }

    @Test
    void forwardsABadToken() {
        SimpleHead head = get("/stats", "a.b.c");
        goesOn(head, FaultKind.TOKEN_INVALID);
        assertThat(head.first("Authorization")).isEqualTo("Bearer a.b.c");
    }

    @Test
    void forwardsAnExpiredToken() {
        String token = fixture.token("ada", "s1", "user");
        fixture.sessions.pass(java.time.Duration.ofHours(2));
        goesOn(get("/stats", token), FaultKind.TOKEN_EXPIRED);
    }

    @Test
    void forwardsTwoDifferentTokens() {
        SimpleHead head = get("/stats", fixture.token("ada", "s1"));
        head.add("Cookie", "session=" + fixture.token("eve", "s2"));
        goesOn(head, FaultKind.TOKEN_CONFLICT);
    }

    @Test
    void forwardsAnEndedSession() {
        goesOn(get("/stats", fixture.token("ada", "gone")), FaultKind.SESSION_ENDED);
    }

    @Test
    void forwardsWhatCannotBeChecked() {
        fixture.sessions.databaseGoesAway();
        goesOn(get("/stats", fixture.token("ada", "s1")), FaultKind.SESSION_CHECK_UNAVAILABLE);
    }

    @Test
    void forwardsWhoLacksTheRole() {
        goesOn(get("/api/admin/users", fixture.token("ada", "s1", "user")), FaultKind.ROLE_MISSING);
    }

    @Test
    void forwardsAnAmbiguousPathToTheOnlyUpstream() {
        goesOn(get("/api%2fadmin/users", fixture.token("ada", "s1", "admin")), FaultKind.AMBIGUOUS_PATH);
    }

    @Test
    void forwardsWhatHasNoRule() {
        fixture.routes.clear();
        fixture.routes.add(FlowFixture.route("/a", new Access.Authenticated()));
        goesOn(get("/b", fixture.token("ada", "s1")), FaultKind.NO_ROUTE);
    }

    @Test
    void forwardsAMethodThatNoRuleAllows() {
        fixture.routes.clear();
        fixture.routes.add(new RouteConfig(
                null, "/**", Set.of("POST"), new Access.Public(), "app", "default", null, null, true, "t:1:1"));
        goesOn(get("/b", fixture.token("ada", "s1")), FaultKind.METHOD_NOT_ALLOWED);
    }

    @Test
    void answersWhatHasNoRuleWhereNobodyKnowsWhereTo() {
        fixture.upstreams = Set.of("app", "other");
        fixture.routes.clear();
        fixture.routes.add(FlowFixture.route("/a", new Access.Authenticated()));
        assertThat(fixture.refused(get("/b", "x")).status()).isEqualTo(404);
        assertThat(count("no-route")).isEqualTo(1);
    }

    @Test
    void takesAnnouncedRevocationsIntoAccount() {
        SimpleHead head = get("/stats", fixture.token("ada", "s1", "user"));
        fixture.answered(head, "X-Sessiongate-Revoke", "session");
        goesOn(get("/stats", fixture.token("ada", "s1", "user")), FaultKind.SESSION_ENDED);
    }

    @Test
    void keepsTheRevocationHeaderFromTheClientEvenWithoutARule() {
        fixture.routes.clear();
        fixture.routes.add(FlowFixture.route("/a", new Access.Authenticated()));
        assertThat(fixture.answered(get("/b", "x"), "X-Sessiongate-Revoke", "session")
                        .first("X-Sessiongate-Revoke"))
                .isNull();
    }

    @Test
    void saysNothingOfItWhenItEnforces() {
        fixture.observes = false;
        Request request = fixture.request(get("/stats", "a.b.c"));
        assertThat(fixture.decide(request)).isInstanceOf(Decision.Reply.class);
        assertThat(request.would).isNull();
    }

    @Test
    void sumsUpWhatItSaw() {
        String token = fixture.token("ada", "s1", "user");
        for (int i = 0; i < 10; i++) {
            fixture.decide(get("/stats", token));
        }
        Seen before = fixture.observed.seen();
        for (int i = 0; i < 10; i++) {
            fixture.decide(get("/stats", token));
        }
        fixture.decide(get("/stats", "a.b.c"));
        Seen all = fixture.observed.seen();
        assertThat(all.requests()).isEqualTo(21);
        assertThat(all.refused()).containsOnlyKeys("token-invalid").containsEntry("token-invalid", 1L);
        assertThat(all.since(before).requests()).isEqualTo(11);
    }
}
