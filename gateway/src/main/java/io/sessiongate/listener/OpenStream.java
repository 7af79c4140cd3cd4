package io.sessiongate.listener;

import io.netty.channel.EventLoop;
import io.sessiongate.flow.StreamGuard;
import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.StreamMeters.Kind;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An exchange that goes on for long, as {@link LoopStreams} hold it. Confined to the client connection's event loop. */
final class OpenStream {

    private static final Logger LOG = LoggerFactory.getLogger(OpenStream.class);

    private final Ongoing exchange;
    private final StreamGuard guard;
    private final Consumer<@Nullable FaultKind> onRechecked;
    private boolean rechecking;
    Kind kind;

    /** Its place in the list of all; -1 once it is in none. */
    int place = -1;

    /**
     * Holds an exchange.
     *
     * @param onFault is told why it has to end, when a check has found so
     */
    OpenStream(Ongoing exchange, StreamGuard guard, Kind kind, BiConsumer<OpenStream, FaultKind> onFault) {
        this.exchange = exchange;
        this.guard = guard;
        this.kind = kind;
        this.onRechecked = fault -> {
            rechecking = false;
            if (fault != null && place >= 0) {
                onFault.accept(this, fault);
            }
        };
    }

    Ongoing exchange() {
        return exchange;
    }

    StreamGuard guard() {
        return guard;
    }

    /** Has its session checked, unless a check is under way. */
    void recheck(EventLoop loop) {
        if (rechecking) {
            return;
        }
        rechecking = true;
        try {
            guard.recheck(loop, onRechecked);
        } catch (RuntimeException e) {
            rechecking = false;
            LOG.atError().setCause(e).log("A stream could not be checked");
        }
    }
}
