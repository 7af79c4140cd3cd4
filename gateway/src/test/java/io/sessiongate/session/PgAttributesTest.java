package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.AttributeColumn;
import io.sessiongate.config.DatabaseConfig;
import io.sessiongate.config.SessionConfig.Lookup;
import io.sessiongate.config.SessionConfig.Lookup.Table;
import io.sessiongate.config.SessionConfig.Lookup.Users;
import io.sessiongate.testing.TestPostgres;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a check brings along: the user behind the session, roles, and attributes. */
class PgAttributesTest {

    private static final TestPostgres POSTGRES = TestPostgres.shared();
    private static PgBench bench;

    private String schema;

    @BeforeAll
    static void open() {
        bench = new PgBench();
    }

    @AfterAll
    static void close() {
        bench.close();
    }

    @BeforeEach
    void newSchema() {
        schema = POSTGRES.newSchema();
    }

    private void sql(String... statements) {
        POSTGRES.run(
                "postgres",
                Arrays.stream(statements)
                        .map(s -> s.replace("@.", schema + "."))
                        .toArray(String[]::new));
    }

    private DatabaseConfig config() {
        return POSTGRES.config().schema(schema).build();
    }

    private SessionRow row(Lookup lookup, String id) {
        List<SessionRow> rows = bench.rows(bench.connected(config(), lookup), id);
        assertThat(rows).hasSize(1);
        return rows.get(0);
    }

    private static Table table(
            @Nullable AttributeColumn roles, @Nullable Users users, Map<String, AttributeColumn> attributes) {
        return new Table(List.of("sessions"), "id", "user_id", null, "revoked", roles, users, attributes);
    }

    private void sessionsAndUsers(String disabled) {
        sql(
                "create table @.\"User\" (id text primary key, email text, disabled " + disabled + ")",
                "create table @.sessions (id text primary key, user_id text, revoked boolean)",
                "insert into @.\"User\" values ('u1', 'ann@example.com')",
                "insert into @.sessions values ('s1', 'u1'), ('s2', 'nobody'), ('s3', null)");
    }

    @Test
    void aSessionWhoseUserIsMissingIsRevoked() {
        sessionsAndUsers("boolean");
        Lookup lookup = table(null, new Users(List.of("User"), "id", "disabled"), Map.of());

        assertThat(row(lookup, "s1").revoked()).isFalse();
        assertThat(row(lookup, "s2").revoked()).isTrue();
        assertThat(row(lookup, "s3").revoked()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({"boolean, true, true", "boolean, false, false", "timestamp, now(), true", "timestamptz, now(), true"})
    void aSessionWhoseUserIsDisabledIsRevoked(String type, String value, boolean revoked) {
        sessionsAndUsers(type);
        sql("update @.\"User\" set disabled = " + value);

        assertThat(row(table(null, new Users(List.of("User"), "id", "disabled"), Map.of()), "s1")
                        .revoked())
                .isEqualTo(revoked);
    }

    @Test
    void aRevokedSessionOfAGoodUserIsRevoked() {
        sessionsAndUsers("boolean");
        sql("update @.sessions set revoked = true");

        assertThat(row(table(null, new Users(List.of("User"), "id", null), Map.of()), "s1")
                        .revoked())
                .isTrue();
    }

    @Test
    void bringsAttributesOfSessionAndUserInTheirOrder() {
        sessionsAndUsers("boolean");
        sql("alter table @.sessions add plan int default 7, add nothing text");
        Map<String, AttributeColumn> attributes = new LinkedHashMap<>();
        attributes.put("plan", new AttributeColumn("plan", false));
        attributes.put("email", new AttributeColumn("email", true));
        attributes.put("nothing", new AttributeColumn("nothing", false));

        Attributes found = row(table(null, new Users(List.of("User"), "id", null), attributes), "s1")
                .attributes();

        assertThat(found.value(0)).isEqualTo("7");
        assertThat(found.value(1)).isEqualTo("ann@example.com");
        assertThat(found.value(2)).isNull();
        assertThat(found.roles()).isNull();
    }

    @Test
    void takesNoAttributeThatIsTooLongToCarry() {
        sessionsAndUsers("boolean");
        sql("update @.\"User\" set email = repeat('x', " + (PgLookup.LONGEST_ATTRIBUTE + 1) + ")");
        Map<String, AttributeColumn> attributes = Map.of("email", new AttributeColumn("email", true));

        assertThat(row(table(null, new Users(List.of("User"), "id", null), attributes), "s1")
                        .attributes()
                        .value(0))
                .isNull();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "text | 'admin, staff  user' | admin;staff;user",
                "varchar(20) | 'admin' | admin",
                "text[] | array['admin', 'not admin', null, 'a,b'] | admin;not admin;a,b",
                "@.role | 'ADMIN' | ADMIN",
                "@.role[] | array['ADMIN', 'USER']::@.role[] | ADMIN;USER",
                "text | null | ``",
                "text[] | null | ``",
                "text | '' | ``"
            })
    void readsRolesFromTextListsAndEnumerations(String type, String value, String roles) {
        sql(
                "create type @.role as enum ('ADMIN', 'USER')",
                "create table @.sessions (id text primary key, user_id text, revoked boolean, roles " + type + ")",
                "insert into @.sessions values ('s1', 'u1', false, " + value + ")");

        assertThat(row(table(new AttributeColumn("roles", false), null, Map.of()), "s1")
                        .attributes()
                        .roles())
                .isEqualTo(roles.isEmpty() ? Set.of() : Set.of(roles.split(";", -1)));
    }

    @Test
    void aQueryBringsRolesAndAttributesByTheirNames() {
        sessionsAndUsers("boolean");
        Lookup query = new Lookup.Query(
                "select s.id, u.email as \"Mail\", 'a b' as roles from " + schema + ".sessions s join " + schema
                        + ".\"User\" u on u.id = s.user_id where s.id = any($1)",
                Map.of("email", new AttributeColumn("Mail", false)));

        Attributes found = row(query, "s1").attributes();

        assertThat(found.value(0)).isEqualTo("ann@example.com");
        assertThat(found.roles()).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void saysWhichColumnAQueryLacks() {
        sessionsAndUsers("boolean");
        Lookup query = new Lookup.Query(
                "select id from " + schema + ".sessions where id = any($1)",
                Map.of("email", new AttributeColumn("email", false)));

        assertThat(bench.refusal(config(), query)).contains("no column named email");
    }

    @Test
    void knowsAnIdThatTheDatabaseSpellsInAnotherWay() {
        String id = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11";
        sql("create table @.sessions (id uuid primary key)", "insert into @.sessions values ('" + id + "')");
        Lookup lookup = new Table(List.of("sessions"), "id", null, null, null);

        assertThat(row(lookup, id).spelledAlike()).isTrue();
        assertThat(row(lookup, id.toUpperCase(java.util.Locale.ROOT)).spelledAlike())
                .isFalse();
    }
}
