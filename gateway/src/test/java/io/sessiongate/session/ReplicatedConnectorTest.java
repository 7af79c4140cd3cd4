package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.session.CheckConnector.ConnectResult;
import io.sessiongate.session.CheckConnector.ConnectResult.Connected;
import io.sessiongate.session.CheckConnector.ConnectResult.Refused;
import io.sessiongate.session.CheckResult.Failed;
import io.sessiongate.session.CheckResult.Rows;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checks over two replicas and their primary, in virtual time. */
class ReplicatedConnectorTest {

    private final FakeCluster cluster = new FakeCluster(2, 1);
    private final VirtualLoop loop = cluster.loop;
    private final FakeStore primary = cluster.primary;
    private final FakeStore shared = cluster.shared;

    @BeforeEach
    void fill() {
        cluster.write(store -> {
            store.login("a", "ann");
            store.login("b", "bob");
        });
        cluster.catchUp();
    }

    private static final class Client {
        final CheckConnection connection;
        final AtomicInteger gone = new AtomicInteger();

        Client(CheckConnection connection) {
            this.connection = connection;
            connection.onGone(gone::incrementAndGet);
        }
    }

    private List<ConnectResult> connect() {
        List<ConnectResult> results = new ArrayList<>();
        cluster.connector.connect(results::add);
        return results;
    }

    /** A connection, with a sample taken. */
    private Client connected() {
        List<ConnectResult> results = connect();
        loop.advance(Duration.ofMillis(50));
        assertThat(results).hasSize(1);
        if (results.get(0) instanceof Connected connected) {
            return new Client(connected.connection());
        }
        throw new AssertionError(results);
    }

    private List<CheckResult> begin(Client client, String... ids) {
        return begin(client, CheckConnection.ANY_AGE, ids);
    }

    private List<CheckResult> begin(Client client, long notOlderThanNanos, String... ids) {
        List<CheckResult> results = new ArrayList<>();
        client.connection.check(List.of(ids), notOlderThanNanos, results::add);
        return results;
    }

    private Rows rows(List<CheckResult> results) {
        loop.advance(Duration.ofMillis(100));
        assertThat(results).hasSize(1);
        if (results.get(0) instanceof Rows rows) {
            return rows;
        }
        throw new AssertionError(results);
    }

    private static List<String> ids(Rows rows) {
        return rows.rows().stream().map(SessionRow::id).sorted().toList();
    }

    private FakeStore replica(int index) {
        return cluster.replicas.get(index).store;
    }

    private double count(String meter) {
        return cluster.registry.get("sessiongate.session.replica." + meter).counters().stream()
                .mapToDouble(io.micrometer.core.instrument.Counter::count)
                .sum();
    }

    @Test
    void connectionsGoToTheReplicasInTurn() {
        IntStream.range(0, 4).forEach(i -> connected());

        assertThat(replica(0).open).isEqualTo(2);
        assertThat(replica(1).open).isEqualTo(2);
        assertThat(primary.attempts).isZero();
        assertThat(shared.open).isOne();
    }

    @Test
    void aKnownSessionIsAnsweredByTheReplicaWithItsAge() {
        Client client = connected();
        long sampled = loop.nanoTime() - Duration.ofMillis(45).toNanos();
        loop.advance(Duration.ofMillis(300));
        long begun = loop.nanoTime();

        Rows rows = rows(begin(client, "a", "b"));

        assertThat(ids(rows)).containsExactly("a", "b");
        assertThat(rows.stalenessNanos()).isEqualTo(begun - sampled);
        assertThat(shared.queries).isEmpty();
    }

    @Test
    void withoutASampleThePrimaryIsAskedAndTheReplicaNotAtAll() {
        shared.connectTime = Duration.ofMillis(30);
        List<ConnectResult> results = connect();
        loop.advance(Duration.ofMillis(5));
        Client client = new Client(((Connected) results.get(0)).connection());

        Rows rows = rows(begin(client, "a"));

        assertThat(ids(rows)).containsExactly("a");
        assertThat(rows.stalenessNanos()).isZero();
        assertThat(replica(0).queries).isEmpty();
        assertThat(replica(1).queries).isEmpty();
    }

