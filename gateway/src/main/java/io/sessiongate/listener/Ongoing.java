package io.sessiongate.listener;

import io.sessiongate.flow.StreamGuard;
import io.sessiongate.http.FaultKind;
import org.jspecify.annotations.Nullable;

/**
 * A forwarded request that is not over, as the {@link LoopStreams} of its event loop see it: first one of the {@link
 * YoungExchanges}, so that an ordinary request costs a few field writes; later, perhaps, an {@link OpenStream}. The fields are
 * theirs. Confined to the client connection's event loop.
 */
abstract class Ongoing {

    @Nullable Ongoing before;

    @Nullable Ongoing behind;

    boolean young;

    /** Round of the sweep in which it began. */
    long begunRound;

    @Nullable OpenStream stream;

    /** What it has to answer to; null where no session is behind it. */
    abstract @Nullable StreamGuard guard();

    /**
     * Ends it so that it never looks complete: by an answer that says so where none has begun, by a close frame, or by the
     * end of the connection.
     *
     * @return whether there was something to end; not so where only our own last bytes are still to be written
     */
    abstract boolean end(FaultKind why);
}
