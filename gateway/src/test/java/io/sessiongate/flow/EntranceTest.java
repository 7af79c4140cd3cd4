package io.sessiongate.flow;

import static io.sessiongate.flow.FlowFixture.field;
import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.config.Access;
import io.sessiongate.http.Fault;
import io.sessiongate.http.FaultKind;
import io.sessiongate.http.FieldLine;
import io.sessiongate.testing.SimpleAnswer;
import io.sessiongate.testing.SimpleHead;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a listener does with every request: the way to https, what is said of it, and who a certificate says it is. */
class EntranceTest {

    private static final String HSTS = "Strict-Transport-Security";

    private final FlowFixture fixture = new FlowFixture();

    private static Entrance secured() {
        return new Entrance(true, 0, FieldLine.of(HSTS, "max-age=60"), "X-Client-Cert-Subject");
    }

    @ParameterizedTest
    @CsvSource({
        "app.test, /stats?a=b%20c, 443, https://app.test/stats?a=b%20c",
        "app.test:8080, /, 443, https://app.test/",
        "app.test:8080, /, 8443, https://app.test:8443/",
        "'[::1]:8080', /a, 8443, 'https://[::1]:8443/a'",
        "'[::1]', /a, 443, 'https://[::1]/a'",
        "app.test, *, 443, https://app.test/",
        "app.test, //evil.test/a, 443, https://app.test//evil.test/a"
    })
    void sendsPlainRequestsOnToHttps(String host, String target, int port, String location) {
        fixture.entrance = new Entrance(false, port, null, null);

        Answer answer = fixture.refused(SimpleHead.get(target, "Host", host));

        assertThat(answer.status()).isEqualTo(308);
        assertThat(field(answer, "Location")).isEqualTo(location);
        assertThat(field(answer, HSTS)).isNull();
    }

    @Test
    void sendsThemOnInObserveModeToo() {
        fixture.observes = true;
        fixture.entrance = new Entrance(false, 443, null, null);

        assertThat(fixture.refused(SimpleHead.get("/stats", "Host", "app.test")).status())
                .isEqualTo(308);
    }

    @Test
    void cannotSendOnWhoNamesNoHost() {
        fixture.entrance = new Entrance(false, 443, null, null);

        assertThat(fixture.refused(SimpleHead.get("/stats")).status()).isEqualTo(400);
    }

    @Test
    void letsTokensOfAcmeThrough() {
        fixture.routes.add(0, FlowFixture.route("/.well-known/acme-challenge/**", new Access.Public()));
        fixture.entrance = new Entrance(false, 443, null, null);

        assertThat(fixture.decide(SimpleHead.get("/.well-known/acme-challenge/tOk_en-1", "Host", "app.test")))
                .isInstanceOf(Decision.Forward.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/.well-known/acme-challenge/",
                "/.well-known/acme-challenge",
                "/.well-known/acme-challenge/../stats",
                "/.well-known/acme-challenge/..%2fstats",
                "/.well-known/acme-challenge/a/b",
                "/.well-known/acme-challenge/a?b",
                "/.well-known/acme-challenges/a"
            })
    void letsNothingElseThroughThatLooksLikeOne(String target) {
        fixture.entrance = new Entrance(false, 443, null, null);

        assertThat(fixture.refused(SimpleHead.get(target, "Host", "app.test")).status())
                .isEqualTo(308);
    }

    @Test
    void saysInEveryAnswerOverTlsThatBrowsersAreToStayThere() {
        fixture.entrance = secured();

        SimpleAnswer forwarded = fixture.answered(SimpleHead.get("/public/x", "Host", "app.test"), HSTS, "max-age=1");
        Answer refused = fixture.refused(SimpleHead.get("/stats", "Host", "app.test"));
        Answer faulty = fixture.answer(SimpleHead.get("/", "Host", "app.test"), Fault.of(FaultKind.MALFORMED_REQUEST));

        assertThat(forwarded.all(HSTS)).containsExactly("max-age=60");
        assertThat(field(refused, HSTS)).isEqualTo("max-age=60");
        assertThat(field(faulty, HSTS)).isEqualTo("max-age=60");
    }

    @Test
    void saysNothingOfItInPlainAnswers() {
        assertThat(fixture.answered(SimpleHead.get("/public/x", "Host", "app.test"))
                        .all(HSTS))
                .isEmpty();
        assertThat(field(fixture.refused(SimpleHead.get("/stats", "Host", "app.test")), HSTS))
                .isNull();
    }

    @Test
    void tellsTheApplicationThatARequestCameOverTls() {
        fixture.entrance = secured();
        SimpleHead head = SimpleHead.get("/public/x", "Host", "app.test", "X-Forwarded-Proto", "http");

        fixture.decide(head);

        assertThat(head.all("X-Forwarded-Proto")).containsExactly("https");
    }

    @Test
    void tellsTheApplicationWhoseCertificateItWas() {
        fixture.entrance = secured();
        fixture.certificate = "CN=Ada\r\nX-Evil: 1,O=Ärzte";
        SimpleHead head = SimpleHead.get("/public/x", "Host", "app.test", "x_client.cert-subject", "CN=Boss");

        fixture.decide(head);

        assertThat(head.all("X-Client-Cert-Subject")).containsExactly("CN=Ada%0D%0AX-Evil: 1,O=%C3%84rzte");
        assertThat(head.names()).doesNotContain("x_client.cert-subject", "X-Evil");
    }

    /** On every listener, also where nobody is asked for a certificate. */
    @ParameterizedTest
    @ValueSource(strings = {"X-Client-Cert-Subject", "x-client-cert-subject", "X_Client_Cert_Subject"})
    void believesNobodyElseWhoseCertificateItWas(String name) {
        SimpleHead head = SimpleHead.get("/public/x", "Host", "app.test", name, "CN=Boss");

        fixture.decide(head);

        assertThat(head.names()).doesNotContain(name);
    }
}