    @Test
    void anUnknownSessionIsConfirmedOnThePrimary() {
        Client client = connected();
        cluster.write(store -> store.login("new", "ann"));

        Rows rows = rows(begin(client, "a", "new", "nobody"));

        assertThat(ids(rows)).containsExactly("a", "new");
        assertThat(rows.unanswered()).isEmpty();
        assertThat(shared.queries).containsExactly(List.of("new", "nobody"));
        assertThat(count("confirmations")).isEqualTo(2);
    }

    @Test
    void anExpiredRowIsConfirmedAndARevokedOneIsNot() {
        cluster.write(store -> {
            store.loginFor("expired", "ann", Duration.ofMillis(-1));
            store.loginFor("revoked", "ann", Duration.ofMillis(-1));
            store.revoke("revoked");
        });
        cluster.catchUp();
        Client client = connected();
        cluster.write(store -> store.login("expired", "ann"));

        Rows rows = rows(begin(client, "expired", "revoked"));

        assertThat(rows.rows()).anySatisfy(row -> {
            assertThat(row.id()).isEqualTo("expired");
            assertThat(row.remainingMillis()).isPositive();
        });
        assertThat(shared.queries).containsExactly(List.of("expired"));
    }

    /** The gate counts what remains from when the answer was true, which is a while ago. */
    @Test
    void aRowThatEndsWithinItsAgeIsConfirmed() {
        Client client = connected();
        cluster.write(store -> store.loginFor("ending", "ann", Duration.ofMillis(900)));
        cluster.catchUp();
        loop.advance(Duration.ofMillis(800));

        rows(begin(client, "ending"));

        assertThat(shared.queries).containsExactly(List.of("ending"));
    }

    @Test
    void aReplicaThatLagsIsAskedNoMoreAndThePrimaryAnswersInTheSameCheck() {
        Client client = connected();
        cluster.write(store -> store.revoke("a"));
        for (int i = 0; i < 5; i++) {
            rows(begin(client, "b"));
            loop.advance(Duration.ofMillis(900));
        }

        Rows rows = rows(begin(client, "a"));

        assertThat(rows.rows())
                .singleElement()
                .satisfies(row -> assertThat(row.revoked()).isTrue());
        assertThat(rows.stalenessNanos()).isZero();
        assertThat(client.connection.isSpent()).isTrue();
        assertThat(count("too.old")).isPositive();
    }

    @Test
    void anAnswerOlderThanTheCheckAllowsIsNotUsed() {
        Client client = connected();
        loop.advance(Duration.ofMillis(100));
        long logout = loop.nanoTime();
        cluster.write(store -> store.revoke("a"));

        Rows rows = rows(begin(client, logout, "a"));

        assertThat(rows.rows())
                .singleElement()
                .satisfies(row -> assertThat(row.revoked()).isTrue());
        assertThat(client.connection.isSpent()).isFalse();
        assertThat(count("queries")).isZero();
    }

    @Test
    void anAnswerProvenByASampleOlderThanTheCheckAllowsIsNotUsedEither() {
        Client client = connected();
        long logout = loop.nanoTime();
        cluster.write(store -> store.revoke("a"));
        loop.advance(Duration.ofMillis(1100)); // a sample that the replica has not replayed

        Rows rows = rows(begin(client, logout, "a"));

        assertThat(rows.rows())
                .singleElement()
                .satisfies(row -> assertThat(row.revoked()).isTrue());
        assertThat(count("queries")).isOne();
        assertThat(count("too.old")).isOne();
    }

