package io.sessiongate.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.sessiongate.testing.LeakWatch;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The cookie of an Auth.js application with database sessions, as Prisma makes the tables. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class OpaqueSessionTest {

    private static final String LONG = "check: { revalidate-after: 1h }";
    private static final String SHORT =
            "check: { revalidate-after: 500ms, refresh-ahead: 0s, revalidate-expiring-after: 0s }";

    @TempDir
    private Path folder;

    private RealmGateway gateway;
    private String database = "";

    @BeforeEach
    void start() {
        database = RealmGateway.newDatabase(
                "create table \"User\" (id text primary key, email text, role text)",
                "create table \"Session\" (\"sessionToken\" text primary key, \"userId\" text, expires timestamp(3) not null)",
                "insert into \"User\" values ('ada', 'ada@x.example', 'admin'), ('bob', 'bob@x.example', 'user')");
        start("", LONG);
    }

    private void start(String top, String more) {
        if (gateway != null) {
            gateway.close();
        }
        gateway = new RealmGateway(
                folder,
                database,
                top,
                "kind: opaque",
                "table: Session\n"
                        + "      columns: { id: sessionToken, subject: userId, expires: expires, roles: users.role }\n"
                        + "      users: { table: User }\n      attributes: { email: users.email }\n      " + more,
                "attributes: { X-Auth-Email: email }, assertion: { secret: " + "0123456789abcdef".repeat(2) + " }");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private String login(String user) {
        return login(UUID.randomUUID().toString(), user, "1 hour");
    }

    private String login(String id, @Nullable String user, String life) {
        gateway.sql("insert into \"Session\" values ('" + id + "', " + (user == null ? "null" : "'" + user + "'")
                + ", now() at time zone 'utc' + interval '" + life + "')");
        return id;
    }

    private static String cookie(String id) {
        return "authjs.session-token=" + id;
    }

    private int status(String id) throws Exception {
        return gateway.status(cookie(id));
    }

    private double queries() throws Exception {
        return gateway.metric("sessiongate_session_queries_total");
    }

    @Test
    void tellsTheApplicationWhoseSessionItIs() throws Exception {
        String id = login("ada");
        assertThat(gateway.get("/api/admin/x", "Cookie", cookie(id)).statusCode())
                .isEqualTo(200);
        LoggedRequest request = gateway.lastReceived();
        assertThat(request.getHeader("X-Auth-Subject")).isEqualTo("ada");
        assertThat(request.getHeader("X-Auth-Session")).isEqualTo(id);
        assertThat(request.getHeader("X-Auth-Roles")).isEqualTo("admin");
        assertThat(request.getHeader("X-Auth-Email")).isEqualTo("ada@x.example");
        String claims = new String(
                Base64.getUrlDecoder()
                        .decode(request.getHeader("X-Auth-Assertion").split("\\.", -1)[1]),
                StandardCharsets.UTF_8);
        assertThat(claims).contains("\"sub\":\"ada\"").contains("\"sid\":\"" + id + "\"");
        assertThat(gateway.get("/api/admin/x", "Cookie", cookie(login("bob"))).statusCode())
                .isEqualTo(403);
    }

    @Test
    void findsTheSessionUnderEveryNameThatAuthJsHasForIt() throws Exception {
        String id = login("ada");
        for (String name : new String[] {
            "authjs.session-token",
            "__Secure-authjs.session-token",
            "next-auth.session-token",
            "__Secure-next-auth.session-token"
        }) {
            assertThat(gateway.status(name + "=" + id)).isEqualTo(200);
        }
        assertThat(gateway.status("session=" + id)).isEqualTo(401);
        String odd = login("an id/with=odd+signs".replace(' ', '_'), "ada", "1 hour");
        assertThat(status("an_id%2Fwith%3Dodd%2Bsigns")).isEqualTo(200);
        assertThat(gateway.lastReceived().getHeader("X-Auth-Session")).isEqualTo(odd);
    }

    @Test
    void neverServesAnUnknownValueNorASessionOfNobody() throws Exception {
        login("0123456789abcdef-nobody", null, "1 hour");
        login("0123456789abcdef-empty", "", "1 hour");
        login("0123456789abcdef-stranger", "carl", "1 hour");
        login("0123456789abcdef-over", "ada", "-1 second");
        login("short", "ada", "1 hour");
        for (String id : new String[] {
            "0123456789abcdef-nobody",
            "0123456789abcdef-empty",
            "0123456789abcdef-stranger",
            "0123456789abcdef-over",
            "0123456789abcdef-none",
            "short",
            "0123456789abcdef%00",
            "0123456789abcdef%zz",
            "' or true --0123456789"
        }) {
            assertThat(status(id)).as(id).isEqualTo(401);
        }
        assertThat(gateway.received()).isEmpty();
    }

    /** Without a table of users, which would end it anyway. */
    @Test
    void servesNobodyAsNobody() throws Exception {
        gateway.close();
        gateway = new RealmGateway(
                folder,
                database,
                "",
                "kind: opaque",
                "table: Session\n      columns: { id: sessionToken, subject: userId }",
                "");
        assertThat(status(login("0123456789abcdef-nobody", null, "1 hour"))).isEqualTo(401);
        assertThat(status(login("0123456789abcdef-empty", "", "1 hour"))).isEqualTo(401);
        assertThat(gateway.received()).isEmpty();
        assertThat(status(login("0123456789abcdef-carl", "carl", "1 hour"))).isEqualTo(200);
    }

    @Test
    void asksForAnUnknownValueOnceInAWhileAndLetsItBecomeASession() throws Exception {
        start("", LONG + "\n      unknown: { remember-for: 1s }");
        String id = UUID.randomUUID().toString();
        for (int i = 0; i < 20; i++) {
            assertThat(status(id)).isEqualTo(401);
        }
        assertThat(queries()).isLessThanOrEqualTo(3);
        assertThat(gateway.metric(
                        "sessiongate_session_unknown_refused_requests_total{realm=\"default\",reason=\"remembered\"}"))
                .isGreaterThanOrEqualTo(17);
        login(id, "ada", "1 hour");
        await().atMost(Duration.ofSeconds(5)).until(() -> status(id) == 200);
    }

    @Test
    void keepsASessionEndedThatEnded() throws Exception {
        start("", SHORT + "\n      unknown: { remember-for: 1s }");
        String id = login("ada");
        assertThat(status(id)).isEqualTo(200);
        gateway.sql("delete from \"Session\"");
        await().atMost(Duration.ofSeconds(5)).until(() -> status(id) == 401);
        login(id, "ada", "1 hour");
        await().during(Duration.ofSeconds(2)).atMost(Duration.ofSeconds(4)).until(() -> status(id) == 401);
    }

    @Test
    void letsNoStrangerHaveTheApplicationLookForWhatHeMakesUpEither() throws Exception {
        start("", LONG + "\n      unknown: { burst: 5, per-second: 1 }");
        int limited = 0;
        for (int i = 0; i < 40; i++) {
            HttpResponse<String> answer =
                    gateway.get("/api/auth/session", "Cookie", cookie("made-up-by-somebody-" + i));
            assertThat(answer.statusCode()).isIn(200, 429);
            limited += answer.statusCode() == 429 ? 1 : 0;
        }
        assertThat(limited).isGreaterThan(10);
        assertThat(gateway.received()).isNotEmpty().noneMatch(request -> request.containsHeader("Cookie"));
        assertThat(gateway.get("/api/auth/session").statusCode()).isEqualTo(200);
    }

    @Test
    void refusesWhatAStrangerMakesUpByTheDozenAndServesEverybodyElse() throws Exception {
        start("trusted-proxies: [ 127.0.0.1 ]", LONG + "\n      unknown: { burst: 5, per-second: 1 }");
        String known = login("ada");
        String fresh = login("bob");
        assertThat(status(known)).isEqualTo(200);
        int limited = 0;
        for (int i = 0; i < 40; i++) {
            HttpResponse<String> answer = gateway.get("/stats", "Cookie", cookie("made-up-by-somebody-" + i));
            assertThat(answer.statusCode()).isIn(401, 429);
            if (answer.statusCode() == 429) {
                limited++;
                assertThat(answer.headers().firstValue("Retry-After")).isPresent();
                assertThat(answer.body()).contains("too-many-attempts");
            }
        }
        assertThat(limited).isGreaterThan(20);
        assertThat(queries()).isLessThan(20);
        assertThat(status(known)).as("known, from the same address").isEqualTo(200);
        assertThat(gateway.get("/stats", "Cookie", cookie(fresh), "X-Forwarded-For", "198.51.100.7")
                        .statusCode())
                .as("not known yet, from another address")
                .isEqualTo(200);
        assertThat(gateway.get("/stats", "Cookie", cookie("made-up-again-and-again"), "X-Forwarded-For", "198.51.100.8")
                        .statusCode())
                .isEqualTo(401);
    }

    @Test
    void followsARowThatIsSomebodyElsesNow() throws Exception {
        start("", SHORT);
        String id = login("ada");
        assertThat(status(id)).isEqualTo(200);
        gateway.sql("update \"Session\" set \"userId\" = 'bob'");
        await().atMost(Duration.ofSeconds(5)).until(() -> {
            assertThat(status(id)).isEqualTo(200);
            return gateway.lastReceived().getHeader("X-Auth-Subject").equals("bob");
        });
        assertThat(gateway.lastReceived().getHeader("X-Auth-Email")).isEqualTo("bob@x.example");
    }

    @Test
    void endsWithItsRow() throws Exception {
        String id = login(UUID.randomUUID().toString(), "ada", "2 seconds");
        assertThat(status(id)).isEqualTo(200);
        await().atMost(Duration.ofSeconds(10)).until(() -> status(id) == 401);
        String prolonged = login(UUID.randomUUID().toString(), "ada", "2 seconds");
        assertThat(status(prolonged)).isEqualTo(200);
        gateway.sql("update \"Session\" set expires = expires + interval '1 hour'");
        await().during(Duration.ofSeconds(3)).atMost(Duration.ofSeconds(6)).until(() -> status(prolonged) == 200);
    }

    @Test
    void endsAllSessionsOfASubjectOnTheWordOfTheApplication() throws Exception {
        gateway.answers("/account/signout-everywhere", aResponse().withHeader("X-Sessiongate-Revoke", "subject"));
        gateway.answers("/api/auth/signout", aResponse().withHeader("X-Sessiongate-Revoke", "subject"));
        String here = login("ada");
        String there = login("ada");
        String bob = login("bob");
        assertThat(status(there)).isEqualTo(200);
        assertThat(status(bob)).isEqualTo(200);
        assertThat(gateway.get("/account/signout-everywhere", "Cookie", cookie(here))
                        .statusCode())
                .isEqualTo(200);
        assertThat(status(here)).isEqualTo(401);
        assertThat(status(there)).isEqualTo(401);
        assertThat(status(bob)).isEqualTo(200);
        assertThat(status(login("ada"))).as("a login after that").isEqualTo(200);
        String another = login("bob");
        gateway.get("/api/auth/signout", "Cookie", cookie(another));
        await().atMost(Duration.ofSeconds(5)).until(() -> status(bob) == 401);
        assertThat(gateway.revoke("{\"sessions\":[],\"subjects\":[\"ada\"]}").statusCode())
                .isEqualTo(200);
    }

    @Test
    void endsOneSessionAtItsSignOutAndRemembersNothingOfWhatWasNone() throws Exception {
        gateway.answers(
                "/api/auth/signout",
                aResponse().withHeader("Set-Cookie", "authjs.session-token=; Path=/; Max-Age=0; HttpOnly"));
        gateway.answers("/api/auth/session", aResponse().withHeader("Set-Cookie", "authjs.session-token=; Max-Age=0"));
        String id = login("ada");
        assertThat(status(id)).isEqualTo(200);
        gateway.sql("delete from \"Session\"");
        gateway.get("/api/auth/session", "Cookie", cookie(id));
        assertThat(status(id)).isEqualTo(401);
        for (int i = 0; i < 20; i++) {
            gateway.get("/api/auth/session", "Cookie", cookie("made-up-by-somebody-" + i));
        }
        assertThat(gateway.metric("sessiongate_session_words{")).isLessThanOrEqualTo(1);
        assertThat(gateway.metric("sessiongate_session_cache_size_sessions")).isLessThanOrEqualTo(1);
    }

    @Test
    void cutsAStreamWhenItsSessionEnds() throws Exception {
        start("", SHORT);
        gateway.answers("/stream", aResponse().withChunkedDribbleDelay(6, 20_000));
        String deleted = login("ada");
        CompletableFuture<Integer> stream = CompletableFuture.supplyAsync(() -> {
            try {
                return gateway.get("/stream", "Cookie", cookie(deleted)).statusCode();
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        await().until(() -> gateway.metric("sessiongate_streams_open") > 0);
        gateway.sql("delete from \"Session\"");
        int status =
                stream.handle((answered, cut) -> cut == null ? answered : 0).get(15, TimeUnit.SECONDS);
        assertThat(status).as("cut, or refused where nothing of it had come").isIn(0, 401);
    }

    @Test
    void isToldByTheTriggers() throws Exception {
        start("", "revocations: { channel: opaque_ended }\n      " + LONG);
        gateway.installRevocations();
        String deleted = login("ada");
        String moved = login("ada");
        assertThat(status(deleted)).isEqualTo(200);
        assertThat(status(moved)).isEqualTo(200);
        gateway.sql("delete from \"Session\" where \"sessionToken\" = '" + deleted + "'");
        await().atMost(Duration.ofSeconds(5)).until(() -> status(deleted) == 401);
        gateway.sql("delete from \"User\" where id = 'ada'");
        await().atMost(Duration.ofSeconds(5)).until(() -> status(moved) == 401);
    }
}
