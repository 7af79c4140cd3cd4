package io.sessiongate.listener.tls;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the files of certificates, of listeners and of upstreams, on a thread of its own, every {@value #EVERY_SECONDS} s:
 * the disk may be slow. Bounded by the configured files.
 */
public final class CertificateWatch {

    private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);
    private static final int EVERY_SECONDS = 2;

    private final ScheduledThreadPoolExecutor thread;

    private CertificateWatch(ScheduledThreadPoolExecutor thread) {
        this.thread = thread;
    }

    /**
     * Begins.
     *
     * @param looks each looks at some files, and takes over what has changed
     */
    public static CertificateWatch of(List<Runnable> looks) {
        return of(looks, Duration.ofSeconds(EVERY_SECONDS));
    }

    static CertificateWatch of(List<Runnable> looks, Duration every) {
        var thread = new ScheduledThreadPoolExecutor(1, new DefaultThreadFactory("sessiongate-certificates", true));
        thread.setRemoveOnCancelPolicy(true);
        var unused = thread.scheduleWithFixedDelay(
                () -> lookAll(looks), every.toNanos(), every.toNanos(), TimeUnit.NANOSECONDS);
        return new CertificateWatch(thread);
    }

    private static void lookAll(List<Runnable> looks) {
        for (Runnable look : looks) {
            try {
                look.run();
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("Certificates could not be looked at"); // and again, in a moment
            }
        }
    }

    public void close() {
        thread.shutdownNow();
    }
}
