package io.sessiongate.app;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.sessiongate.testing.LeakWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tokens without a session: a list of the revoked ones. */
@ExtendWith(LeakWatch.class)
@Timeout(60)
class DenylistTest {

    @TempDir
    private Path folder;

    private RealmGateway gateway;
    private String database = "";

    @BeforeEach
    void start() {
        database = RealmGateway.newDatabase(
                "create table revoked_tokens (jti uuid, at timestamptz default now())",
                "create index on revoked_tokens (jti)");
        start("check: { revalidate-after: 1h }");
    }

    private void start(String more) {
        if (gateway != null) {
            gateway.close();
        }
        gateway = new RealmGateway(
                folder, database, "", RealmGateway.JWT, "denylist: { table: revoked_tokens }\n      " + more, "");
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private static String cookie(String jti) {
        return RealmGateway.cookie(Map.of("sub", "ada", "jti", jti));
    }

    private void deny(String jti) {
        gateway.sql("insert into revoked_tokens values ('" + jti + "'), ('" + jti + "'), (null)");
    }

    @Test
    void servesWhatIsNotOnTheListAndRefusesWhatIs() throws Exception {
        String good = UUID.randomUUID().toString();
        String bad = UUID.randomUUID().toString();
        deny(bad);
        assertThat(gateway.status(cookie(good))).isEqualTo(200);
        assertThat(gateway.lastReceived().getHeader("X-Auth-Subject")).isEqualTo("ada");
        assertThat(gateway.status(cookie(bad))).isEqualTo(401);
        assertThat(gateway.status(cookie(bad.toUpperCase(java.util.Locale.ROOT))))
                .isEqualTo(401);
        assertThat(gateway.received()).hasSize(1);
    }

    @Test
    void refusesATokenThatCouldNotBeRevoked() throws Exception {
        assertThat(gateway.status(cookie("no-uuid"))).isEqualTo(401);
        assertThat(gateway.status(RealmGateway.cookie(Map.of("sub", "ada")))).isEqualTo(401);
        assertThat(gateway.received()).isEmpty();
    }

    @Test
    void findsARevocationAtTheNextCheck() throws Exception {
        start("check: { revalidate-after: 500ms, refresh-ahead: 0s, revalidate-expiring-after: 0s }");
        String jti = UUID.randomUUID().toString();
        assertThat(gateway.status(cookie(jti))).isEqualTo(200);
        deny(jti);
        await().atMost(Duration.ofSeconds(10)).until(() -> gateway.status(cookie(jti)) == 401);
        gateway.sql("delete from revoked_tokens");
        assertThat(gateway.status(cookie(jti))).as("ended for good").isEqualTo(401);
    }

    @Test
    void endsTheOneTokenOnTheWordOfTheApplication() throws Exception {
        gateway.answers("/api/auth/signout", aResponse().withHeader("X-Sessiongate-Revoke", "session"));
        String here = UUID.randomUUID().toString();
        String there = UUID.randomUUID().toString();
        assertThat(gateway.status(cookie(here))).isEqualTo(200);
        assertThat(gateway.status(cookie(there))).isEqualTo(200);
        gateway.get("/api/auth/signout", "Cookie", cookie(here));
        assertThat(gateway.status(cookie(here))).isEqualTo(401);
        assertThat(gateway.status(cookie(there))).isEqualTo(200);
    }

    @Test
    void isToldOfANewRowByTheTrigger() throws Exception {
        start("revocations: { channel: denied }\n      check: { revalidate-after: 1h }");
        gateway.installRevocations();
        String inserted = UUID.randomUUID().toString();
        String updated = UUID.randomUUID().toString();
        String good = UUID.randomUUID().toString();
        assertThat(gateway.status(cookie(inserted))).isEqualTo(200);
        assertThat(gateway.status(cookie(updated))).isEqualTo(200);
        assertThat(gateway.status(cookie(good))).isEqualTo(200);
        deny(inserted);
        await().atMost(Duration.ofSeconds(10)).until(() -> gateway.status(cookie(inserted)) == 401);
        gateway.sql("update revoked_tokens set jti = '" + updated + "'");
        await().atMost(Duration.ofSeconds(10)).until(() -> gateway.status(cookie(updated)) == 401);
        assertThat(gateway.status(cookie(good))).isEqualTo(200);
        assertThat(gateway.metric("sessiongate_revocation_gaps_total")).isZero();
    }
}
