package io.sessiongate.flow;

import io.sessiongate.http.FaultKind;
import io.sessiongate.token.Fingerprint;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Why a request that goes on for long may go on: the session behind it. Asked for once such a request is seen to be one,
 * see {@link Flow#guard}. Safe to use from any thread.
 */
public interface StreamGuard {

    /** The population of logins the session and the subject belong to: another realm's may bear the same id. */
    String realm();

    Fingerprint session();

    Fingerprint subject();

    /** When it ends whatever its session does, in milliseconds since the epoch; {@link Long#MAX_VALUE} where never. */
    long closeAtEpochMillis();

    /**
     * Judges once more, by the policy and the checks that requests are judged by.
     *
     * @param loop where the answer comes, unless it comes at once; the caller is on it
     * @param then called exactly once, inline or later, with why it has to end, or null where it may go on
     */
    void recheck(Executor loop, Consumer<@Nullable FaultKind> then);
}
