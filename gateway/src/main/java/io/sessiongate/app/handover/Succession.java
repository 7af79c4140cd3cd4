package io.sessiongate.app.handover;

import io.netty.channel.unix.FileDescriptor;
import io.sessiongate.http.PassedSockets;
import io.sessiongate.http.Transport;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whom a gateway comes after, and who comes after it (docs/adr/0043-restart-without-a-refused-connection.md). Used by the one thread
 * that starts, and by the one that stops.
 */
public final class Succession {

    private static final Logger LOG = LoggerFactory.getLogger(Succession.class);

    private final @Nullable Path socket;
    private final Transport transport;
    private final @Nullable TakeOver before;
    private final boolean systemd;
    private final PassedSockets passed;
    private @Nullable HandOver after;

    private Succession(
            @Nullable Path socket,
            Transport transport,
            @Nullable TakeOver before,
            boolean systemd,
            PassedSockets passed) {
        this.socket = socket;
        this.transport = transport;
        this.before = before;
        this.systemd = systemd;
        this.passed = passed;
    }

    /**
     * Gets the sockets that listen already: those of the gateway that runs, if it is to be succeeded, else systemd's.
     *
     * @param socket where gateways meet; null where they do not
     * @param takeOver whether one that runs is to be succeeded
     * @throws IllegalStateException with a sentence for the user
     */
    public static Succession begin(@Nullable Path socket, boolean takeOver, Transport transport) {
        if (takeOver && socket == null) {
            throw new IllegalStateException("--take-over needs hand-over.socket in the configuration");
        }
        if (socket != null) {
            require(transport, "hand-over");
            ControlPath.requirePrivate(socket);
            @Nullable TakeOver before = TakeOver.of(socket, transport.acceptor());
            if (before != null && !takeOver) {
                before.close();
                throw new IllegalStateException(
                        "another gateway runs, and answers on " + socket + "; run --take-over succeeds it");
            }
            if (before != null) {
                return new Succession(socket, transport, before, false, sockets(before));
            }
        }
        List<Integer> systemd = SystemdSockets.descriptors(
                System::getenv, ProcessHandle.current().pid(), Path.of("/proc/self/fdinfo"));
        if (!systemd.isEmpty()) {
            require(transport, "socket activation");
        }
        return new Succession(socket, transport, null, !systemd.isEmpty(), PassedSockets.of(systemd));
    }

    private static PassedSockets sockets(TakeOver before) {
        try {
            return PassedSockets.of(before.sockets());
        } catch (RuntimeException e) {
            before.close();
            throw e;
        }
    }

    private static void require(Transport transport, String what) {
        if (!transport.takesSockets()) {
            throw new IllegalStateException(what + " needs transport: epoll; this is " + transport.name());
        }
    }

    /** Who opened what listens, in words for people. */
    public String origin() {
        return before != null ? "from the gateway before" : systemd ? "from systemd" : "its own";
    }

    /** What listens already. */
    public PassedSockets passed() {
        return passed;
    }

    /**
     * Clients are served here: who is to do so after this may come.
     *
     * @param sockets what listens now
     * @param yielding leaves to another gateway what two must not do at once; blocks
     * @param stop stops this gateway; blocks
     * @throws IllegalStateException where nobody could come, with a sentence for the user; who was here before goes on
     */
    public void serving(Supplier<List<FileDescriptor>> sockets, Runnable yielding, Runnable stop) {
        if (!passed.left().isEmpty()) {
            LOG.atWarn().addKeyValue("addresses", passed.left()).log("Sockets were passed that no listener is for");
            passed.close();
        }
        if (socket != null) {
            after = HandOver.listen(socket, transport.acceptor(), sockets, yielding, stop);
        }
    }

    /** Who served before may stop, and has left the admin port when this returns. Blocks. */
    public void relieve() {
        if (before != null) {
            before.serving();
        }
    }

    /** Ends, also where the start has failed; who was to be succeeded goes on then. */
    public void close() {
        passed.close();
        if (before != null) {
            before.close();
        }
        if (after != null) {
            after.close();
        }
    }
}
