package io.sessiongate.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.LeakWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tokens without a session: a number in the user's row says which of them are good. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class SessionVersionTest {

    @TempDir
    private Path folder;

    private RealmGateway gateway;
    private String database = "";

    @BeforeEach
    void start() {
        database = RealmGateway.newDatabase(
                "create table \"User\" (id uuid primary key, email text, role text, \"sessionVersion\" int,"
                        + " \"disabledAt\" timestamp(3))",
                "insert into \"User\" values ('" + ADA + "', 'ada@x.example', 'admin', 3)," + " ('" + BOB
                        + "', null, null, 7), ('" + CY + "', null, null, null)");
        start("check: { revalidate-after: 1h, revalidate-expiring-after: 0s, expiring-within: 0s }");
    }

    private static final String ADA = "00000000-0000-4000-8000-00000000000a";
    private static final String BOB = "00000000-0000-4000-8000-00000000000b";
    private static final String CY = "00000000-0000-4000-8000-00000000000c";

    private void start(String more) {
        if (gateway != null) {
            gateway.close();
        }
        gateway = new RealmGateway(
                folder,
                database,
                "",
                RealmGateway.JWT,
                "version: { table: User, column: sessionVersion, claim: sessionVersion, disabled: disabledAt }\n"
                        + "      columns: { roles: users.role }\n      attributes: { email: email }\n      " + more,
                "attributes: { X-Auth-Email: email }");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private static String cookie(String user, Object version) {
        return RealmGateway.cookie(Map.of("sub", user, "sessionVersion", version));
    }

    @Test
    void servesTheTokenWithTheUsersNumberAndBringsTheUsersColumnsAlong() throws Exception {
        assertThat(gateway.get("/api/admin/users", "Cookie", cookie(ADA, 3)).statusCode())
                .isEqualTo(200);
        assertThat(gateway.lastReceived().getHeader("X-Auth-Subject")).isEqualTo(ADA);
        assertThat(gateway.lastReceived().getHeader("X-Auth-Email")).isEqualTo("ada@x.example");
        assertThat(gateway.status(cookie(ADA, "3"))).as("the same as text").isEqualTo(200);
        assertThat(gateway.metric("sessiongate_session_queries_total")).isEqualTo(1);
    }

    @Test
    void refusesEveryOtherToken() throws Exception {
        assertThat(gateway.status(cookie(ADA, 2))).isEqualTo(401);
        assertThat(gateway.status(cookie(ADA, 4))).isEqualTo(401);
        assertThat(gateway.status(cookie(ADA, "03"))).isEqualTo(401);
        assertThat(gateway.status(cookie(ADA, "3:" + ADA))).as("no colon").isEqualTo(401);
        assertThat(gateway.status(cookie(BOB, 3))).as("another's number").isEqualTo(401);
        assertThat(gateway.status(cookie(CY, "null"))).as("a user without").isEqualTo(401);
        assertThat(gateway.status(cookie("00000000-0000-4000-8000-00000000000d", 1)))
                .as("no such user")
                .isEqualTo(401);
        assertThat(gateway.status(RealmGateway.cookie(Map.of("sub", ADA))))
                .as("no claim")
                .isEqualTo(401);
        assertThat(gateway.received()).isEmpty();
        assertThat(gateway.metric(
                        "sessiongate_token_verdicts_requests_total{realm=\"default\",reason=\"missing_claim\""))
                .isEqualTo(1);
    }

    @Test
    void endsExactlyTheOlderTokensAtTheNextCheck() throws Exception {
        start("check: { revalidate-after: 500ms, refresh-ahead: 0s, revalidate-expiring-after: 0s }");
        String before = cookie(ADA, 3);
        String bob = cookie(BOB, 7);
        assertThat(gateway.status(before)).isEqualTo(200);
        assertThat(gateway.status(bob)).isEqualTo(200);
        gateway.sql("update \"User\" set \"sessionVersion\" = 4 where id = '" + ADA + "'");
        assertThat(gateway.status(cookie(ADA, 4))).isEqualTo(200);
        await().atMost(Duration.ofSeconds(10)).until(() -> gateway.status(before) == 401);
        assertThat(gateway.status(cookie(ADA, 4))).isEqualTo(200);
        assertThat(gateway.status(bob)).isEqualTo(200);
    }

    @Test
    void endsADisabledUser() throws Exception {
        start("check: { revalidate-after: 500ms, refresh-ahead: 0s, revalidate-expiring-after: 0s }");
        assertThat(gateway.status(cookie(ADA, 3))).isEqualTo(200);
        gateway.sql("update \"User\" set \"disabledAt\" = now() where id = '" + ADA + "'");
        await().atMost(Duration.ofSeconds(10)).until(() -> gateway.status(cookie(ADA, 3)) == 401);
    }

    @Test
    void locksNobodyOutByASignOutWithoutANewNumber() throws Exception {
        gateway.answers("/account/signout", aResponse().withHeader("X-Sessiongate-Revoke", "session"));
        gateway.answers("/account/signout-everywhere", aResponse().withHeader("X-Sessiongate-Revoke", "subject"));
        String here = cookie(ADA, 3);
        assertThat(gateway.get("/account/signout", "Cookie", here).statusCode()).isEqualTo(200);
        assertThat(gateway.status(cookie(ADA, 3))).as("a login right after").isEqualTo(200);
        gateway.get("/account/signout-everywhere", "Cookie", here);
        assertThat(gateway.status(cookie(ADA, 3))).isEqualTo(200);
        gateway.revoke("{\"sessions\":[\"3:" + ADA + "\"],\"subjects\":[\"" + ADA + "\"]}");
        assertThat(gateway.status(cookie(ADA, 3))).isEqualTo(200);
    }

    @Test
    void obeysAWordAtOnceThatComesWithANewNumber() throws Exception {
        gateway.answers("/account/signout-everywhere", aResponse().withHeader("X-Sessiongate-Revoke", "subject"));
        String here = cookie(ADA, 3);
        assertThat(gateway.status(here)).isEqualTo(200);
        gateway.sql("update \"User\" set \"sessionVersion\" = 4");
        assertThat(gateway.status(here)).as("from memory").isEqualTo(200);
        gateway.get("/account/signout-everywhere", "Cookie", here);
        assertThat(gateway.status(here)).isEqualTo(401);
        assertThat(gateway.status(cookie(ADA, 4))).isEqualTo(200);
    }

    @Test
    void isToldOfANewNumberByTheTriggersAndLetsTheNextLoginIn() throws Exception {
        start("revocations: { channel: versions }\n      check: { revalidate-after: 1h }");
        gateway.installRevocations();
        String before = cookie(ADA, 3);
        String gone = cookie(BOB, 7);
        assertThat(gateway.status(before)).isEqualTo(200);
        assertThat(gateway.status(gone)).isEqualTo(200);
        gateway.sql("update \"User\" set \"sessionVersion\" = 4 where id = '" + ADA + "'");
        await().atMost(Duration.ofSeconds(10)).until(() -> gateway.status(before) == 401);
        assertThat(gateway.status(cookie(ADA, 4))).isEqualTo(200);
        gateway.sql("delete from \"User\" where id = '" + BOB + "'");
        await().atMost(Duration.ofSeconds(10)).until(() -> gateway.status(gone) == 401);
        gateway.sql("update \"User\" set role = 'user' where id = '" + ADA + "'");
        await().atMost(Duration.ofSeconds(10))
                .until(() ->
                        gateway.get("/api/admin/x", "Cookie", cookie(ADA, 4)).statusCode() == 403);
    }
}
