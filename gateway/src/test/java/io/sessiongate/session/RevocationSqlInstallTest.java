package io.sessiongate.session;

import static io.sessiongate.session.RevocationBench.ended;
import static io.sessiongate.session.RevocationBench.hash;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sessiongate.config.AttributeColumn;
import io.sessiongate.config.SessionConfig.Lookup.Table;
import io.sessiongate.config.SessionConfig.Lookup.Users;
import io.sessiongate.session.RevocationSql.Expected;
import io.sessiongate.testing.TestPostgres;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.PGConnection;

/** Installing, installing again, removing; names that try to be more than names; an application that changes underneath. */
class RevocationSqlInstallTest {

    private final RevocationBench bench = new RevocationBench();

    @AfterEach
    void close() {
        bench.close();
    }

    private List<String> ask(String sql) {
        return TestPostgres.shared().ask("postgres", sql.replace("@", bench.schema()));
    }

    private List<String> triggers() {
        return ask("select tgname from pg_trigger where tgrelid in (select oid from pg_class where relnamespace ="
                + " '@'::regnamespace) and not tgisinternal order by 1");
    }

    private List<String> comments() {
        return ask(
                "select obj_description(oid, 'pg_proc') from pg_proc where pronamespace = '@'::regnamespace order by proname");
    }

    @Test
    void canBeInstalledAgain() {
        bench.watched("a");
        bench.install(RevocationBench.lookup());

        assertThat(triggers()).hasSize(3);
        assertThat(bench.toldAfter("delete from @.sessions")).containsExactly(ended("a"));
    }

    @Test
    void saysWhatADatabaseHasInWhichItIsInstalled() {
        Table lookup = RevocationBench.lookup(new Users(List.of("users"), "id", "disabled"));
        bench.sessions("text", "timestamp", "timestamp");
        bench.run("create table @.users (id text, disabled boolean, email text)");

        bench.install(lookup);

        List<Expected> expected = bench.sql(lookup).expected();
        assertThat(triggers())
                .hasSize(6)
                .containsExactlyInAnyOrderElementsOf(expected.stream()
                        .flatMap(part -> part.triggers().stream())
                        .toList());
        assertThat(comments())
                .containsExactlyElementsOf(
                        expected.stream().map(Expected::comment).toList());
        assertThat(ask("select oid::regclass from pg_class where oid = '"
                        + expected.get(0).table() + "'::regclass"))
                .containsExactly(bench.schema() + ".sessions");
    }

    @Test
    void replacesWhatAnOlderConfigurationInstalled() {
        bench.watched("a");
        Table fewer = new Table(List.of("sessions"), "id", null, "expires", null);

        bench.install(fewer);

        assertThat(comments())
                .containsExactly(bench.sql(fewer).expected().get(0).comment())
                .doesNotContain(
                        bench.sql(RevocationBench.lookup()).expected().get(0).comment());
        assertThat(triggers()).hasSize(3);
        assertThat(bench.toldAfter("update @.sessions set roles = array['admin'], revoked = now()"))
                .isEmpty();
    }

    @Test
    void summarisesTheChannelToo() {
        assertThat(RevocationSql.of("default", RevocationBench.lookup(), "public", "one")
                        .expected())
                .isNotEqualTo(RevocationSql.of("default", RevocationBench.lookup(), "public", "two")
                        .expected());
    }

    @Test
    void leavesOtherRealmsAlone() {
        bench.watched("a");
        RevocationSql other = RevocationSql.of("other", RevocationBench.lookup(), bench.schema(), bench.channel());

        bench.run(other.install());
        bench.run(other.uninstall());

        assertThat(bench.toldAfter("delete from @.sessions")).containsExactly(ended("a"));
    }

    @Test
    void removesAllOfIt() {
        Table lookup = RevocationBench.lookup(new Users(List.of("users"), "id", "disabled"));
        bench.sessions("text", "timestamp", "timestamp");
        bench.run("create table @.users (id text, disabled boolean, email text)");
        bench.install(lookup);

        bench.run(bench.sql(lookup).uninstall());

        assertThat(triggers()).isEmpty();
        assertThat(comments()).isEmpty();
    }

    @Test
    void removesWhatIsNotThere() {
        bench.run(bench.sql(RevocationBench.lookup()).uninstall());

        assertThat(triggers()).isEmpty();
    }

    @Test
    void installsAllOrNothing() {
        bench.sessions("text", "timestamp", "timestamp");
        Table lookup = RevocationBench.lookup(new Users(List.of("nowhere"), "id", null));

        assertThatThrownBy(() -> bench.install(lookup)).hasMessageContaining("nowhere");
        bench.run("rollback");

        assertThat(triggers()).isEmpty();
        assertThat(comments()).isEmpty();
    }

    @Test
    void doesWithoutTheOptionalColumns() {
        bench.run("create table @.sessions (id text)", "insert into @.sessions values ('a'), ('b'), ('c')");
        bench.install(new Table(List.of("sessions"), "id", null, null, null));

        assertThat(bench.toldAfter("update @.sessions set id = 'd' where id = 'a'"))
                .containsExactly(ended("a"));
        assertThat(bench.toldAfter("delete from @.sessions where id = 'b'")).containsExactly(ended("b"));
        assertThat(bench.toldAfter("truncate @.sessions")).containsExactlyInAnyOrder(ended("c"), ended("d"));
    }