    @Test
    void aReplicaThatDiesDuringACheckHasThePrimaryAnswerIt() {
        Client client = connected();
        cluster.replicas.forEach(replica -> replica.store.queryTime = Duration.ofMillis(20));
        List<CheckResult> check = begin(client, "a", "b");
        loop.advance(Duration.ofMillis(5));

        cluster.replicas.forEach(replica -> replica.store.crash());

        assertThat(ids(rows(check))).containsExactly("a", "b");
        assertThat(client.gone).hasValue(1);
        assertThat(count("failovers")).isOne();
    }

    @Test
    void aSilentReplicaIsGivenUpAfterHalfOfTheQueryTimeout() {
        Client client = connected();
        cluster.replicas.forEach(replica -> {
            replica.store.stuck = true;
            replica.store.endsQueriesItself = false;
            replica.store.hearsCancel = false;
        });
        shared.queryTime = Duration.ofMillis(50);
        List<CheckResult> check = begin(client, "a");

        loop.advance(Duration.ofMillis(1010));

        assertThat(replica(0).open + replica(1).open).isZero();
        assertThat(client.gone).as("while its check is under way").hasValue(0);
        assertThat(ids(rows(check))).containsExactly("a");
        assertThat(client.connection.isSpent()).isTrue();
        assertThat(client.gone).hasValue(1);
    }

    @Test
    void aCheckThatNobodyAnswersEndsBeforeTheWatchdogAndIsEndedOnThePrimary() {
        Client client = connected();
        loop.advance(Duration.ofMillis(500));
        shared.stuck = true;
        shared.endsQueriesItself = false;
        List<CheckResult> check = begin(client, "a", "nobody");

        loop.advance(FakeCluster.QUERY_TIMEOUT.plusMillis(130));

        assertThat(check).hasSize(1);
        Rows rows = (Rows) check.get(0);
        assertThat(ids(rows)).containsExactly("a");
        assertThat(rows.unanswered()).containsExactly("nobody");
        assertThat(shared.cancels).isOne();
    }

    @Test
    void withThePrimaryAwayKnownSessionsCountUntilNothingIsProvenAnyMore() {
        Client client = connected();
        shared.crash();
        loop.run();

        Rows rows = rows(begin(client, "a", "nobody"));
        assertThat(ids(rows)).containsExactly("a");
        assertThat(rows.unanswered()).containsExactly("nobody");

        loop.advance(FakeCluster.MAX_LAG);
        List<CheckResult> late = begin(client, "a");
        loop.advance(Duration.ofMillis(10));
        assertThat(late)
                .singleElement()
                .isInstanceOfSatisfying(
                        Failed.class,
                        failed -> assertThat(failed.reason()).isEqualTo(UnknownReason.DATABASE_UNAVAILABLE));
    }

    @Test
    void whatWaitsForThePrimaryGoesIntoOneStatementAndNeverTwoAtOnce() {
        List<Client> clients = IntStream.range(0, 6).mapToObj(i -> connected()).toList();
        loop.advance(Duration.ofMillis(500));
        shared.queryTime = Duration.ofMillis(50);
        List<List<CheckResult>> checks = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            checks.add(begin(clients.get(i), "x" + i, "a"));
            loop.advance(Duration.ofMillis(1)); // the store fails on a second statement at once
        }
        loop.advance(Duration.ofMillis(200));

