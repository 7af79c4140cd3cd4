package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.DatabaseConfig.Tls;
import io.sessiongate.config.DatabaseConfig.Tls.Mode;
import io.sessiongate.config.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PgSettingsTest {

    private static DatabaseConfig database(String host, boolean pgbouncer, Tls tls) {
        return new DatabaseConfig(
                host,
                5432,
                "app",
                "app",
                new Secret("secret"),
                tls,
                4,
                Duration.ofSeconds(10),
                Duration.ofSeconds(5),
                "my \"schema\"",
                pgbouncer,
                "sessiongate",
                Map.of("lock_timeout", "1s", "statement_timeout", "0"),
                List.of());
    }

    private static Tls tls(Mode mode) {
        return new Tls(mode, false, null);
    }

    @Test
    void aServerIsGivenTheDeadlineWhateverElseIsConfigured() {
        assertThat(PgSettings.startupParameters(database("db", false, tls(Mode.DISABLE)), Duration.ofMillis(1500)))
                .containsOnly(
                        Map.entry("application_name", "sessiongate"),
                        Map.entry("client_encoding", "UTF8"),
                        Map.entry("search_path", "\"my \"\"schema\"\"\""),
                        Map.entry("lock_timeout", "1s"),
                        Map.entry("statement_timeout", "1500"));
    }

    @Test
    void aDeadlineUnderAMillisecondIsNotNone() {
        assertThat(PgSettings.startupParameters(database("db", false, tls(Mode.DISABLE)), Duration.ofNanos(1)))
                .containsEntry("statement_timeout", "1");
    }

    @Test
    void aPoolerIsGivenOnlyWhatItTakes() {
        assertThat(PgSettings.startupParameters(database("db", true, tls(Mode.DISABLE)), Duration.ofSeconds(5)))
                .containsOnly(Map.entry("application_name", "sessiongate"), Map.entry("client_encoding", "UTF8"));
    }

    @Test
    void aUnixSocketHasNoTls() {
        assertThat(PgSettings.isTlsWanted(database("/run/postgresql", false, tls(Mode.REQUIRE))))
                .isFalse();
        assertThat(PgSettings.isTlsWanted(database("db", false, tls(Mode.PREFER))))
                .isTrue();
        assertThat(PgSettings.isTlsWanted(database("db", false, tls(Mode.DISABLE))))
                .isFalse();
    }

    @Test
    void theNameInTheCertificateIsComparedWhereItIsVerified() {
        assertThat(PgSettings.trust(new Tls(Mode.REQUIRE, true, null)).getHostnameVerificationAlgorithm())
                .isEqualTo("HTTPS");
        assertThat(PgSettings.trust(new Tls(Mode.REQUIRE, true, null)).isTrustAll())
                .isFalse();
        assertThat(PgSettings.trust(tls(Mode.REQUIRE)).isTrustAll()).isTrue();
    }
}
