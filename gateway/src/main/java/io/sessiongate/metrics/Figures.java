package io.sessiongate.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.distribution.CountAtBucket;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the meters say at one moment, in the shape that the status page shows: maps of names to numbers and further maps. One
 * pass over the registry that {@code /metrics} prints, so that both agree. Immutable once read; reading takes a time
 * proportional to the meters and belongs on the admin loop.
 */
public final class Figures {

    /** How a meter becomes a figure. */
    private enum Shape {
        /** One number: the sum of all that have the name. */
        VALUE,
        /** A number for each value of a tag. */
        SPLIT,
        /** Of a timer: how many, seconds in sum, the longest of late. */
        TIMES,
        /** The same, and how many took at most each bound of its buckets. */
        BUCKETS
    }

    /** One row of the page: where the number goes, and the meter it comes from. */
    private record Figure(String group, String name, String meter, Shape shape, String tag) {}

    private static final String PROCESS = "";
    private static final String REALM = "realm";
    private static final String UPSTREAM = "upstream";

    private static final Map<String, List<Figure>> BY_METER = byMeter(
            split(PROCESS, "outcomes", RequestMeters.REQUESTS, "outcome"),
            figure(PROCESS, "decision", RequestMeters.DECISION, Shape.BUCKETS),
            split(PROCESS, "observed", ObserveMeters.OBSERVED, "outcome"),
            value(PROCESS, "connections", ConnectionMeters.OPEN),
            value(PROCESS, "connectionsLimit", ConnectionMeters.LIMIT),
            value(PROCESS, "clients", ConnectionMeters.CLIENTS),
            split(PROCESS, "connectionsRefused", ConnectionMeters.REFUSED, "reason"),
            value(PROCESS, "buffered", ConnectionMeters.BUFFERED),
            value(PROCESS, "bufferedLimit", ConnectionMeters.BUFFERED_LIMIT),
            split(PROCESS, "streams", StreamMeters.OPEN, "kind"),
            split(PROCESS, "streamsEnded", StreamMeters.ENDED, "cause"),
            value(PROCESS, "cryptoQueue", CryptoMeters.QUEUE_SIZE),
            value(PROCESS, "cryptoQueueLimit", CryptoMeters.QUEUE_BOUND),
            value(PROCESS, "logDropped", "sessiongate.log.dropped"),
            value(PROCESS, "directMemory", "sessiongate.netty.direct.memory"),
            value(PROCESS, "directMemoryLimit", "sessiongate.netty.direct.memory.limit"),
            split(PROCESS, "memory", "jvm.memory.used", "area"),
            value(PROCESS, "cpu", "process.cpu.usage"),
            value(PROCESS, "threads", "jvm.threads.live"),
            value(REALM, "requests", SessionMeters.REQUESTS),
            value(REALM, "queries", SessionMeters.QUERIES),
            value(REALM, "saved", SessionMeters.QUERIES_SAVED),
            value(REALM, "checks", SessionMeters.CHECKS),
            split(REALM, "decisions", SessionMeters.DECISIONS, "outcome"),
            split(REALM, "reasons", SessionMeters.DECISIONS, "reason"),
            value(REALM, "connections", SessionMeters.CONNECTIONS),
            value(REALM, "connectionsUsed", SessionMeters.IN_USE),
            value(REALM, "connectionsLimit", SessionMeters.CONNECTION_LIMIT),
            value(REALM, "connectsFailed", SessionMeters.CONNECT_FAILURES),
            value(REALM, "waiting", SessionMeters.WAITING),
            value(REALM, "waitingLimit", SessionMeters.WAITING_LIMIT),
            value(REALM, "waitingRejected", SessionMeters.REJECTED),
            split(REALM, "timeouts", SessionMeters.TIMEOUTS, "kind"),
            value(REALM, "circuitOpen", SessionMeters.CIRCUIT),
            figure(REALM, "queryTime", SessionMeters.QUERY_TIME, Shape.TIMES),
            figure(REALM, "waitTime", SessionMeters.WAIT_TIME, Shape.TIMES),
            value(REALM, "remembered", SessionMeters.CACHED),
            value(REALM, "rememberedLimit", SessionMeters.CACHE_LIMIT),
            split(REALM, "tokens", TokenMeters.VERDICTS, "verdict"),
            split(REALM, "revocations", WordMeters.REVOCATIONS, "source"),
            split(REALM, "revocationKinds", WordMeters.REVOCATIONS, "kind"),
            value(REALM, "listening", RevocationMeters.LISTENING),
            value(REALM, "gaps", RevocationMeters.GAPS),
            figure(REALM, "pushTime", RevocationMeters.PUSH_TIME, Shape.TIMES),
            value(UPSTREAM, "connections", UpstreamMeters.OPEN),
            value(UPSTREAM, "connectionsIdle", UpstreamMeters.IDLE),
            value(UPSTREAM, "connectionsLimit", UpstreamMeters.LIMIT),
            value(UPSTREAM, "waiting", UpstreamMeters.WAITING),
            value(UPSTREAM, "connectsFailed", UpstreamMeters.CONNECT_FAILURES),
            value(UPSTREAM, "retries", UpstreamMeters.RETRIES),
            split(UPSTREAM, "errors", UpstreamMeters.ERRORS, "kind"),
            figure(UPSTREAM, "answers", UpstreamMeters.ANSWER, Shape.TIMES));

