package io.sessiongate.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a server of an upstream listens. */
public sealed interface ServerAddress {

    /** As logs and findings name it: {@code host:port}, or {@code unix:/path}. */
    String name();

    /** Whether TLS is spoken to it. */
    boolean secure();

    /** What {@code Host} says to it where the client named nobody (HTTP/1.0). */
    String authority();

    /** A port; unresolved where it is configured, as names may move. */
    record Tcp(InetSocketAddress address, boolean secure) implements ServerAddress {

        /** A plain one. */
        public Tcp(InetSocketAddress address) {
            this(address, false);
        }

        // By hand, as in KeyPath: the generated ones are linked during the start.
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Tcp that && secure == that.secure && address.equals(that.address);
        }

        @Override
        public int hashCode() {
            return address.hashCode();
        }

        @Override
        public String name() {
            return address.getHostString() + ":" + address.getPort();
        }

        @Override
        public String authority() {
            String host = address.getHostString();
            return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + address.getPort();
        }
    }

    /** A Unix-domain stream socket; the path is absolute. */
    record Unix(Path path) implements ServerAddress {

        // By hand, as in KeyPath: the generated ones are linked during the start.
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Unix that && path.equals(that.path);
        }

        @Override
        public int hashCode() {
            return path.hashCode();
        }

        @Override
        public boolean secure() {
            return false;
        }

        @Override
        public String name() {
            return "unix:" + path;
        }

        /** A path is no authority (RFC 3986 section 3.2); this one is what curl and nginx say there. */
        @Override
        public String authority() {
            return "localhost";
        }
    }
}
