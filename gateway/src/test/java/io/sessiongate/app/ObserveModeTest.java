package io.sessiongate.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import io.sessiongate.testing.LeakWatch;
import io.sessiongate.testing.RawPeer;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** A gateway that is being tried out: its users notice nothing of it. */
@ExtendWith(LeakWatch.class)
class ObserveModeTest {

    private final List<ILoggingEvent> lines = new CopyOnWriteArrayList<>();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event);
        }
    };

    @TempDir
    private Path folder;

    private RunningGateway gateway;

    @BeforeEach
    void start() {
        for (String name : List.of("io.sessiongate.app", "access")) {
            Logger logger = (Logger) LoggerFactory.getLogger(name);
            logger.setLevel(Level.INFO);
            logger.setAdditive(false);
            logger.addAppender(appender);
        }
        appender.start();
        gateway = new RunningGateway(folder, "mode: observe", "revalidate-after: 1h");
        gateway.signUp("ada", "user");
    }

    @AfterEach
    void stop() {
        gateway.close();
        for (String name : List.of("io.sessiongate.app", "access")) {
            Logger logger = (Logger) LoggerFactory.getLogger(name);
            logger.detachAppender(appender);
            logger.setAdditive(true);
            logger.setLevel(null);
        }
    }

    private ILoggingEvent line(Predicate<ILoggingEvent> wanted) {
        await().until(() -> lines.stream().anyMatch(wanted));
        return lines.stream().filter(wanted).findFirst().orElseThrow();
    }

    private static String pair(ILoggingEvent line, String key) {
        return line.getKeyValuePairs().stream()
                .filter(pair -> pair.key.equals(key))
                .map(pair -> String.valueOf(pair.value))
                .findFirst()
                .orElse("");
    }

    @Test
    void saysLoudlyThatNothingIsRefused() {
        ILoggingEvent line = line(l -> l.getMessage().contains("NOTHING IS REFUSED"));
        assertThat(line.getLevel()).isEqualTo(Level.WARN);
    }

    @Test
    void forwardsABrowserThatItWouldHaveRedirected() throws Exception {
        HttpResponse<String> answer = gateway.get("/stats", "Accept", "text/html", "X-Auth-Subject", "eve");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("served");
        LoggedRequest request = gateway.received().get(0);
        assertThat(request.getHeader("X-Auth-Subject")).isNull();
        ILoggingEvent line = line(l -> l.getLoggerName().equals("access"));
        assertThat(pair(line, "would")).isEqualTo("token-missing");
        assertThat(pair(line, "outcome")).isEqualTo("2xx");
        assertThat(gateway.metric("sessiongate_observed_total{outcome=\"token-missing\"}"))
                .isEqualTo(1);
    }

    @Test
    void tellsTheApplicationOfAGoodSession() throws Exception {
        String ada = gateway.cookie("ada", gateway.login("ada"));
        gateway.get("/stats", "Cookie", ada);
        assertThat(gateway.received().get(0).getHeader("X-Auth-Subject")).isEqualTo("ada");
        assertThat(pair(line(l -> l.getLoggerName().equals("access")), "would")).isEqualTo("forward");
    }

    @Test
    void forwardsAnEndedSessionWithoutIdentity() throws Exception {
        String session = gateway.login("ada");
        String ada = gateway.cookie("ada", session);
        gateway.get("/stats", "Cookie", ada);
        gateway.revoke("{\"sessions\":[\"" + session + "\"]}");
        assertThat(gateway.get("/stats", "Cookie", ada).statusCode()).isEqualTo(200);
        LoggedRequest request = gateway.received().get(1);
        assertThat(request.getHeader("X-Auth-Subject")).isNull();
        assertThat(request.getHeader("Cookie")).isEqualTo(ada);
        assertThat(gateway.metric("sessiongate_observed_total{outcome=\"session-ended\"}"))
                .isEqualTo(1);
    }

    @Test
    void refusesWhatCannotBeReadInOneWay() {
        try (RawPeer peer = RawPeer.connect(gateway.address())) {
            int status = peer.send(
                            "POST /stats HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .message()
                    .status();
            assertThat(status).isEqualTo(400);
        }
        assertThat(gateway.received()).isEmpty();
    }

    @Test
    void endsNoStream() throws Exception {
        gateway.answersSlowly("/events", Duration.ofSeconds(5), "Content-Type", "text/event-stream");
        String session = gateway.login("ada");
        var events = CompletableFuture.supplyAsync(() -> body("/events", gateway.cookie("ada", session)));
        await().until(() -> gateway.metric("sessiongate_observed_total{outcome=\"forward\"}") == 1);
        gateway.revoke("{\"sessions\":[\"" + session + "\"]}");
        assertThat(events.get(20, TimeUnit.SECONDS)).isEqualTo("served");
    }

    private String body(String path, String cookie) {
        try {
            return gateway.get(path, "Cookie", cookie).body();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void sumsUpAtTheStop() throws Exception {
        String ada = gateway.cookie("ada", gateway.login("ada"));
        for (int i = 0; i < 20; i++) {
            gateway.get("/stats", "Cookie", ada);
        }
        gateway.get("/stats");
        gateway.get("/api/admin/users", "Cookie", ada);
        gateway.get("/api/auth/signin");
        gateway.close();
        ILoggingEvent line = line(l -> l.getMessage().equals("Observed since the start"));
        assertThat(pair(line, "requests")).isEqualTo("23");
        assertThat(pair(line, "would_forward")).isEqualTo("21");
        assertThat(pair(line, "would_refuse")).isEqualTo("{role-missing=1, token-missing=1}");
        assertThat(pair(line, "application_queries")).isEqualTo("21");
        assertThat(pair(line, "gateway_queries")).isEqualTo("1");
        assertThat(pair(line, "saved_percent")).isEqualTo("95");
    }
}