        assertThat(checks)
                .allSatisfy(check -> assertThat(ids((Rows) check.get(0))).containsExactly("a"));
        assertThat(shared.queries).hasSize(2);
        assertThat(shared.queries.get(1)).hasSize(5);
        assertThat(shared.mostOpen).isOne();
    }

    @Test
    void aStatementToThePrimaryCarriesAtMostABatch() {
        Client first = connected();
        Client second = connected();
        loop.advance(Duration.ofMillis(500));
        shared.queryTime = Duration.ofMillis(50);
        String[] some = IntStream.range(0, 200).mapToObj(i -> "x" + i).toArray(String[]::new);
        String[] others = IntStream.range(0, 200).mapToObj(i -> "y" + i).toArray(String[]::new);

        List<CheckResult> one = begin(first, some);
        List<CheckResult> two = begin(second, others);
        loop.advance(Duration.ofMillis(300));

        assertThat(one).hasSize(1);
        assertThat(two).hasSize(1);
        assertThat(shared.queries).hasSize(2); // the store fails on more than a batch
    }

    @Test
    void connectingGoesOnToTheNextReplicaAndAtLastToThePrimary() {
        replica(0).away = true;
        assertThat(connected().connection).isInstanceOf(ReplicaConnection.class);
        assertThat(connected().connection).isInstanceOf(ReplicaConnection.class);
        assertThat(replica(1).open).isEqualTo(2);

        replica(1).crash();
        loop.run();

        assertThat(connected().connection).isInstanceOf(StandInConnection.class);
        assertThat(primary.open).isOne();
    }

    @Test
    void replicasThatAnswerNothingTakeHalfOfTheConnectTimeoutAltogether() {
        cluster.replicas.forEach(replica -> replica.store.connectTime = Duration.ofMinutes(1));
        primary.connectTime = Duration.ofMinutes(1);
        List<ConnectResult> results = connect();

        loop.advance(FakeCluster.CONNECT_TIMEOUT.dividedBy(2).minusMillis(1));
        assertThat(primary.attempts).isZero();
        loop.advance(Duration.ofMillis(1));
        assertThat(primary.attempts).isOne();

        primary.away = true;
        loop.advance(Duration.ofMinutes(2));
        assertThat(results).singleElement().isInstanceOf(Refused.class);
        assertThat(primary.open + replica(0).open + replica(1).open).isZero();
    }

    @Test
    void whileAllRestNobodyWaitsForThemAndOnceOneIsThereTheStandInMakesRoom() {
        replica(0).away = true;
        replica(1).away = true;
        Client standIn = connected();
        replica(1).connectTime = Duration.ofSeconds(3);
        replica(0).connectTime = Duration.ofSeconds(3);
        loop.advance(Duration.ofSeconds(1));

        for (int i = 0; i < 50; i++) {
            List<CheckResult> check = begin(standIn, "a");
            loop.advance(Duration.ofMillis(3));
            assertThat(check).hasSize(1);
            assertThat(standIn.connection.isSpent()).isFalse();
            loop.advance(Duration.ofMillis(97));
        }
        replica(1).away = false;
        for (int i = 0; i < 100; i++) {
            rows(begin(standIn, "a"));
        }

        assertThat(standIn.connection.isSpent()).isTrue();
        replica(1).connectTime = Duration.ofMillis(1);
        assertThat(connected().connection).isInstanceOf(ReplicaConnection.class);
    }

    @Test
    void afterTheLastUseNoMoreSamplesAreTaken() {
        connected();
        loop.advance(Duration.ofMinutes(1));
        shared.stuck = true; // a sample would be overdue, and canceled
        shared.endsQueriesItself = false;

        loop.advance(Duration.ofMinutes(1));

        assertThat(shared.cancels).isZero();
    }

    @Test
    void aPoolerThatLetsTheSharedConnectionInAndThrowsItOutIsLeftAlone() {
        shared.dropsNewConnections = true;
        Client client = connected();
        for (int i = 0; i < 100; i++) {
            begin(client, "nobody");
            loop.advance(Duration.ofMillis(100));
        }

        assertThat(shared.attempts).isBetween(8, 40);
    }

    @Test
    void closingEndsTheSharedConnectionToo() {
        Client client = connected();
        cluster.connector.close();
        client.connection.abandon();
        loop.advance(Duration.ofSeconds(1));

        assertThat(shared.open + replica(0).open + replica(1).open).isZero();
        loop.advance(Duration.ofMinutes(1));
        assertThat(shared.attempts).isOne();
    }
}
