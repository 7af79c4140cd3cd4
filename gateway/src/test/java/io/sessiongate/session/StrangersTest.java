package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.sessiongate.config.UnknownConfig;
import io.sessiongate.metrics.StrangerMeters;
import io.sessiongate.session.SessionVerdict.EndReason;
import io.sessiongate.session.SessionVerdict.Ended;
import io.sessiongate.session.SessionVerdict.How;
import io.sessiongate.session.SessionVerdict.Live;
import io.sessiongate.session.SessionVerdict.Unknown;
import io.sessiongate.session.SessionVerdict.UnknownReason;
import io.sessiongate.token.Fingerprint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What one address may try, in virtual time. */
class StrangersTest {

    private static final SessionVerdict NO_SESSION = new Ended(EndReason.NOT_FOUND);
    private static final SessionVerdict SESSION = new Live(0, How.CHECKED);

    private final VirtualLoop loop = new VirtualLoop();
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
    private final Strangers strangers = new Strangers(
            new UnknownConfig(Duration.ofSeconds(30), 100, 10, 2), 40, loop, new StrangerMeters(registry, "test"));
    private int values;

    private static InetAddress address(String text) {
        try {
            return InetAddress.getByName(text);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private Strangers.Admission admit(String client) {
        return strangers.admit(Fingerprint.of("value " + values++), address(client), verdict -> {});
    }

    /** How many of them one after the other are let through, each turning out to be that. */
    private int let(int tries, String client, SessionVerdict found) {
        int let = 0;
        for (int i = 0; i < tries; i++) {
            Strangers.Admission admission = admit(client);
            if (admission.refusal() == null) {
                let++;
                admission.then().accept(found);
            }
        }
        return let;
    }

    @Test
    void letsABurstThroughAndThenSoManyASecond() {
        assertThat(let(50, "192.0.2.1", NO_SESSION)).isEqualTo(10);
        assertThat(admit("192.0.2.1").refusal()).isEqualTo(new Unknown(UnknownReason.TOO_MANY_UNKNOWN, 1));
        loop.advance(Duration.ofSeconds(3));
        assertThat(let(50, "192.0.2.1", NO_SESSION)).isEqualTo(6);
        loop.advance(Duration.ofMinutes(1));
        assertThat(let(50, "192.0.2.1", NO_SESSION)).isEqualTo(10);
    }

    @Test
    void doesNotCountSessionsNorWhatNobodyCouldSay() {
        assertThat(let(500, "192.0.2.1", SESSION)).isEqualTo(500);
        assertThat(let(500, "192.0.2.1", SharedVerdicts.unknown(UnknownReason.DATABASE_UNAVAILABLE)))
                .isEqualTo(500);
        assertThat(let(50, "192.0.2.1", NO_SESSION)).isEqualTo(10);
    }

    @Test
    void countsEachAddressByItselfAndAnIpv6NetworkAsOne() {
        assertThat(let(50, "192.0.2.1", NO_SESSION)).isEqualTo(10);
        assertThat(let(50, "192.0.2.2", NO_SESSION)).isEqualTo(10);
        assertThat(let(5, "2001:db8:0:1::1", NO_SESSION)).isEqualTo(5);
        assertThat(let(50, "2001:db8:0:1:ffff::9", NO_SESSION)).isEqualTo(5);
        assertThat(let(50, "2001:db8:0:2::1", NO_SESSION)).isEqualTo(10);
    }

    @Test
    void countsAValueOnceHoweverManyRequestsComeWithIt() {
        Fingerprint value = Fingerprint.of("one");
        List<SessionVerdict> told = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            Strangers.Admission admission = strangers.admit(value, address("192.0.2.1"), told::add);
            assertThat(admission.refusal()).isNull();
        }
        assertThat(let(50, "192.0.2.1", NO_SESSION)).isEqualTo(9);
    }

    @Test
    void leavesHalfOfTheLineToSessions() {
        for (int i = 0; i < 20; i++) {
            assertThat(admit("192.0.2." + i).refusal()).isNull();
        }
        assertThat(admit("192.0.2.99").refusal()).isEqualTo(SharedVerdicts.unknown(UnknownReason.WAITING_FULL));
        assertThat(registry.get("sessiongate.session.unknown.waiting").gauge().value())
                .isEqualTo(20);
    }

    @Test
    void remembersForAWhileWhatWasLookedForInVain() {
        Fingerprint value = Fingerprint.of("one");
        strangers.remember(value, EndReason.NOT_FOUND);
        loop.advance(Duration.ofSeconds(29));
        assertThat(strangers.admit(value, null, verdict -> {}).refusal()).isEqualTo(NO_SESSION);
        loop.advance(Duration.ofSeconds(2));
        assertThat(strangers.admit(value, null, verdict -> {}).refusal()).isNull();
    }

    @Test
    void remembersNoMoreValuesThanConfigured() {
        for (int i = 0; i < 10_000; i++) {
            strangers.remember(Fingerprint.of("value " + i), EndReason.NOT_FOUND);
        }
        loop.advance(Duration.ofMillis(1));
        assertThat(registry.get("sessiongate.session.unknown.size").gauge().value())
                .isLessThanOrEqualTo(100);
    }
}
