package io.sessiongate.listener;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.flow.Peer;
import java.net.InetAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class OpenConnectionsTest {

    private final OpenConnections connections = new OpenConnections(10, new ConnectionsByAddress(10, List.of()));

    /** Notes what it is told. */
    private static final class Connection implements OpenConnection {
        private boolean drained;
        private boolean closed;

        @Override
        public Peer peer() {
            return new Peer(InetAddress.getLoopbackAddress());
        }

        @Override
        public void drain() {
            drained = true;
        }

        @Override
        public void closeNow() {
            closed = true;
        }
    }

    @Test
    void drainsWhatTakesThePlaceOfAConnectionMeanwhile() {
        Connection before = new Connection();
        Connection after = new Connection();
        assertThat(connections.enter(before)).isNull();
        CompletableFuture<Void> drained = connections.drain().toCompletableFuture();
        connections.replace(before, after);
        assertThat(after.drained).isTrue();
        assertThat(drained).isNotDone();
        connections.leave(after);
        assertThat(drained).isCompleted();
    }

    /** A handshake that was agreed on in the moment in which all were told to close. */
    @Test
    void closesWhatTakesThePlaceOfAConnectionWhenAllWereToldTo() {
        Connection before = new Connection();
        Connection replaced = new Connection();
        Connection identified = new Connection();
        Connection late = new Connection();
        assertThat(connections.enter(before)).isNull();
        var unused = connections.drain();
        connections.closeAll();
        connections.replace(before, replaced);
        assertThat(replaced.closed).isTrue();
        assertThat(connections.identified(replaced, identified)).isNull();
        assertThat(identified.closed).isTrue();
        assertThat(connections.enter(late)).isNull();
        assertThat(late.closed).isTrue();
    }
}
