package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.sessiongate.testing.LeakWatch;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** How a session ends between two checks, by the word of the application or of an administrator. */
@ExtendWith(LeakWatch.class)
class RevocationTest {

    @TempDir
    private Path folder;

    private RunningGateway gateway;

    @BeforeEach
    void start() {
        start("revalidate-after: 1h");
    }

    private void start(String check) {
        gateway = new RunningGateway(folder, "", check);
        gateway.signUp("ada", "user");
        gateway.signUp("bob", "user");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private int status(String cookie) throws Exception {
        return gateway.get("/stats", "Cookie", cookie).statusCode();
    }

    private String served(String user) throws Exception {
        String cookie = gateway.cookie(user, gateway.login(user));
        assertThat(status(cookie)).isEqualTo(200);
        return cookie;
    }

    @Test
    void refusesTheVeryNextRequestAfterASignOutOnAPublicRoute() throws Exception {
        gateway.answers("/api/auth/signout", "x-SESSIONGATE-revoke", "Session");
        for (int i = 0; i < 50; i++) {
            String ada = served("ada");
            HttpResponse<String> signedOut = gateway.get("/api/auth/signout", "Cookie", ada);
            assertThat(signedOut.statusCode()).isEqualTo(200);
            assertThat(signedOut.headers().map()).doesNotContainKey("x-sessiongate-revoke");
            assertThat(status(ada)).isEqualTo(401);
        }
        assertThat(gateway.metric("sessiongate_session_queries_total")).isEqualTo(50);
    }

    @Test
    void refusesAllSessionsOfTheSubjectAndNobodyElses() throws Exception {
        gateway.answers("/account/signout-everywhere", "X-Sessiongate-Revoke", "subject");
        String here = served("ada");
        String there = served("ada");
        String bob = served("bob");
        gateway.get("/account/signout-everywhere", "Cookie", here);
        assertThat(status(here)).isEqualTo(401);
        assertThat(status(there)).isEqualTo(401);
        assertThat(status(bob)).isEqualTo(200);
        assertThat(status(gateway.cookie("ada", gateway.login("ada")))).isEqualTo(200);
    }

    @Test
    void letsTheAnswerOfASignOutArriveHoweverLongItTakes() throws Exception {
        gateway.answersSlowly("/account/signout", Duration.ofSeconds(5), "X-Sessiongate-Revoke", "session");
        String ada = served("ada");
        HttpResponse<String> answer = gateway.get("/account/signout", "Cookie", ada);
        assertThat(answer.body()).isEqualTo("served");
        assertThat(status(ada)).isEqualTo(401);
    }

    @Test
    void checksFirstOnceTheApplicationTookTheCookieAway() throws Exception {
        gateway.answers("/api/auth/signout", "Set-Cookie", "theme=dark", "session=; Path=/; Max-Age=0; HttpOnly");
        String ada = served("ada");
        gateway.sql("delete from sessions");
        assertThat(status(ada)).as("served from memory").isEqualTo(200);
        HttpResponse<String> signedOut = gateway.get("/api/auth/signout", "Cookie", ada);
        assertThat(signedOut.headers().allValues("Set-Cookie")).hasSize(2);
        assertThat(status(ada)).isEqualTo(401);
    }

    @Test
    void countsWhatItIgnores() throws Exception {
        gateway.answers("/api/auth/signout", "X-Sessiongate-Revoke", "everything");
        String ada = served("ada");
        assertThat(gateway.get("/api/auth/signout", "Cookie", ada).headers().map())
                .doesNotContainKey("x-sessiongate-revoke");
        assertThat(status(ada)).isEqualTo(200);
        assertThat(gateway.metric("sessiongate_revocations_ignored_total{realm=\"default\",reason=\"value\"}"))
                .isEqualTo(1);
    }

    @Test
    void keepsItsOwnHeaderFromTheApplication() throws Exception {
        gateway.get("/api/auth/signin", "X-Sessiongate-Revoke", "subject", "x_sessiongate_revoke", "subject");
        LoggedRequest request = gateway.received().get(0);
        assertThat(request.getHeaders().keys())
                .noneMatch(name -> name.replace('_', '-').equalsIgnoreCase("x-sessiongate-revoke"));
    }

    @Test
    void endsWhatAnAdministratorNames() throws Exception {
        String session = gateway.login("ada");
        String ada = gateway.cookie("ada", session);
        String other = served("ada");
        String bob = served("bob");
        assertThat(status(ada)).isEqualTo(200);
        HttpResponse<String> answer = gateway.revoke("{\"sessions\":[\"" + session + "\"],\"subjects\":[\"bob\"]}");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"revoked\":{\"sessions\":1,\"subjects\":1}}\n");
        assertThat(status(ada)).isEqualTo(401);
        assertThat(status(bob)).isEqualTo(401);
        assertThat(status(other)).isEqualTo(200);
    }

    @Test
    void leavesThePagesOfTheAdminPortAsTheyWere() throws Exception {
        assertThat(gateway.admin("/livez").statusCode()).isEqualTo(200);
        assertThat(gateway.admin("/revocations").statusCode()).isEqualTo(405);
        assertThat(gateway.admin("/nothing").body()).contains("/metrics").contains("/revocations");
    }

    @Test
    void followsAChangedRoleAtTheNextCheck() throws Exception {
        gateway.close();
        start("revalidate-after: 1s, refresh-ahead: 0s, revalidate-expiring-after: 0s");
        gateway.sql("update users set role = 'user admin' where id = 'ada'");
        String ada = gateway.cookie("ada", gateway.login("ada"));
        assertThat(gateway.get("/api/admin/users", "Cookie", ada).statusCode()).isEqualTo(200);
        LoggedRequest before = gateway.received().get(0);
        assertThat(before.getHeader("X-Auth-Roles")).isEqualTo("admin,user");
        assertThat(before.getHeader("X-Auth-Email")).isEqualTo("ada@x.example");
        gateway.sql("update users set role = 'user', email = null where id = 'ada'");
        await().atMost(Duration.ofSeconds(10))
                .until(() -> gateway.get("/api/admin/users", "Cookie", ada).statusCode() == 403);
        assertThat(status(ada)).isEqualTo(200);
        List<LoggedRequest> all = gateway.received();
        LoggedRequest after = all.get(all.size() - 1);
        assertThat(after.getHeader("X-Auth-Roles")).isEqualTo("user");
        assertThat(after.getHeader("X-Auth-Email")).isNull();
    }
}
