package io.sessiongate.session;

import static io.sessiongate.session.RevocationBench.changed;
import static io.sessiongate.session.RevocationBench.ended;
import static io.sessiongate.session.RevocationBench.hash;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.SessionConfig.Lookup.Users;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a PostgreSQL in an odd time zone tells when sessions and users change, and what it keeps to itself. */
class RevocationSqlTest {

    private final RevocationBench bench = new RevocationBench();

    @AfterEach
    void close() {
        bench.close();
    }

    @Test
    void tellsOfALiveSessionThatIsDeleted() {
        bench.watched("a", "b");

        assertThat(bench.toldAfter("delete from @.sessions where id = 'a'")).containsExactly(ended("a"));
    }

    @Test
    void saysNothingOfDeletedSessionsThatHadEnded() {
        bench.watched();
        bench.run("insert into @.sessions values ('expired', 'u', OVER, null), ('revoked', 'u', LIVE, OVER)");

        assertThat(bench.toldAfter("delete from @.sessions")).isEmpty();
    }

    @Test
    void takesASessionWithoutExpiryForLive() {
        bench.watched();
        bench.run(
                "insert into @.sessions values ('null', 'u', null), ('infinite', 'u', 'infinity'), ('never', 'u', '-infinity')");

        assertThat(bench.toldAfter("delete from @.sessions"))
                .containsExactlyInAnyOrder(ended("null"), ended("infinite"));
    }

    @ParameterizedTest
    @CsvSource({"timestamp, now()", "timestamptz, now()", "boolean, true"})
    void tellsOfASessionThatIsRevokedOnce(String type, String value) {
        bench.sessions("text", "timestamp", type);
        bench.install(RevocationBench.lookup());
        bench.run("insert into @.sessions values ('a', 'u', LIVE), ('over', 'u', OVER)");

        assertThat(bench.toldAfter("update @.sessions set revoked = " + value)).containsExactly(ended("a"));
        assertThat(bench.toldAfter("update @.sessions set revoked = " + value)).isEmpty();
        assertThat(bench.toldAfter("delete from @.sessions")).isEmpty();
    }

    @Test
    void takesFalseForNotRevoked() {
        bench.sessions("text", "timestamp", "boolean");
        bench.install(RevocationBench.lookup());
        bench.run("insert into @.sessions values ('a', 'u', LIVE, false)");

        assertThat(bench.toldAfter("update @.sessions set revoked = null")).isEmpty();
        assertThat(bench.toldAfter("delete from @.sessions")).containsExactly(ended("a"));
    }

