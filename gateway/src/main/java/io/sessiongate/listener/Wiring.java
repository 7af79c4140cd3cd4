package io.sessiongate.listener;

import io.sessiongate.config.LimitsConfig;
import io.sessiongate.config.TimeoutsConfig;
import io.sessiongate.flow.Flow;
import io.sessiongate.http.BufferedBytes;
import io.sessiongate.http.Transport;
import io.sessiongate.metrics.ConnectionMeters;
import io.sessiongate.upstream.Upstreams;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/** What every connection of a server shares. Immutable, but for what its members own. */
record Wiring(
        Flow flow,
        Upstreams upstreams,
        LimitsConfig limits,
        TimeoutsConfig timeouts,
        HeadRules rules,
        Predicate<? super CharSequence> requestTrailers,
        OpenConnections connections,
        Streams streams,
        BufferedBytes buffered,
        ConnectionMeters meters,
        Transport transport,
        LongSupplier nanoTime) {}
