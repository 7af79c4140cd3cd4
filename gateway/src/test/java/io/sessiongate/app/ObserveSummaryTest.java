package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.http.FaultKind;
import io.sessiongate.metrics.ObserveMeters;
import io.sessiongate.metrics.SessionMeters;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ObserveSummaryTest {

    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final ObserveMeters meters = new ObserveMeters(registry);
    private final SessionMeters customers = new SessionMeters(registry, "customers");
    private final SessionMeters staff = new SessionMeters(registry, "staff");
    private final ObserveSummary summary = new ObserveSummary(meters);
    private final ListAppender<ILoggingEvent> log = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(ObserveSummary.class);

    @BeforeEach
    void listen() {
        log.start();
        logger.setLevel(Level.INFO);
        logger.setAdditive(false);
        logger.addAppender(log);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(log);
        logger.setAdditive(true);
        logger.setLevel(null);
    }

    private List<String> lines() {
        return log.list.stream()
                .map(line -> line.getMessage() + ": "
                        + line.getKeyValuePairs().stream()
                                .map(pair -> pair.key + "=" + pair.value)
                                .collect(Collectors.joining(" ")))
                .toList();
    }

    private void requests(int count, SessionMeters realm) {
        for (int i = 0; i < count; i++) {
            meters.forwards();
            realm.requested();
        }
    }

    @Test
    void sumsUpEveryMinuteByItself() {
        requests(90, customers);
        requests(10, staff);
        meters.refuses(FaultKind.TOKEN_EXPIRED);
        customers.queried(3);
        staff.queried(1);
        summary.minute();
        requests(10, customers);
        meters.refuses(FaultKind.ROLE_MISSING);
        meters.refuses(FaultKind.ROLE_MISSING);
        summary.minute();
        summary.minute();
        summary.whole();
        assertThat(lines())
                .containsExactly(
                        "Observed in the last minute: requests=101 would_forward=100 would_refuse={token-expired=1}"
                                + " application_queries=100 gateway_queries=2 saved_percent=98",
                        "Observed in the last minute: requests=12 would_forward=10 would_refuse={role-missing=2}"
                                + " application_queries=10 gateway_queries=0 saved_percent=100",
                        "Observed in the last minute: requests=0 would_forward=0 would_refuse={}"
                                + " application_queries=0 gateway_queries=0 saved_percent=0",
                        "Observed since the start: requests=113 would_forward=110"
                                + " would_refuse={role-missing=2, token-expired=1} application_queries=110"
                                + " gateway_queries=2 saved_percent=98");
    }
}
