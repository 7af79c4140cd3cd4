package io.sessiongate.upstream.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BalancingTest {

    private final SplittableRandom lot = new SplittableRandom(7);
    private final Servers servers = new Servers(4);

    /** Servers as a test wants them. */
    private static final class Servers implements Candidates {
        final boolean[] in;
        final int[] inFlight;
        final double[] share;

        Servers(int count) {
            in = new boolean[count];
            Arrays.fill(in, true);
            inFlight = new int[count];
            share = new double[count];
            Arrays.fill(share, 1);
        }

        @Override
        public int count() {
            return in.length;
        }

        @Override
        public boolean mayTake(int index) {
            return in[index];
        }

        @Override
        public int inFlight(int index) {
            return inFlight[index];
        }

        @Override
        public double share(int index) {
            return share[index];
        }

        @Override
        public long seed(int index) {
            return Balancing.mix(index + 1);
        }
    }

    private double[] parts(int rounds, java.util.function.IntUnaryOperator choice) {
        double[] parts = new double[servers.count()];
        for (int i = 0; i < rounds; i++) {
            parts[choice.applyAsInt(i)] += 1.0 / rounds;
        }
        return parts;
    }

    @Test
    void takesTurns() {
        assertThat(Balancing.inTurn(servers, 0, lot)).isEqualTo(0);
        assertThat(Balancing.inTurn(servers, 3, lot)).isEqualTo(3);
        assertThat(Balancing.inTurn(servers, 4, lot)).isEqualTo(0);
        assertThat(Balancing.inTurn(servers, Integer.MIN_VALUE, lot)).isEqualTo(0);
    }

    @Test
    void passesOverThoseThatMayNotBeTaken() {
        servers.in[1] = false;
        servers.in[2] = false;
        assertThat(Balancing.inTurn(servers, 1, lot)).isEqualTo(3);
        for (int i = 0; i < 100; i++) {
            assertThat(Balancing.leastRequests(servers, lot)).isIn(0, 3);
            assertThat(Balancing.bySession(servers, Balancing.mix(i))).isIn(0, 3);
        }
    }

    @Test
    void takesNoneWhereNoneMayBeTaken() {
        Arrays.fill(servers.in, false);
        assertThat(Balancing.inTurn(servers, 1, lot)).isEqualTo(-1);
        assertThat(Balancing.leastRequests(servers, lot)).isEqualTo(-1);
        assertThat(Balancing.bySession(servers, 1)).isEqualTo(-1);
    }

    @Test
    void takesTheOneWithLessToDoOfEveryPair() {
        servers.inFlight[0] = 3;
        servers.inFlight[1] = 2;
        servers.inFlight[2] = 1;
        double[] parts = parts(60_000, i -> Balancing.leastRequests(servers, lot));
        // Of six pairs the emptiest is in three, the next is the emptier of two, the next of one.
        assertThat(parts[3]).isCloseTo(0.5, within(0.02));
        assertThat(parts[2]).isCloseTo(1 / 3.0, within(0.02));
        assertThat(parts[1]).isCloseTo(1 / 6.0, within(0.02));
        assertThat(parts[0]).isZero();
    }

    @Test
    void drawsEvenlyWhereAllHaveTheSameToDo() {
        assertThat(parts(40_000, i -> Balancing.leastRequests(servers, lot))).satisfies(parts -> {
            for (double part : parts) {
                assertThat(part).isCloseTo(0.25, within(0.02));
            }
        });
    }

    @Test
    void spreadsSessionsEvenlyAndKeepsThemWhereTheyAre() {
        assertThat(parts(40_000, i -> Balancing.bySession(servers, Balancing.mix(i))))
                .satisfies(parts -> {
                    for (double part : parts) {
                        assertThat(part).isCloseTo(0.25, within(0.02));
                    }
                });
    }

    @Test
    void movesOnlyTheSessionsOfAServerThatLeaves() {
        for (int i = 0; i < 1000; i++) {
            long key = Balancing.mix(i);
            servers.in[2] = true;
            int before = Balancing.bySession(servers, key);
            servers.in[2] = false;
            int after = Balancing.bySession(servers, key);
            assertThat(after).isEqualTo(before == 2 ? after : before).isNotEqualTo(2);
        }
    }

    @Test
    void sendsSessionsElsewhereWhereTheirServerHasFarMoreToDoThanTheOthers() {
        int own = Balancing.bySession(servers, 42);
        servers.inFlight[own] = 9;
        assertThat(Balancing.bySession(servers, 42)).isEqualTo(own);
        servers.inFlight[own] = 10;
        int other = Balancing.bySession(servers, 42);
        assertThat(other).isNotEqualTo(own);
        // With as much to do everywhere it is no longer far more.
        Arrays.fill(servers.inFlight, 10);
        assertThat(Balancing.bySession(servers, 42)).isEqualTo(own);
    }

    @Test
    void givesAServerThatStartsSlowlyItsPartOfItsShare() {
        servers.share[1] = 0.4;
        double third = 0.25 + 0.25 * 0.6 / 3;
        int[] turn = {0};
        double[][] all = {
            parts(60_000, i -> {
                int taken = Balancing.inTurn(servers, turn[0], lot);
                turn[0]++;
                return taken;
            }),
            parts(60_000, i -> Balancing.bySession(servers, Balancing.mix(i)))
        };
        for (double[] parts : all) {
            assertThat(parts[1]).isCloseTo(0.1, within(0.01));
            assertThat(parts[3]).isCloseTo(third, within(0.06));
        }
        double[] least = parts(60_000, i -> Balancing.leastRequests(servers, lot));
        assertThat(least[1]).isBetween(0.08, 0.14);
    }

    @Test
    void givesAServerThatStartsSlowlyMoreSessionsAndTakesNoneBack() {
        for (int i = 0; i < 500; i++) {
            long key = Balancing.mix(i);
            boolean had = false;
            for (double share = 0.1; share < 1.05; share += 0.1) {
                servers.share[1] = share;
                boolean has = Balancing.bySession(servers, key) == 1;
                assertThat(has || !had).isTrue();
                had = has;
            }
        }
    }

    @Test
    void takesAServerThatStartsSlowlyWhereThereIsNoOther() {
        Arrays.fill(servers.in, false);
        servers.in[1] = true;
        servers.share[1] = 0.1;
        for (int i = 0; i < 50; i++) {
            assertThat(Balancing.inTurn(servers, i, lot)).isEqualTo(1);
            assertThat(Balancing.leastRequests(servers, lot)).isEqualTo(1);
            assertThat(Balancing.bySession(servers, i)).isEqualTo(1);
        }
    }
}
