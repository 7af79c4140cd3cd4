package io.sessiongate.flow;

import io.sessiongate.http.FieldLine;
import java.net.InetAddress;

/** The other end of a connection, and what is written of it with every request. Immutable; for any thread. */
public final class Peer {

    private final InetAddress address;
    private final FieldLine forwardedFor;

    public Peer(InetAddress address) {
        this.address = address;
        this.forwardedFor = FieldLine.of("X-Forwarded-For", address.getHostAddress());
    }

    public InetAddress address() {
        return address;
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
