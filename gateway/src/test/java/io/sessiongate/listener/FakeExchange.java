package io.sessiongate.listener;

import io.sessiongate.flow.StreamGuard;
import io.sessiongate.http.FaultKind;
import io.sessiongate.token.Fingerprint;
import org.jspecify.annotations.Nullable;

/** An exchange without a connection. */
final class FakeExchange extends Ongoing {

    private final @Nullable FakeGuard guard;
    private final LoopStreams streams;
    int guardsAsked;

    /** Whether its last bytes are on their way, so that there is nothing to end. */
    boolean finishing;

    @Nullable FaultKind endedBy;

    FakeExchange(LoopStreams streams, @Nullable FakeGuard guard) {
        this.streams = streams;
        this.guard = guard;
    }

    boolean isOf(Fingerprint key) {
        return guard != null && (guard.session().equals(key) || guard.subject().equals(key));
    }

    @Override
    @Nullable StreamGuard guard() {
        guardsAsked++;
        return guard;
    }

    @Override
    boolean end(FaultKind why) {
        if (finishing) {
            return false;
        }
        endedBy = why;
        streams.over(this);
        return true;
    }
}
