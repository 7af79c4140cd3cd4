package io.sessiongate.flow;

import io.sessiongate.http.AddressBlock;
import io.sessiongate.http.FieldLine;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** The other end of a connection, and what is written of it with every request. Immutable; for any thread. */
public final class Peer {

    private final InetAddress address;
    private final @Nullable AddressBlock countsAs;
    private final FieldLine forwardedFor;

    /** One who is not counted. */
    public Peer(InetAddress address) {
        this(address, null);
    }

    /**
     * One whose requests are limited together.
     *
     * @param countsAs whom it counts as; null for a proxy that is trusted, whose users are not told apart
     */
    public Peer(InetAddress address, @Nullable AddressBlock countsAs) {
        this.address = address;
        this.countsAs = countsAs;
        this.forwardedFor = FieldLine.of("X-Forwarded-For", address.getHostAddress());
    }

    public InetAddress address() {
        return address;
    }

    /** Whom it counts as where the requests of one client are limited; null where they are not. */
    public @Nullable AddressBlock countsAs() {
        return countsAs;
    }

    /** The address in text form. */
    String text() {
        return forwardedFor.value();
    }

    /** {@code X-Forwarded-For} of a request that came over no proxy. */
    FieldLine forwardedFor() {
        return forwardedFor;
    }
}
