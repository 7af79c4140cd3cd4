package io.sessiongate.upstream;

import io.sessiongate.config.ServerAddress;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks the names of one upstream's servers up again and again, and tells the upstream what it found; where nothing is found
 * the last good answer stays. One look-up of a name at a time, on the threads of {@link ServerNames}; the time is kept by
 * the loop that accepts. {@link #follow} and {@link #stop} are called under the lock of the upstream.
 */
final class AddressWatch {

    private static final Logger LOG = LoggerFactory.getLogger(AddressWatch.class);

    private final Upstream upstream;
    private final Surroundings around;
    private final Set<ServerAddress.Tcp> underWay = ConcurrentHashMap.newKeySet();
    private @Nullable ScheduledFuture<?> timer;

    AddressWatch(Upstream upstream, Surroundings around) {
        this.upstream = upstream;
        this.around = around;
    }

    /** Looks up the names of the servers as they are configured now, at once and at intervals. */
    void follow() {
        stop();
        Settings settings = upstream.settings();
        if (settings.config.servers().stream().anyMatch(ServerNames::isName)) {
            long nanos = settings.config.spread().dnsRefresh().toNanos();
            timer = around.transport().acceptor().scheduleWithFixedDelay(this::lookUp, 0, nanos, TimeUnit.NANOSECONDS);
        }
    }

    void stop() {
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void lookUp() {
        for (ServerAddress address : upstream.settings().config.servers()) {
            if (ServerNames.isName(address) && address instanceof ServerAddress.Tcp tcp && underWay.add(tcp)) {
                around.names().lookUp(tcp.address().getHostString(), found -> onFound(tcp, found));
            }
        }
    }

    /** On a thread of the resolver, or on that of who asked where it has no room. */
    private void onFound(ServerAddress.Tcp address, List<InetAddress> found) {
        underWay.remove(address);
        if (found.isEmpty()) {
            upstream.nameFailed(address);
            LOG.atWarn()
                    .addKeyValue("upstream", upstream.name())
                    .addKeyValue("server", address.name())
                    .log("The name of a server is not known; it stays where it was");
        } else {
            upstream.found(address, found);
        }
    }
}
