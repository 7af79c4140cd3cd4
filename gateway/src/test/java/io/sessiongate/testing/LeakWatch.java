package io.sessiongate.testing;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails a test class in which a Netty buffer was dropped without being released. The detector (paranoid, set by the
 * build) only logs, and only when a later allocation looks at what the garbage collector found; this provokes both and
 * turns the log into a failure. Use with {@code @ExtendWith(LeakWatch.class)}.
 */
public final class LeakWatch implements BeforeAllCallback, AfterAllCallback {

    private final Collector collector = new Collector();

    @Override
    public void beforeAll(ExtensionContext context) {
        start();
    }

    @Override
    public void afterAll(ExtensionContext context) {
        List<String> leaks = stop();
        if (!leaks.isEmpty()) {
            throw new AssertionError("buffers leaked: " + String.join("\n", leaks));
        }
    }

    /** Begins to listen to the detector. */
    void start() {
        if (!ResourceLeakDetector.getLevel().equals(ResourceLeakDetector.Level.PARANOID)) {
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
        }
        collector.start();
        detectorLog().addAppender(collector);
    }

    /** Collects garbage, lets the detector look, and shows what it reported since {@link #start}. */
    List<String> stop() {
        long endNanos = System.nanoTime() + Duration.ofMillis(300).toNanos();
        do {
            System.gc();
            for (int i = 0; i < 50; i++) {
                ByteBufAllocator.DEFAULT.buffer(16).release();
            }
        } while (collector.leaks.isEmpty() && System.nanoTime() < endNanos);
        detectorLog().detachAppender(collector);
        return List.copyOf(collector.leaks);
    }

    private static Logger detectorLog() {
        return (Logger) LoggerFactory.getLogger(ResourceLeakDetector.class);
    }

    private static final class Collector extends AppenderBase<ILoggingEvent> {
        private final List<String> leaks = new CopyOnWriteArrayList<>();

        @Override
        protected void append(ILoggingEvent event) {
            leaks.add(event.getFormattedMessage());
        }
    }
}
