package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sessiongate.token.TokenVerdict.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OpaqueTokenTest {

    @ParameterizedTest
    @CsvSource({
        "4a5bb0e2-2b9a-4c2a-9d5d-1f0a4dd21d10, 4a5bb0e2-2b9a-4c2a-9d5d-1f0a4dd21d10",
        "0123456789abcde%3D, 0123456789abcde=",
        "0123456789abcde%3d, 0123456789abcde=",
        "0123456789abcde%2541, 0123456789abcde%41",
        "0123456789abcde+, 0123456789abcde+",
    })
    void decodesOnce(String text, String id) {
        assertThat(OpaqueToken.decoded(text)).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "123456789012345",
                "0123456789abcdef%",
                "0123456789abcdef%4",
                "0123456789abcdef%zz",
                "0123456789abcdef%4z",
                "0123456789abcdef%z4",
                "0123456789abcdef%-1",
                "0123456789abcdef%00",
                "0123456789abcdef%20",
                "0123456789abcdef%0A",
                "0123456789abcdef%7F",
                "0123456789abcdef%C3%A9",
                "0123456789abcdef%\uff11\uff11",
                "0123456789abcdef ",
                "0123456789abcdef\u00e9",
            })
    void refusesWhatIsNoId(String text) {
        assertThat(OpaqueToken.read(text)).isEqualTo(Verdicts.invalid(Reason.MALFORMED));
    }

    @Test
    void isBounded() {
        assertThat(OpaqueToken.decoded("a".repeat(512))).hasSize(512);
        assertThat(OpaqueToken.decoded("a".repeat(513))).isNull();
        assertThat(OpaqueToken.decoded("%41".repeat(512))).hasSize(512);
        assertThat(OpaqueToken.decoded("%41".repeat(100_000))).isNull();
    }

    @Test
    void namesNobody() {
        VerifiedToken token = ((TokenVerdict.Valid) OpaqueToken.read("0123456789abcdef")).token();
        assertThat(token.isOpaque()).isTrue();
        assertThat(token.sessionId()).isEqualTo("0123456789abcdef");
        assertThat(token.roles()).isEmpty();
        assertThatThrownBy(token::subject).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(token::subjectKey).isInstanceOf(IllegalStateException.class);
    }
}
