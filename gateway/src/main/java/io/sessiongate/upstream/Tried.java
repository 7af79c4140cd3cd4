package io.sessiongate.upstream;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Servers that a request was sent to in vain. Immutable; a handful at most. */
public final class Tried {

    private final Server[] servers;

    private Tried(Server[] servers) {
        this.servers = servers;
    }

    static Tried with(@Nullable Tried before, Server server) {
        if (before == null) {
            return new Tried(new Server[] {server});
        }
        Server[] more = Arrays.copyOf(before.servers, before.servers.length + 1);
        more[more.length - 1] = server;
        return new Tried(more);
    }

    static boolean contains(@Nullable Tried tried, Server server) {
        if (tried != null) {
            for (Server one : tried.servers) {
                if (one == server) {
                    return true;
                }
            }
        }
        return false;
    }
}
