package io.sessiongate.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.LeakWatch;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Sliding sessions that the gateway prolongs, in the row and in the cookie. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class RenewalTest {

    private static final long DAY = Duration.ofDays(1).toSeconds();

    @TempDir
    private Path folder;

    private RealmGateway gateway;
    private String database = "";

    @BeforeEach
    void start() {
        database = RealmGateway.newDatabase(
                "create table \"Session\" (\"sessionToken\" text primary key, \"userId\" text, expires timestamp(3),"
                        + " revoked timestamp(3))");
        start("renew: {}");
    }

    private void start(String renew) {
        if (gateway != null) {
            gateway.close();
        }
        gateway = new RealmGateway(
                folder,
                database,
                "",
                "kind: opaque",
                "table: Session\n"
                        + "      columns: { id: sessionToken, subject: userId, expires: expires, revoked: revoked }\n"
                        + "      check: { revalidate-after: 1h }\n      " + renew,
                "");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private String login(Duration life) {
        String id = UUID.randomUUID().toString();
        gateway.sql("insert into \"Session\" values ('" + id + "', 'ada', now() at time zone 'utc' + interval '"
                + life.toSeconds() + " s')");
        return id;
    }

    /** What remains of the row's life, in seconds; the column is UTC, whatever the server's time zone is. */
    private double remaining(String id) {
        return Double.parseDouble(
                gateway.ask("select extract(epoch from expires) - extract(epoch from clock_timestamp())"
                                + " from \"Session\" where \"sessionToken\" = '" + id + "'")
                        .get(0));
    }

    private HttpResponse<String> get(String path, String cookie) throws Exception {
        HttpResponse<String> answer = gateway.get(path, "Cookie", cookie);
        assertThat(answer.statusCode()).isEqualTo(200);
        return answer;
    }

    private static String cookie(String id) {
        return "authjs.session-token=" + id;
    }

    private static List<String> cookies(HttpResponse<String> answer) {
        return answer.headers().allValues("Set-Cookie");
    }

    private static long life(String cookie) {
        int from = cookie.indexOf("Expires=") + "Expires=".length();
        String date = cookie.substring(from, cookie.indexOf(';', from));
        return ZonedDateTime.parse(date, DateTimeFormatter.RFC_1123_DATE_TIME.withLocale(Locale.ROOT))
                        .toEpochSecond()
                - Instant.now().getEpochSecond();
    }

    @Test
    void prolongsARowThatIsDueAndGivesTheCookieAgainOnceItIsWritten() throws Exception {
        String id = login(Duration.ofDays(29).minusMinutes(1));
        List<String> first = cookies(get("/stats", cookie(id)));
        assertThat(first).hasSize(1);
        assertThat(first.get(0)).startsWith(cookie(id) + "; Path=/; Expires=").endsWith(" GMT; HttpOnly; SameSite=Lax");
        assertThat(life(first.get(0))).as("as the row is now").isCloseTo(29 * DAY - 60, within(5L));
        await().atMost(Duration.ofSeconds(10)).until(() -> remaining(id) > 29.9 * DAY);
        assertThat(remaining(id)).isCloseTo(30.0 * DAY, within(10.0));
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> {
            List<String> again = cookies(get("/stats", cookie(id)));
            assertThat(again).hasSize(1);
            assertThat(life(again.get(0))).isCloseTo(30 * DAY, within(15L));
        });
        assertThat(cookies(get("/stats", cookie(id)))).as("once").isEmpty();
        assertThat(gateway.metric("sessiongate_session_renewals_sessions_total{outcome=\"written\""))
                .isEqualTo(1);
        assertThat(gateway.metric("sessiongate_session_cookies_renewed_cookies_total"))
                .isEqualTo(2);
    }

    @Test
    void leavesARowAloneThatIsNotDue() throws Exception {
        String id = login(Duration.ofDays(29).plusMinutes(5));
        String due = login(Duration.ofDays(28));
        get("/stats", cookie(id));
        get("/stats", cookie(due));
        await().atMost(Duration.ofSeconds(10)).until(() -> remaining(due) > 29.9 * DAY);
        assertThat(remaining(id)).isCloseTo(29.0 * DAY + 300, within(10.0));
    }

    @Test
    void countsOnTheLaterExpiryOnceItWasRead() throws Exception {
        start("renew: { max-age: 1m, update-age: 1s }");
        String id = login(Duration.ofSeconds(5));
        get("/stats", cookie(id));
        await().atMost(Duration.ofSeconds(5)).until(() -> remaining(id) > 50);
        await().during(Duration.ofSeconds(6))
                .atMost(Duration.ofSeconds(9))
                .until(() -> gateway.status(cookie(id)) == 200);
    }

    @Test
    void givesNoCookieWhereOthersMightGetIt() throws Exception {
        gateway.answers("/public", aResponse().withHeader("Cache-Control", "public, max-age=60"));
        gateway.answers("/fresh", aResponse().withHeader("Cache-Control", "max-age=60"));
        gateway.answers("/partly", aResponse().withHeader("Cache-Control", "private=\"x-y\", no-cache"));
        gateway.answers("/expires", aResponse().withHeader("Expires", "Wed, 21 Oct 2099 07:28:00 GMT"));
        gateway.answers("/own", aResponse().withHeader("Set-Cookie", "authjs.session-token=other; Path=/"));
        gateway.answers("/signout", aResponse().withHeader("X-Sessiongate-Revoke", "session"));
        gateway.answers("/mine", aResponse().withHeader("Cache-Control", "Private, max-age=60"));
        String id = login(Duration.ofDays(30));
        assertThat(cookies(get("/public", cookie(id)))).isEmpty();
        assertThat(cookies(get("/fresh", cookie(id)))).isEmpty();
        assertThat(cookies(get("/partly", cookie(id)))).isEmpty();
        assertThat(cookies(get("/expires", cookie(id)))).isEmpty();
        assertThat(cookies(get("/own", cookie(id)))).containsExactly("authjs.session-token=other; Path=/");
        assertThat(cookies(get("/api/auth/csrf", cookie(id))))
                .as("a public route")
                .isEmpty();
        HttpResponse<String> mine = get("/mine", cookie(id));
        assertThat(cookies(mine)).hasSize(1);
        assertThat(mine.headers().allValues("Cache-Control")).containsExactly("Private, max-age=60");
        String plain = login(Duration.ofDays(30));
        HttpResponse<String> answer = get("/stats", cookie(plain));
        assertThat(cookies(answer)).hasSize(1);
        assertThat(answer.headers().allValues("Cache-Control")).containsExactly("private");
        assertThat(cookies(get("/signout", cookie(login(Duration.ofDays(30)))))).isEmpty();
    }

    @Test
    void givesItAsItCame() throws Exception {
        start("renew: { domain: x.example, same-site: strict }");
        String id = login(Duration.ofDays(30));
        String encoded = id.replace("-", "%2D");
        assertThat(cookies(get("/stats", "theme=dark; __Secure-authjs.session-token=\"" + encoded + "\"; a=b")))
                .singleElement()
                .asString()
                .startsWith("__Secure-authjs.session-token=" + encoded + "; Path=/; Expires=")
                .endsWith("; Domain=x.example; Secure; HttpOnly; SameSite=Strict");
    }
}
