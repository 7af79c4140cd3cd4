package io.sessiongate.session;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The link over one connection of the driver's: one statement at a time, cancel requests, and an end that comes at once when
 * it is wanted. Confined to the check loop.
 *
 * <p>A statement's end is told before the connection's where the connection goes on, after it where it does not, so that nobody
 * sends a statement to a connection that is known to be gone.
 */
final class PgConversation implements PgLink {

    private static final Duration CANCEL_LIMIT = Duration.ofSeconds(1);

    /** The connection as the driver has it. */
    interface Wire extends PgStatements {
        int announcedProcess();

        void onNotification(BiConsumer<String, String> listener);

        /** Opens another connection for it. */
        Future<Void> cancelRequest();

        void onClosed(Runnable task);

        /** Closes once what is under way has ended. */
        void close();
    }

    private final Wire wire;
    private final List<VertxSockets.Socket> sockets;
    private final VertxCheckLoop loop;
    private @Nullable Consumer<PgAnswer> underWay;
    private VertxSockets.@Nullable Made<Future<Void>> canceling;
    private @Nullable Runnable onGone;
    private String whyGone = "the connection to PostgreSQL was lost";
    private boolean cancelSent;
    private boolean gone;

    PgConversation(Wire wire, List<VertxSockets.Socket> sockets, VertxCheckLoop loop) {
        this.wire = wire;
        this.sockets = sockets;
        this.loop = loop;
        wire.onClosed(this::onClosed);
        sockets.forEach(socket -> socket.onClosed(this::onClosed));
    }

    @Override
    public void run(String sql, List<? extends @Nullable Object> parameters, Consumer<PgAnswer> then) {
        if (begins(then)) {
            wire.run(sql, parameters, this::onAnswer);
        }
    }

    @Override
    public void script(String sql, Consumer<PgAnswer> then) {
        if (begins(then)) {
            wire.script(sql, this::onAnswer);
        }
    }

    /** The wire takes a statement before the one before it has ended, and runs them in their order. */
    @Override
    public void runTogether(List<PgQuery> queries, Consumer<PgAnswer> then) {
        if (begins(then)) {
            PgTogether together = new PgTogether(queries.size(), this::onAnswer);
            queries.forEach(query -> query.sendTo(wire, together));
        }
    }

    private boolean begins(Consumer<PgAnswer> then) {
        if (underWay != null) {
            throw new IllegalStateException("a statement is under way");
        }
        underWay = then;
        cancelSent = false;
        if (gone) {
            loop.later(() -> answer(lost()));
        }
        return !gone;
    }

    private void onAnswer(PgAnswer answer) {
        PgAnswer.Failed failed = answer instanceof PgAnswer.Failed f ? f : null;
        // A cancel request that did not end its statement could end the next one.
        boolean isHaunted = cancelSent && (failed == null || !failed.isCanceled());
        if (failed != null && failed.isBroken()) {
            whyGone = failed.message();
            abandon(); // which answers
        } else if (isHaunted) {
            whyGone = "the statement ended uncanceled after its deadline";
            abandon();
        } else {
            answer(answer);
        }
    }

    @Override
    public int announcedProcess() {
        return wire.announcedProcess();
    }

    @Override
    public void onNotification(BiConsumer<String, String> listener) {
        wire.onNotification(listener);
    }

    /**
     * Opens a second connection for a message, as the protocol wants it, which the server closes once it has read it; at most
     * one at a time, and at most for a second. The server does not count it, as it never logs in.
     */
    @Override
    public void cancel() {
        if (underWay == null || gone || canceling != null) {
            return;
        }
        cancelSent = true;
        var made = loop.sockets().noting(wire::cancelRequest);
        canceling = made;
        CheckLoop.Timer limit = loop.schedule(CANCEL_LIMIT.toNanos(), () -> {
            made.closeNow();
            canceled(made);
        });
        // The driver closes once it has sent the request. PgBouncer takes that for giving up while it has not passed it
        // on
        // yet ("client gave up on cancel request", its objects.c; 1.18 ends with "bad client state"): the other side is
        // left to close, as libpq does.
        made.leaveOpen();
        made.onClosed(() -> {
            limit.cancel();
            canceled(made);
        });
        made.result().onFailure(fault -> made.closeNow());
    }

    private void canceled(VertxSockets.Made<Future<Void>> made) {
        if (made.equals(canceling)) {
            canceling = null;
        }
    }

    @Override
    public void abandon() {
        if (canceling != null) {
            canceling.closeNow();
        }
        sockets.forEach(VertxSockets.Socket::closeNow);
        // So that the driver knows; by itself this would wait for the statement under way.
        wire.close();
    }

    @Override
    public boolean isGone() {
        return gone;
    }

    @Override
    public void onGone(Runnable callback) {
        onGone = callback;
        if (gone) {
            loop.later(callback);
        }
    }

    /** Both the socket and the driver say so; a turn later, so that {@link #abandon} has returned. */
    private void onClosed() {
        loop.later(() -> {
            if (gone) {
                return;
            }
            gone = true;
            wire.close();
            if (onGone != null) {
                onGone.run();
            }
            answer(lost());
        });
    }

    private void answer(PgAnswer answer) {
        Consumer<PgAnswer> then = underWay;
        underWay = null;
        if (then != null) {
            then.accept(answer);
        }
    }

    private PgAnswer lost() {
        return new PgAnswer.Failed(null, false, whyGone);
    }
}
