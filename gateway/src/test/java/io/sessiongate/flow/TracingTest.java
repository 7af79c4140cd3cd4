package io.sessiongate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.CidrBlock;
import io.sessiongate.config.TracingConfig;
import io.sessiongate.config.TracingConfig.Sampling;
import io.sessiongate.config.TracingConfig.Trust;
import io.sessiongate.http.FaultKind;
import io.sessiongate.testing.SimpleHead;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TracingTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String CALLER = "b7ad6b7169203331";
    private static final String SAMPLED = "00-" + TRACE + "-" + CALLER + "-01";
    private static final String UNSAMPLED = "00-" + TRACE + "-" + CALLER + "-00";

    private final FlowFixture fixture = new FlowFixture();
    private final List<Span> spans = new ArrayList<>();

    private void tracing(double sample, Sampling sampling, Trust trust) {
        fixture.tracing = new Tracing(
                new TracingConfig(
                        URI.create("http://127.0.0.1:1/v1/traces"),
                        Map.of(),
                        sample,
                        sampling,
                        trust,
                        "sessiongate",
                        Duration.ofSeconds(1)),
                spans::add,
                InstantSource.system(),
                System::nanoTime);
    }

    private void fromTrustedProxy() {
        fixture.trustedProxies = List.of(CidrBlock.parse(fixture.peer + "/32"));
    }

    private static SimpleHead open(String... fields) {
        SimpleHead head = SimpleHead.get("/public/x", "Host", "app.example");
        for (int i = 0; i < fields.length; i += 2) {
            head.add(fields[i], fields[i + 1]);
        }
        return head;
    }

    private TraceParent sent(SimpleHead head) {
        assertThat(fixture.decide(head)).isInstanceOf(Decision.Forward.class);
        assertThat(head.all("traceparent")).hasSize(1);
        return Objects.requireNonNull(TraceParent.parse(Objects.requireNonNull(head.first("traceparent"))));
    }

    private List<Span> of(Request request, Completion completion) {
        fixture.decide(request);
        fixture.flow().completed(request, completion);
        return spans;
    }

    private static Completion ok() {
        return new Completion(200, null, "10.0.0.9:3000", 0, 6, 1_000);
    }

    @Test
    void leavesWhatClientsSayAloneWhereNothingIsTraced() {
        SimpleHead head = open("traceparent", "anything", "tracestate", "a=b");

        fixture.decide(head);

        assertThat(head.first("traceparent")).isEqualTo("anything");
        assertThat(head.first("tracestate")).isEqualTo("a=b");
    }

    @Test
    void goesOnWithTheTraceOfATrustedProxy() {
        fromTrustedProxy();
        tracing(1, Sampling.RATIO, Trust.TRUSTED_PROXIES);
        SimpleHead head = open("traceparent", UNSAMPLED, "tracestate", "vendor=1", "tracestate", "other=2");

        TraceParent sent = sent(head);

        assertThat(sent.traceId()).isEqualTo(TRACE);
        assertThat(TraceParent.spanId(sent.spanId())).isNotEqualTo(CALLER);
        assertThat(head.all("tracestate")).containsExactly("vendor=1", "other=2");
    }

    @Test
    void beginsANewTraceForWhoeverIsNotTrusted() {
        tracing(1, Sampling.PARENT, Trust.TRUSTED_PROXIES);
        SimpleHead head = open("traceparent", SAMPLED, "tracestate", "vendor=1");

        assertThat(sent(head).traceId()).isNotEqualTo(TRACE);
        assertThat(head.first("tracestate")).isNull();
    }

    @Test
    void writesTheTraceWhereTheClientNamesItInConnection() {
        tracing(1, Sampling.RATIO, Trust.TRUSTED_PROXIES);

        assertThat(sent(open("Connection", "traceparent")).sampled()).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        // trusted, trust, sampling, caller's flag, ratio, sampled
        "false, TRUSTED_PROXIES, RATIO, true, 0, false",
        "false, TRUSTED_PROXIES, PARENT, true, 0, false",
        "false, TRUSTED_PROXIES, PARENT, false, 1, true",
        "false, EVERYONE, RATIO, true, 0, false",
        "false, EVERYONE, PARENT, true, 0, false",
        "false, EVERYONE, PARENT, false, 1, true",
        "true, TRUSTED_PROXIES, RATIO, true, 0, false",
        "true, TRUSTED_PROXIES, RATIO, false, 1, true",
        "true, TRUSTED_PROXIES, PARENT, true, 0, true",
        "true, TRUSTED_PROXIES, PARENT, false, 1, false",
        "true, EVERYONE, PARENT, true, 0, true",
    })
    void letsNobodyButAConfiguredProxyDecideAboutSampling(
            boolean trusted, Trust trust, Sampling sampling, boolean flag, double ratio, boolean sampled) {
        if (trusted) {
            fromTrustedProxy();
        }
        tracing(ratio, sampling, trust);

        TraceParent sent = sent(open("traceparent", flag ? SAMPLED : UNSAMPLED));

        assertThat(sent.sampled()).isEqualTo(sampled);
        assertThat(sent.traceId().equals(TRACE)).isEqualTo(trusted || trust == Trust.EVERYONE);
    }

    @Test
    void decidesByChanceOfItsOwnWhateverTheTraceIsCalled() {
        tracing(0.5, Sampling.RATIO, Trust.EVERYONE);
        int sampled = 0;
        for (int i = 0; i < 1_000; i++) {
            sampled += sent(open("traceparent", SAMPLED)).sampled() ? 1 : 0;
        }
        // Off by more than nine standard deviations is no chance.
        assertThat(sampled).isBetween(350, 650);
    }

    @Test
    void takesSeveralForNone() {
        tracing(1, Sampling.RATIO, Trust.EVERYONE);
        SimpleHead head = open("traceparent", SAMPLED, "traceparent", SAMPLED, "tracestate", "vendor=1");

        assertThat(sent(head).traceId()).isNotEqualTo(TRACE);
        assertThat(head.first("tracestate")).isNull();
    }

    @Test
    void takesAMalformedOneForNone() {
        tracing(1, Sampling.RATIO, Trust.EVERYONE);

        assertThat(sent(open("traceparent", SAMPLED + "-", "tracestate", "vendor=1"))
                        .traceId())
                .isNotEqualTo(TRACE);
    }

    @Test
    void givesEveryRequestAnotherTrace() {
        tracing(0, Sampling.RATIO, Trust.TRUSTED_PROXIES);
        Set<String> traces = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            traces.add(sent(open()).traceId());
        }
        assertThat(traces).hasSize(100);
    }

    @Test
    void writesNoSpanOfWhatIsNotSampled() {
        tracing(0, Sampling.RATIO, Trust.TRUSTED_PROXIES);

        assertThat(of(fixture.request(open()), ok())).isEmpty();
    }

    @Test
    void writesASpanHereAndOneOfTheApplication() {
        fromTrustedProxy();
        tracing(1, Sampling.RATIO, Trust.TRUSTED_PROXIES);
        SimpleHead head = open("traceparent", SAMPLED);

        List<Span> written = of(fixture.request(head), ok());

        assertThat(written).extracting(Span::kind).containsExactly(Span.Kind.CLIENT, Span.Kind.SERVER);
        Span client = written.get(0);
        Span server = written.get(1);
        assertThat(head.first("traceparent")).isEqualTo("00-" + TRACE + "-" + client.id() + "-01");
        assertThat(client.parentId()).isEqualTo(server.id());
        assertThat(server.parentId()).isEqualTo(CALLER);
        assertThat(server.remoteParent()).isTrue();
        assertThat(server.name()).isEqualTo("GET /public/**");
        assertThat(server.attributes())
                .isEqualTo(Map.of(
                        "http.request.method", "GET",
                        "url.scheme", "http",
                        "url.path", "/public/**",
                        "http.route", "/public/**",
                        "server.address", "app.example",
                        "http.response.status_code", 200L,
                        "network.protocol.version", "1.1"));
        assertThat(client.attributes())
                .isEqualTo(Map.of(
                        "http.request.method", "GET",
                        "sessiongate.upstream", "app",
                        "server.address", "10.0.0.9",
                        "server.port", 3000L,
                        "http.response.status_code", 200L));
        assertThat(server.startEpochNanos()).isLessThanOrEqualTo(client.startEpochNanos());
        assertThat(client.startEpochNanos()).isLessThanOrEqualTo(client.endEpochNanos());
        assertThat(server.failed()).isFalse();
    }

    @Test
    void tellsNothingThatLetsAnybodyInOrWhoSomebodyIs() {
        fixture.sessions.login("session-of-ada", "ada-the-subject");
        String token = fixture.token("ada-the-subject", "session-of-ada", "user");
        tracing(1, Sampling.RATIO, Trust.TRUSTED_PROXIES);
        Request request = fixture.request(SimpleHead.get(
                "/private/reset-code-4711?token=" + token, "Host", "app.example", "Authorization", "Bearer " + token));

        List<Span> written = of(request, ok());

        assertThat(written).hasSize(3);
        assertThat(written.toString())
                .doesNotContain(token)
                .doesNotContain("session-of-ada")
                .doesNotContain("ada-the-subject")
                .doesNotContain("4711")
                .doesNotContain(fixture.peer);
    }

    @Test
    void writesTheWaitForACheckAndNoneWhereItIsKnown() {
        fixture.sessions.login("s1", "ada");
        tracing(1, Sampling.RATIO, Trust.TRUSTED_PROXIES);
        String[] fields = {"Host", "app.example", "Authorization", "Bearer " + fixture.token("ada", "s1", "user")};

        of(fixture.request(SimpleHead.get("/stats", fields)), ok());
        assertThat(spans).extracting(Span::name).containsExactly("session check", "GET", "GET /**");
        assertThat(spans.get(0).parentId()).isEqualTo(spans.get(2).id());
        assertThat(spans.get(2).attributes())
                .containsEntry("sessiongate.session.check", "checked")
                .containsEntry("sessiongate.token", "valid");

        spans.clear();
        of(fixture.request(SimpleHead.get("/stats", fields)), ok());
        assertThat(spans).extracting(Span::name).containsExactly("GET", "GET /**");
        assertThat(spans.get(1).attributes()).containsEntry("sessiongate.session.check", "cached");
    }

    @Test
    void saysWhyARequestWasRefusedWithoutBlamingTheGateway() {
        tracing(1, Sampling.RATIO, Trust.TRUSTED_PROXIES);

        List<Span> written = of(
                fixture.request(SimpleHead.get("/stats", "Host", "app.example")),
                new Completion(401, FaultKind.TOKEN_MISSING, null, 0, 0, -1));

        assertThat(written).hasSize(1);
        assertThat(written.get(0).attributes()).containsEntry("error.type", "token-missing");
        assertThat(written.get(0).failed()).isFalse();
    }

    @Test
    void blamesTheApplicationForWhatItDidNotAnswer() {
        tracing(1, Sampling.RATIO, Trust.TRUSTED_PROXIES);

        List<Span> written = of(
                fixture.request(open()), new Completion(504, FaultKind.UPSTREAM_TIMEOUT, "app.internal:80", 0, 0, -1));

        assertThat(written).hasSize(2).allMatch(Span::failed);
        assertThat(written.get(0).attributes())
                .containsEntry("error.type", "upstream-timeout")
                .doesNotContainKey("http.response.status_code");
    }

    @Test
    void writesASpanOfARequestThatWasNeverUnderstood() {
        tracing(1, Sampling.RATIO, Trust.TRUSTED_PROXIES);
        Request request = fixture.request(SimpleHead.get("/a\u0000b?token=secret", "Host", "evil\u0000host"));
        fixture.flow().answer(request, io.sessiongate.http.Fault.of(FaultKind.MALFORMED_REQUEST));

        fixture.flow().completed(request, new Completion(400, FaultKind.MALFORMED_REQUEST, null, 0, 0, -1));

        assertThat(spans).hasSize(1);
        assertThat(spans.get(0).name()).isEqualTo("GET");
        assertThat(spans.get(0).attributes()).doesNotContainKeys("url.path", "http.route", "server.address");
    }
}
