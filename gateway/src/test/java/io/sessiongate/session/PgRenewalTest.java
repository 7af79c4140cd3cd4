package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sessiongate.config.RenewConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.testing.TestPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which rows the statement prolongs, in a real PostgreSQL whose time zone is an odd one. */
class PgRenewalTest {

    private final TestPostgres postgres = TestPostgres.shared();
    private String schema = "";

    @BeforeEach
    void makeSchema() {
        schema = postgres.newSchema();
    }

    private PgRenewal renewal() {
        return PgRenewal.of(
                new Lookup.Table(List.of("Session"), "sessionToken", "userId", "expires", "revoked"),
                new RenewConfig(Duration.ofDays(30), Duration.ofDays(1), null, "Lax", false),
                schema);
    }

    private void run(String expiresType, String revokedType, String... ids) throws PgLookup.Unusable {
        PgWrite.Statement statement =
                renewal().statement(Map.of("id", "TEXT", "expires", expiresType, "revoked", revokedType));
        assertThat(statement.ids()).isEqualTo(PgIdType.TEXT);
        postgres.run("postgres", statement.sql().replace("$1", "array['" + String.join("', '", ids) + "']"));
    }

    /** Hours that each row lasts, by the database's clock; a column without a time zone is UTC. */
    private List<String> hours() {
        return postgres.ask(
                "postgres",
                "select \"sessionToken\" || ' ' || round((extract(epoch from expires) - extract(epoch from"
                        + " clock_timestamp())) / 3600) from " + schema + ".\"Session\" order by 1");
    }

    @ParameterizedTest
    @CsvSource({
        "timestamp(3), TIMESTAMP, timestamptz, TIMESTAMPTZ, now()",
        "timestamptz, TIMESTAMPTZ, boolean, BOOL, true",
        "timestamp, TIMESTAMP, boolean, BOOL, true"
    })
    void prolongsWhatIsLiveAndDueAndNothingElse(
            String expires, String expiresType, String revoked, String revokedType, String set)
            throws PgLookup.Unusable {
        String table = schema + ".\"Session\"";
        String now = expires.equals("timestamptz") ? "now()" : "now() at time zone 'utc'";
        postgres.run(
                "postgres",
                "create table " + table + " (\"sessionToken\" text primary key, \"userId\" text, expires " + expires
                        + ", revoked " + revoked + ")",
                "insert into " + table + " select id, 'ada', " + now + " + hours * interval '1 hour', case when id ="
                        + " 'revoked' then " + set + " end from (values ('due', 600), ('almost', 697), ('long', 1500),"
                        + " ('just', 695), ('over', -1), ('revoked', 600), ('unasked', 600)) v(id, hours)",
                "insert into " + table + " values ('endless', 'ada', null, null)");
        run(expiresType, revokedType, "due", "almost", "long", "just", "over", "revoked", "endless", "gone");
        assertThat(hours())
                .containsExactly(
                        "almost 697",
                        "due 720",
                        "just 720",
                        "long 1500",
                        "over -1",
                        "revoked 600",
                        "unasked 600",
                        null);
    }

    @Test
    void refusesAColumnThatHoldsNoTime() {
        assertThatThrownBy(() -> renewal().statement(Map.of("id", "TEXT", "expires", "INT8", "revoked", "BOOL")))
                .isInstanceOf(PgLookup.Unusable.class)
                .hasMessageContaining("the expires column is of type int8");
    }
}
