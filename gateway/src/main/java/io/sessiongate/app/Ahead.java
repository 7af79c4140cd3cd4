package io.sessiongate.app;

import io.sessiongate.session.PostgresSessions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.slf4j.LoggerFactory;

/**
 * The parts of a gateway that no configuration has a say in, made on a thread of their own while it is read: half of the
 * start is the loading of classes, and a second processor would watch. Used once, by the thread that starts the gateway; what
 * was made and is not wanted has to be {@linkplain #abandon() abandoned}.
 */
public final class Ahead {

    private final CompletableFuture<Void> logging = new CompletableFuture<>();
    private final CompletableFuture<Telemetry> telemetry = new CompletableFuture<>();
    private final CompletableFuture<PostgresSessions> sessions = new CompletableFuture<>();

    private Ahead() {}

    /** Begins. */
    public static Ahead begin() {
        Ahead ahead = new Ahead();
        Thread thread = new Thread(ahead::make, "sessiongate-ahead");
        thread.setDaemon(true);
        thread.start();
        return ahead;
    }

    @SuppressWarnings("CatchingUnchecked") // an Error too: who waits must not wait for ever
    private void make() {
        try {
            LoggerFactory.getILoggerFactory();
            logging.complete(null);
            sessions.complete(PostgresSessions.start());
            telemetry.complete(Telemetry.start());
        } catch (Throwable e) {
            logging.completeExceptionally(e);
            sessions.completeExceptionally(e);
            telemetry.completeExceptionally(e);
        }
    }

    /**
     * Waits until the log can be configured: who asks for its library while another thread makes that ready is given a stand-in.
     */
    public void awaitLogging() {
        made(logging);
    }

    Telemetry telemetry() {
        return made(telemetry);
    }

    PostgresSessions sessions() {
        return made(sessions);
    }

    /** What was thrown is thrown here, as if it had happened on this thread. */
    static <T> T made(CompletableFuture<T> part) {
        try {
            return part.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException fault) {
                throw fault;
            }
            if (e.getCause() instanceof Error fault) {
                throw fault;
            }
            throw e;
        }
    }

    /** There will be no gateway. */
    @SuppressWarnings("FutureReturnValueIgnored") // what could not be made needs no closing
    public void abandon() {
        sessions.thenAccept(PostgresSessions::close);
        telemetry.thenAccept(Telemetry::close);
    }
}
