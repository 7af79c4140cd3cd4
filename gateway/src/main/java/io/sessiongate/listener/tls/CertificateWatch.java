package io.sessiongate.listener.tls;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the certificates of all listeners on a thread of its own, every {@value #EVERY_SECONDS} s: the disk may be slow.
 * Bounded by the configured files.
 */
public final class CertificateWatch {

    private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);
    private static final int EVERY_SECONDS = 5;

    private final ScheduledThreadPoolExecutor thread;

    private CertificateWatch(ScheduledThreadPoolExecutor thread) {
        this.thread = thread;
    }

    /** Begins. */
    public static CertificateWatch of(List<ServerTls> listeners) {
        return of(listeners, Duration.ofSeconds(EVERY_SECONDS));
    }

    static CertificateWatch of(List<ServerTls> listeners, Duration every) {
        var thread = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("sessiongate-certificates", true));
        thread.setRemoveOnCancelPolicy(true);
        var unused = thread.scheduleWithFixedDelay(
                () -> lookAll(listeners), every.toNanos(), every.toNanos(), TimeUnit.NANOSECONDS);
        return new CertificateWatch(thread);
    }

    private static void lookAll(List<ServerTls> listeners) {
        for (ServerTls listener : listeners) {
            try {
                listener.look();
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("Certificates could not be looked at"); // and again, in a moment
            }
        }
    }

    public void close() {
        thread.shutdownNow();
    }
}
