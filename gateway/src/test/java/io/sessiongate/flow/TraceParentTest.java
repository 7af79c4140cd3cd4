package io.sessiongate.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TraceParentTest {

    private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
    private static final String VALID = "00-" + TRACE + "-b7ad6b7169203331-01";

    private static TraceParent parsed(String text) {
        return Objects.requireNonNull(TraceParent.parse(text), text);
    }

    @ParameterizedTest
    @CsvSource({
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00, false",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, true",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-02, false",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-ff, true",
        "00-00000000000000000000000000000001-0000000000000001-01, true",
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01, true",
        "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-what-the-future-will-be-like, true",
        "fe-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-, true",
    })
    void readsWhatIsValid(String text, boolean sampled) {
        TraceParent parent = parsed(text);

        assertThat(parent.sampled()).isEqualTo(sampled);
        assertThat(parent.traceId()).isEqualTo(text.substring(3, 35));
        assertThat(TraceParent.spanId(parent.spanId())).isEqualTo(text.substring(36, 52));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011",
                "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.more",
                "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-011",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-B7AD6B7169203331-01",
                "0A-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0G",
                "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b716920333.-01",
                "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331_01",
                " 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 ",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01,00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c8031-9cb7ad6b7169203331-01",
                "0\u0660-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "{\"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b71\"}",
            })
    void takesNothingElse(String text) {
        assertThat(TraceParent.parse(text)).isNull();
    }

    @Test
    void tellsTheNextHopOfItsOwnSpan() {
        assertThat(parsed(VALID).next(0x00f067aa0ba902b7L, true)).isEqualTo("00-" + TRACE + "-00f067aa0ba902b7-01");
        assertThat(parsed(VALID).next(-1, false)).isEqualTo("00-" + TRACE + "-ffffffffffffffff-00");
    }

    @Test
    void passesTheRandomFlagOnAndNoFlagThatIsNotKnown() {
        String flagged = "cc-" + TRACE + "-b7ad6b7169203331-fe-more";

        assertThat(parsed(flagged).next(1, true)).isEqualTo("00-" + TRACE + "-0000000000000001-03");
        assertThat(parsed(flagged).next(1, false)).isEqualTo("00-" + TRACE + "-0000000000000001-02");
    }
}