    @Test
    void tellsOfASessionThatIsMadeToExpire() {
        bench.watched("a", "b");

        assertThat(bench.toldAfter("update @.sessions set expires = OVER where id = 'b'"))
                .containsExactly(ended("b"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "expires = expires + interval '1 day'",
                "expires = null",
                "expires = expires - interval '1 s'",
                "last_active_at = now()",
                "id = id, subject = subject, expires = expires, revoked = revoked, roles = roles, plan = plan",
                "roles = array['admin'] where expires < now() - interval '5 days'"
            })
    void saysNothingOfWhatEndsAndChangesNothing(String change) {
        bench.watched("a", "b");
        bench.run("insert into @.sessions values ('over', 'u', OVER - interval '10 days')");

        assertThat(bench.toldAfter("update @.sessions set " + change)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"expires = expires - interval '10 minutes'", "roles = array['admin']", "plan = '{}'"})
    void hasASessionAskedAboutThatSaysSomethingElse(String change) {
        bench.watched("a", "b");

        assertThat(bench.toldAfter("update @.sessions set " + change + " where id = 'b'"))
                .containsExactly(changed("b"));
    }

    @Test
    void hasASessionAskedAboutThatIsGivenAnExpiry() {
        bench.watched();
        bench.run("insert into @.sessions values ('a', 'u')");

        assertThat(bench.toldAfter("update @.sessions set expires = LIVE")).containsExactly(changed("a"));
    }

    @Test
    void tellsOnlyThatASessionEndedWhenItChangedToo() {
        bench.watched("a");

        assertThat(bench.toldAfter("update @.sessions set roles = array['none'], revoked = now()"))
                .containsExactly(ended("a"));
    }

    @Test
    void endsASessionThatIsGivenToSomebodyElse() {
        bench.watched("a", "b");

        assertThat(bench.toldAfter("update @.sessions set subject = 'other' where id = 'a'"))
                .containsExactly(ended("a"));
        assertThat(bench.toldAfter("update @.sessions set subject = null where id = 'b'"))
                .containsExactly(ended("b"));
    }

    /** A visitor's session that signs in: its new tokens are good, so it must not be remembered as ended. */
    @Test
    void hasASessionAskedAboutThatWasNobodysBefore() {
        bench.watched();
        bench.run("insert into @.sessions values ('a', null, LIVE)");

        assertThat(bench.toldAfter("update @.sessions set subject = 'somebody'"))
                .containsExactly(changed("a"));
    }

    @Test
    void endsTheOldIdWhenASessionIsGivenAnother() {
        bench.watched("old", "other");

        assertThat(bench.toldAfter("update @.sessions set id = 'new' where id = 'old'"))
                .containsExactly(ended("old"));
    }

    @Test
    void tellsOfTheLiveOnesAmongManyThatAreUpdated() {
        bench.watched();
        bench.run(
                "insert into @.sessions select 'over' || i, 'u', OVER from generate_series(1, 3000) i",
                "insert into @.sessions values ('a', 'u', LIVE), ('b', 'u', LIVE)");

        assertThat(bench.toldAfter("update @.sessions set revoked = now()"))
                .containsExactlyInAnyOrder(ended("a"), ended("b"));
    }

    @Test
    void tellsOfTheLiveOnesWhenTheTableIsTruncated() {
        bench.watched("a", "b");
        bench.run("insert into @.sessions values ('expired', 'u', OVER, null), ('revoked', 'u', LIVE, OVER)");

        assertThat(bench.toldAfter("truncate @.sessions")).containsExactlyInAnyOrder(ended("a"), ended("b"));
    }

    @Test
    void saysNothingOfWhatIsRolledBack() {
        bench.watched("a", "b");

        assertThat(bench.toldAfter("begin", "delete from @.sessions", "rollback"))
                .isEmpty();
        assertThat(bench.toldAfter(
                        "begin",
                        "delete from @.sessions where id = 'a'",
                        "savepoint s",
                        "delete from @.sessions where id = 'b'",
                        "rollback to s",
                        "commit"))
                .containsExactly(ended("a"));
    }

    @ParameterizedTest
    @CsvSource({
        "text, a session's é, a session's é",
        "varchar(40), A, A",
        "char(12), padded, padded",
        "uuid, 0F8FAD5B-D9CB-469F-A165-70867728950E, 0f8fad5b-d9cb-469f-a165-70867728950e",
        "smallint, -3, -3",
        "integer, 7, 7",
        "bigint, 9007199254740993, 9007199254740993"
    })
    void hashesTheIdAsThePostgresSpellsIt(String type, String written, String spelled) {
        bench.sessions(type, "timestamp", "timestamp");
        bench.install(RevocationBench.lookup());
        bench.run("insert into @.sessions values ('" + written.replace("'", "''") + "', 'u', LIVE)");

        assertThat(bench.toldAfter("update @.sessions set plan = '1'")).containsExactly(changed(spelled));
        assertThat(bench.toldAfter("delete from @.sessions")).containsExactly(ended(spelled));
    }

    @ParameterizedTest
    @CsvSource({
        "timestamp, UTC",
        "timestamp, Pacific/Kiritimati",
        "timestamp, Pacific/Pago_Pago",
        "timestamptz, Pacific/Kiritimati",
        "timestamptz, Pacific/Pago_Pago"
    })
    void readsTheExpiryAsUtcInEveryTimeZone(String type, String zone) {
        bench.sessions("text", type, "timestamp");
        bench.install(RevocationBench.lookup());
        String utc = type.equals("timestamp") ? "" : " at time zone 'utc'";
        bench.run(
                "insert into @.sessions values ('live', 'u', (LIVE)" + utc + "), ('over', 'u', (OVER)" + utc + ")",
                "set time zone '" + zone + "'");

        assertThat(bench.toldAfter("update @.sessions set revoked = now()")).containsExactly(ended("live"));
    }

    @Test
    void saysNothingAboutAPurgeOf100000() {
        bench.watched();
        bench.run("insert into @.sessions select 's' || i, 'u' || i, OVER - i * interval '1 s'"
                + " from generate_series(1, 100000) i");

        assertThat(bench.toldAfter("delete from @.sessions where expires < OVER"))
                .isEmpty();
    }

    @Test
    void tellsOf5000AtOnceInPayloadsThatPostgresTakes() {
        bench.watched();
        bench.run("insert into @.sessions select 's' || i, 'u', LIVE from generate_series(1, 5000) i");

        bench.run("update @.sessions set revoked = now()");

        var payloads = bench.payloads();
        assertThat(payloads).hasSize(42).allSatisfy(payload -> {
            assertThat(payload).startsWith("s:");
            assertThat(payload.getBytes(StandardCharsets.UTF_8).length).isLessThan(8000);
        });
        assertThat(payloads.stream()
                        .flatMap(payload -> Arrays.stream(payload.substring(2).split(",", -1))))
                .containsExactlyInAnyOrderElementsOf(IntStream.rangeClosed(1, 5000)
                        .mapToObj(i -> hash("s" + i))
                        .toList());
    }

    /** A plan made for one row is kept for the connection; with a nested loop in it this would take minutes. */
    @Test
    void updatesManyAfterOneOnTheSameConnection() {
        bench.watched("a");
        bench.run(
                "insert into @.sessions select 's' || i, 'u', LIVE from generate_series(1, 40000) i",
                "update @.sessions set last_active_at = now() where id = 'a'",
                "update @.sessions set last_active_at = now() where id = 'a'",
                "set statement_timeout = '20s'");

        assertThat(bench.toldAfter("update @.sessions set last_active_at = now()"))
                .isEmpty();
    }

    @Test
    void tellsOfWhatAnUpsertOrAMergeEnds() {
        bench.watched("a", "b");

        assertThat(bench.toldAfter("insert into @.sessions values ('a', 'user-a', LIVE), ('n', 'user-n', LIVE)"
                        + " on conflict (id) do update set expires = excluded.expires"))
                .isEmpty();
        assertThat(bench.toldAfter("insert into @.sessions values ('a', 'user-a', OVER), ('m', 'user-m', OVER)"
                        + " on conflict (id) do update set expires = excluded.expires"))
                .containsExactly(ended("a"));
        assertThat(bench.toldAfter("merge into @.sessions s using (values ('b'), ('n')) v (id) on s.id = v.id"
                        + " when matched and v.id = 'b' then delete when matched then update set revoked = now()"))
                .containsExactlyInAnyOrder(ended("b"), ended("n"));
    }

    @Test
    void tellsOfRowsInEveryPartition() {
        bench.run(
                "create table @.sessions (id text, subject text, expires timestamp, revoked timestamp, roles text[],"
                        + " plan jsonb, shard int, extra text, primary key (id, shard)) partition by list (shard)",
                "create table @.one partition of @.sessions for values in (1)",
                // Its columns stand in another order.
                "create table @.two (shard int not null, plan jsonb, roles text[], revoked timestamp, expires timestamp,"
                        + " subject text, id text not null, extra text)",
                "alter table @.sessions attach partition @.two for values in (2)");
        bench.install(RevocationBench.lookup());
        bench.run("insert into @.sessions (id, subject, expires, shard)"
                + " values ('a', 'u', LIVE, 1), ('b', 'u', LIVE, 2), ('c', 'u', LIVE, 1), ('d', 'u', LIVE, 2)");

        assertThat(bench.toldAfter("update @.sessions set shard = 3 - shard")).isEmpty();
        assertThat(bench.toldAfter("update @.sessions set revoked = now() where id in ('a', 'b')"))
                .containsExactlyInAnyOrder(ended("a"), ended("b"));
        assertThat(bench.toldAfter("delete from @.sessions where id = 'c'")).containsExactly(ended("c"));
        assertThat(bench.toldAfter("truncate @.sessions")).containsExactly(ended("d"));
    }

    @Test
    void tellsOfRowsOfTablesThatInherit() {
        bench.watched("a");
        bench.run(
                "create table @.special (note text) inherits (@.sessions)",
                "insert into @.special values ('b', 'u', LIVE)");

        assertThat(bench.toldAfter("delete from @.sessions")).containsExactlyInAnyOrder(ended("a"), ended("b"));
    }

    @Test
    void tellsOfSessionsThatGoWithTheirUser() {
        bench.run("create table @.users (id text primary key)");
        bench.watched();
        bench.run(
                "alter table @.sessions add foreign key (subject) references @.users on delete cascade",
                "insert into @.users values ('u'), ('v')",
                "insert into @.sessions values ('a', 'u', LIVE), ('b', 'u', LIVE), ('c', 'v', LIVE), ('o', 'u', OVER)");

        assertThat(bench.toldAfter("delete from @.users where id = 'u'"))
                .containsExactlyInAnyOrder(ended("a"), ended("b"));
    }

    @ParameterizedTest
    @CsvSource({"boolean, true", "timestamptz, now()"})
    void tellsOfUsersThatAreDisabledOrDeleted(String type, String value) {
        users(type);

        assertThat(bench.toldAfter("update @.users set disabled = " + value + " where id = 1"))
                .containsExactly("u:" + hash("1"));
        assertThat(bench.toldAfter("update @.users set disabled = null where id = 1"))
                .isEmpty();
        assertThat(bench.toldAfter("update @.users set disabled = " + value + " where id = 2", "delete from @.users"))
                .containsExactlyInAnyOrder("u:" + hash("2"), "u:" + hash("1"), "u:" + hash("3"));
    }

    @Test
    void hasUsersAskedAboutThatSaySomethingElse() {
        users("boolean");

        assertThat(bench.toldAfter("update @.users set email = 'new' where id < 3"))
                .containsExactlyInAnyOrder("d:" + hash("1"), "d:" + hash("2"));
        assertThat(bench.toldAfter("update @.users set seen = now()")).isEmpty();
    }

    @Test
    void tellsOfUsersWhoseTableIsTruncated() {
        users("boolean");

        assertThat(bench.toldAfter("truncate @.users"))
                .containsExactlyInAnyOrder("u:" + hash("1"), "u:" + hash("2"), "u:" + hash("3"));
    }

    private void users(String disabledType) {
        bench.run(
                "create table @.users (id int primary key, disabled " + disabledType + ", email text, seen timestamp)");
        bench.sessions("text", "timestamp", "timestamp");
        bench.install(RevocationBench.lookup(new Users(List.of("users"), "id", "disabled")));
        bench.run("insert into @.users values (1), (2), (3)");
    }
}