    private final Map<String, Map<String, Map<String, Object>>> groups = new HashMap<>();

    private Figures() {}

    /** Reads every meter that the page shows; of a realm or upstream, under its name. */
    public static Figures read(MeterRegistry registry) {
        Figures figures = new Figures();
        for (Meter meter : registry.getMeters()) {
            @Nullable List<Figure> wanted = BY_METER.get(meter.getId().getName());
            if (wanted != null) {
                for (Figure figure : wanted) {
                    figures.add(figure, meter);
                }
            }
        }
        return figures;
    }

    /** Those of no realm and no upstream. */
    public Map<String, Object> process() {
        return of(PROCESS, "");
    }

    public Map<String, Object> realm(String name) {
        return of(REALM, name);
    }

    public Map<String, Object> upstream(String name) {
        return of(UPSTREAM, name);
    }

    private Map<String, Object> of(String group, String owner) {
        return groups.computeIfAbsent(group, g -> new HashMap<>()).computeIfAbsent(owner, o -> new LinkedHashMap<>());
    }

    private void add(Figure figure, Meter meter) {
        String owner = figure.group().equals(PROCESS) ? "" : tag(meter, figure.group());
        Map<String, Object> to = of(figure.group(), owner);
        switch (figure.shape()) {
            case VALUE -> to.merge(figure.name(), number(meter), Figures::sum);
            case SPLIT -> inner(to, figure.name()).merge(tag(meter, figure.tag()), number(meter), Figures::sum);
            case TIMES, BUCKETS -> times(inner(to, figure.name()), meter, figure.shape() == Shape.BUCKETS);
        }
    }

    private static void times(Map<String, Object> to, Meter meter, boolean buckets) {
        if (!(meter instanceof Timer timer)) {
            return;
        }
        to.put("count", timer.count());
        to.put("seconds", timer.totalTime(TimeUnit.SECONDS));
        to.put("longest", timer.max(TimeUnit.SECONDS));
        if (buckets) {
            List<List<Object>> bounds = new ArrayList<>();
            for (CountAtBucket bucket : timer.takeSnapshot().histogramCounts()) {
                if (Double.isFinite(bucket.bucket(TimeUnit.SECONDS))) {
                    bounds.add(List.of(bucket.bucket(TimeUnit.SECONDS), (long) bucket.count()));
                }
            }
            to.put("atMost", bounds);
        }
    }

    @SuppressWarnings("unchecked") // what is split was made here
    private static Map<String, Object> inner(Map<String, Object> of, String name) {
        return (Map<String, Object>) of.computeIfAbsent(name, n -> new TreeMap<String, Object>());
    }

    private static Object sum(Object one, Object other) {
        return ((Number) one).doubleValue() + ((Number) other).doubleValue();
    }

    /** What Prometheus is told as well; {@code NaN} where nobody knows. */
    private static Double number(Meter meter) {
        return meter instanceof Counter counter
                ? counter.count()
                : meter instanceof Gauge gauge
                        ? gauge.value()
                        : meter instanceof FunctionCounter function ? function.count() : Double.NaN;
    }

    private static String tag(Meter meter, String name) {
        @Nullable String value = meter.getId().getTag(name);
        return value == null ? "" : value;
    }

    private static Figure value(String group, String name, String meter) {
        return figure(group, name, meter, Shape.VALUE);
    }

    private static Figure split(String group, String name, String meter, String tag) {
        return new Figure(group, name, meter, Shape.SPLIT, tag);
    }

    private static Figure figure(String group, String name, String meter, Shape shape) {
        return new Figure(group, name, meter, shape, "");
    }

    private static Map<String, List<Figure>> byMeter(Figure... figures) {
        Map<String, List<Figure>> byMeter = new HashMap<>();
        for (Figure figure : figures) {
            byMeter.computeIfAbsent(figure.meter(), m -> new ArrayList<>()).add(figure);
        }
        return Map.copyOf(byMeter);
    }
}
