package io.sessiongate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.http.FaultKind;
import io.sessiongate.testing.SimpleHead;
import io.sessiongate.token.Fingerprint;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What a request that goes on for long answers to. */
class StreamGuardTest {

    private final FlowFixture fixture = new FlowFixture();

    private @Nullable StreamGuard guard(String target, String... roles) {
        SimpleHead head = SimpleHead.get(
                target, "Host", "app.example", "Authorization", "Bearer " + fixture.token("ada", "s1", roles));
        Request request = fixture.request(head);
        fixture.decide(request);
        return fixture.flow().guard(request);
    }

    private StreamGuard guarded(String target, String... roles) {
        fixture.sessions.login("s1", "ada");
        return Objects.requireNonNull(guard(target, roles));
    }

    /** Why it has to end; null where it may go on. */
    private @Nullable FaultKind recheck(StreamGuard guard) {
        List<String> faults = new ArrayList<>();
        guard.recheck(Runnable::run, fault -> faults.add(fault == null ? "" : fault.name()));
        if (faults.isEmpty()) {
            fixture.sessions.settle();
        }
        assertThat(faults).hasSize(1);
        return faults.get(0).isEmpty() ? null : FaultKind.valueOf(faults.get(0));
    }

    @Test
    void namesTheSessionAndTheSubjectOfTheToken() {
        StreamGuard guard = guarded("/socket");
        assertThat(guard.realm()).isEqualTo("default");
        assertThat(guard.session()).isEqualTo(Fingerprint.of("s1"));
        assertThat(guard.subject()).isEqualTo(Fingerprint.of("ada"));
    }

    @Test
    void endsWithTheTokenAndTheClockSkewGranted() {
        long issuedSeconds = fixture.sessions.clock().instant().getEpochSecond();
        assertThat(guarded("/socket").closeAtEpochMillis()).isEqualTo((issuedSeconds + 3_600 + 5) * 1_000);
    }

    @Test
    void guardsNoPublicRequestWhateverTokenItCarries() {
        fixture.sessions.login("s1", "ada");
        assertThat(guard("/public/events")).isNull();
    }

    @Test
    void guardsNoRequestThatWouldHaveBeenRefused() {
        fixture.observes = true;
        assertThat(guard("/socket")).isNull();
    }

    @Test
    void letsALiveSessionGoOnWithoutAQueryOrARequestCounted() {
        StreamGuard guard = guarded("/socket");
        int queries = fixture.sessions.queries();
        double requests = fixture.registry.find("sessiongate.session.requests").counters().stream()
                .mapToDouble(c -> c.count())
                .sum();
        assertThat(recheck(guard)).isNull();
        assertThat(fixture.sessions.queries()).isEqualTo(queries);
        assertThat(fixture.registry.find("sessiongate.session.requests").counters().stream()
                        .mapToDouble(c -> c.count())
                        .sum())
                .isEqualTo(requests);
    }

    @Test
    void findsASessionEndedOnceTheIntervalIsOver() {
        StreamGuard guard = guarded("/socket");
        fixture.sessions.logout("s1");
        assertThat(recheck(guard)).isNull();
        fixture.sessions.pass(Duration.ofSeconds(61));
        assertThat(recheck(guard)).isEqualTo(FaultKind.SESSION_ENDED);
    }

    @Test
    void findsThatNobodyCanSayOnceAnOldCheckStandsInNoMore() {
        StreamGuard guard = guarded("/socket");
        fixture.sessions.databaseGoesAway();
        fixture.sessions.pass(Duration.ofMinutes(4));
        assertThat(recheck(guard)).isNull();
        fixture.sessions.pass(Duration.ofMinutes(2));
        assertThat(recheck(guard)).isEqualTo(FaultKind.SESSION_CHECK_UNAVAILABLE);
    }

    @Test
    void findsThatTheRoleIsGone() {
        StreamGuard guard = guarded("/api/admin/events", "admin");
        assertThat(recheck(guard)).isNull();
        fixture.sessions.found("s1", Set.of("user"));
        fixture.sessions.pass(Duration.ofSeconds(61));
        assertThat(recheck(guard)).isEqualTo(FaultKind.ROLE_MISSING);
    }
}
