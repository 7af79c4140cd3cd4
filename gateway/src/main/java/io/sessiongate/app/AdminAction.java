package io.sessiongate.app;

import io.sessiongate.app.AdminServer.Page;
import java.net.InetAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** What the admin port does, rather than shows, at a path. Called on the admin loop; must not block for long. */
@FunctionalInterface
interface AdminAction {

    Page perform(Ask ask);

    /** The same for what takes longer: completes on any thread. */
    default CompletionStage<Page> begin(Ask ask) {
        return CompletableFuture.completedFuture(perform(ask));
    }

    /**
     * A request for it, whole.
     *
     * @param peer address of the other end
     * @param authorization value of the header, or null where there is none or more than one
     * @param contentType value of the header, or null
     */
    @SuppressWarnings("ArrayRecordComponent") // handed over once, never compared
    record Ask(
            String method,
            InetAddress peer,
            @Nullable String authorization,
            @Nullable String contentType,
            byte[] body) {}
}
