package io.sessiongate.app;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import io.sessiongate.config.LogConfig;
import java.util.concurrent.atomic.LongAdder;
import net.logstash.logback.encoder.LogstashEncoder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where log lines go: standard output, as text or as JSON, through one bounded queue that never makes a caller wait. A
 * line that finds the queue full is dropped and counted. One a process.
 */
public final class Logging {

    static final int QUEUE_LINES = 8_192;
    private static final String TEXT = "%d{HH:mm:ss.SSS} %-5level %logger{0} - %msg %kvp%n%ex{short}";
    private static final LongAdder DROPPED = new LongAdder();

    private Logging() {}

    /** Replaces the default (warnings as text on standard error) by what the configuration says. */
    public static void start(LogConfig config) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        // Before anything can be written: a reset lets everything through, and another thread may be at work.
        ch.qos.logback.classic.Logger root = context.getLogger(Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.INFO);
        context.getLogger("io.vertx").setLevel(Level.WARN);
        context.getLogger("io.netty").setLevel(Level.WARN);

        ConsoleAppender<ILoggingEvent> out = new ConsoleAppender<>();
        out.setContext(context);
        out.setEncoder(encoder(context, config.format()));
        out.setImmediateFlush(true);
        out.start();

        AsyncAppender queue = new Queue();
        queue.setContext(context);
        queue.setName("queue");
        queue.setQueueSize(QUEUE_LINES);
        // Nothing is thrown away while there is room; when there is none, the caller does not wait.
        queue.setDiscardingThreshold(0);
        queue.setNeverBlock(true);
        queue.setIncludeCallerData(false);
        queue.addAppender(out);
        queue.start();

        root.addAppender(queue);
    }

    /** Writes what is still queued, for at most a second, and stops. */
    public static void stop() {
        ((LoggerContext) LoggerFactory.getILoggerFactory()).stop();
    }

    /** Lines dropped so far because the queue was full. */
    static double dropped() {
        return DROPPED.sum();
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext context, LogConfig.Format format) {
        if (format == LogConfig.Format.JSON) {
            LogstashEncoder json = new LogstashEncoder();
            json.setContext(context);
            json.start();
            return json;
        }
        PatternLayoutEncoder text = new PatternLayoutEncoder();
        text.setContext(context);
        text.setPattern(TEXT);
        text.start();
        return text;
    }

    /** The queue, counting what it cannot take. */
    private static final class Queue extends AsyncAppender {
        @Override
        protected void append(ILoggingEvent event) {
            if (getRemainingCapacity() == 0) {
                DROPPED.increment();
            } else {
                super.append(event);
            }
        }
    }
}
