package io.sessiongate.flow;

import io.sessiongate.http.AddressBlock;
import io.sessiongate.http.FieldLine;
import io.sessiongate.identity.HeaderText;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/** The other end of a connection, and what is written of it with every request. Immutable; for any thread. */
public final class Peer {

    private final InetAddress address;
    private final @Nullable AddressBlock countsAs;
    private final FieldLine forwardedFor;
    private final Entrance entrance;
    private final @Nullable FieldLine certificate;

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
        this(address, countsAs, Entrance.PLAIN);
    }

    /** The same by that entrance. */
    public Peer(InetAddress address, @Nullable AddressBlock countsAs, Entrance entrance) {
        this(address, countsAs, entrance, FieldLine.of("X-Forwarded-For", address.getHostAddress()), null);
    }

    private Peer(
            InetAddress address,
            @Nullable AddressBlock countsAs,
            Entrance entrance,
            FieldLine forwardedFor,
            @Nullable FieldLine certificate) {
        this.address = address;
        this.countsAs = countsAs;
        this.entrance = entrance;
        this.forwardedFor = forwardedFor;
        this.certificate = certificate;
    }

    /**
     * The same, known by a certificate that was verified.
     *
     * @param subject RFC 2253
     */
    public Peer withCertificate(String subject) {
        String header = entrance.certificateHeader();
        return header == null
                ? this
                : new Peer(address, countsAs, entrance, forwardedFor, FieldLine.of(header, HeaderText.of(subject)));
    }

    /** The same, counted otherwise. */
    public Peer as(@Nullable AddressBlock counted) {
        return new Peer(address, counted, entrance, forwardedFor, certificate);
    }

    public InetAddress address() {
        return address;
    }

    /** Whom it counts as where the requests of one client are limited; null where they are not. */
    public @Nullable AddressBlock countsAs() {
        return countsAs;
    }

    /** By which it came. */
    public Entrance entrance() {
        return entrance;
    }

    /** What is said of its certificate; null where nothing is. */
    @Nullable FieldLine certificate() {
        return certificate;
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