    @Test
    void takesTheNamesOfPrisma() {
        bench.run(
                "create table @.\"Session\" (\"sessionToken\" text primary key, \"userId\" text, expires timestamp(3))",
                "insert into @.\"Session\" values ('a', 'u', LIVE)");
        bench.install(new Table(List.of("Session"), "sessionToken", "userId", "expires", null));

        assertThat(bench.toldAfter("update @.\"Session\" set expires = expires + interval '1 day'"))
                .isEmpty();
        assertThat(bench.toldAfter("delete from @.\"Session\"")).containsExactly(ended("a"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "moment",
                "hash",
                "gone",
                "ended",
                "changed",
                "letter",
                "nr",
                "o",
                "n",
                "old_rows",
                "select",
                "a b",
                "a.b",
                "A\"b",
                "it's",
                "$sessiongate$",
                "$$",
                "back\\slash",
                "100%s",
                "{0}",
                "-- x",
                "/* x",
                "line\nbreak",
                "ü",
                "x\"; drop table sessions; --",
                "a234567890123456789012345678901234567890123456789012345678901x"
            })
    void takesEveryNameForAName(String name) {
        String quoted = "\"" + name.replace("\"", "\"\"") + "\"";
        bench.run(
                "create table @." + quoted + " (" + quoted + " text primary key, e timestamp)",
                "insert into @." + quoted + " values ('a', LIVE), ('b', LIVE), ('c', LIVE)");
        Table lookup =
                new Table(List.of(name), name, name, "e", name, new AttributeColumn(name, false), null, Map.of());
        RevocationSql sql = RevocationSql.of(name, lookup, bench.schema(), bench.channel());
        // A column of that name for everything would make every row revoked: the id alone, then.
        RevocationSql usable = RevocationSql.of(
                name,
                new Table(List.of(name), name, null, "e", null, new AttributeColumn(name, false), null, Map.of()),
                bench.schema(),
                bench.channel());

        bench.run(sql.install(), usable.install());

        assertThat(bench.toldAfter("update @." + quoted + " set " + quoted + " = 'd' where " + quoted + " = 'a'"))
                .containsExactly(ended("a"));
        assertThat(bench.toldAfter("delete from @." + quoted + " where " + quoted + " = 'b'"))
                .containsExactly(ended("b"));
        assertThat(bench.toldAfter("truncate @." + quoted)).containsExactlyInAnyOrder(ended("c"), ended("d"));
        bench.run(usable.uninstall());
        assertThat(triggers()).isEmpty();
    }

    @Test
    void takesEveryChannelForAText() {
        String channel = "it's \\ \"$sessiongate$\" %s" + bench.schema();
        bench.sessions("text", "timestamp", "timestamp");
        bench.run("insert into @.sessions values ('a', 'u', LIVE)");
        bench.run(RevocationSql.of("default", RevocationBench.lookup(), bench.schema(), channel)
                .install());
        bench.run("listen \"" + channel.replace("\"", "\"\"") + "\"", "begin", "delete from @.sessions", "commit");

        assertThat(ask("select count(*) from @.sessions")).containsExactly("0");
        assertThat(notifiedToItself()).containsExactly(channel + " " + ended("a"));
    }

    private List<String> notifiedToItself() {
        try {
            return Arrays.stream(bench.application().unwrap(PGConnection.class).getNotifications(10_000))
                    .map(one -> one.getName() + " " + one.getParameter())
                    .toList();
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whatever the application's search path finds first. */
    @Test
    void callsNothingButWhatIsPostgresOwn() {
        bench.watched("a");
        bench.run(
                "create function @.pg_notify(text, text) returns void language plpgsql as 'begin raise exception ''mine''; end'",
                "create function @.sha256(bytea) returns bytea language sql as 'select ''\\x00''::bytea'",
                "create temp table old_rows (id text, subject text, expires timestamp, revoked timestamp)",
                "set search_path = @., pg_catalog".replace("@.", bench.schema()));

        assertThat(bench.toldAfter("delete from @.sessions")).containsExactly(ended("a"));
    }

    @Test
    void needsNoRightsOfWhoeverEndsASession() {
        bench.watched("a", "b");
        String role = "role_" + bench.schema();
        bench.run(
                "create role " + role,
                "grant usage on schema " + bench.schema() + " to " + role,
                "grant select, update, delete on @.sessions to " + role,
                "revoke execute on all functions in schema " + bench.schema() + " from public",
                "set role " + role);

        assertThat(bench.toldAfter(
                        "delete from @.sessions where id = 'a'",
                        "update @.sessions set revoked = now() where id = 'b'"))
                .containsExactly(ended("a"), ended("b"));
    }

    @Test
    void survivesARenamedTable() {
        bench.watched("a", "b");
        bench.run("alter table @.sessions rename to \"Sitting\"");

        assertThat(bench.toldAfter("delete from @.\"Sitting\" where id = 'a'")).containsExactly(ended("a"));
        assertThat(bench.toldAfter("truncate @.\"Sitting\"")).containsExactly(ended("b"));
    }

    /** The application's statement must not fail because of us; and the gateways must not believe that all is well. */
    @Test
    void tellsThatItCannotTellAndLetsTheApplicationGoOn() {
        bench.watched("a", "b");
        bench.run("alter table @.sessions rename column expires to expires_at");

        bench.run("delete from @.sessions where id = 'a'");
        assertThat(bench.payloads()).containsExactly("x:");
        bench.run("update @.sessions set revoked = now()");
        assertThat(bench.payloads()).containsExactly("x:");
        bench.run("truncate @.sessions");
        assertThat(bench.payloads()).containsExactly("x:");
        assertThat(ask("select count(*) from @.sessions")).containsExactly("0");
    }

    @Test
    void writesOnlyHashes() {
        bench.watched("secret-id");

        bench.run("delete from @.sessions");

        assertThat(bench.payloads()).containsExactly("s:" + hash("secret-id"));
    }
}
