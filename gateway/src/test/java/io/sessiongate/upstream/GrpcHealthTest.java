package io.sessiongate.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The messages of gRPC's health protocol. */
class GrpcHealthTest {

    private static String hex(byte[] octets) {
        return HexFormat.of().formatHex(octets);
    }

    private static String flaw(String answer) {
        byte[] octets = HexFormat.of().parseHex(answer);
        return String.valueOf(GrpcHealth.flaw(octets, octets.length));
    }

    @Test
    void writesQuestions() {
        assertThat(hex(GrpcHealth.question(""))).isEqualTo("0000000000");
        assertThat(hex(GrpcHealth.question("a.B"))).isEqualTo("00000000050a03612e42");
        assertThat(hex(GrpcHealth.question("x".repeat(200)))).startsWith("00000000cb0ac801787878");
    }

    @ParameterizedTest
    @CsvSource({
        "00000000020801, null",
        "00000000020802, it is not serving (2)",
        "0000000000, it is not serving (0)",
        // Fields that nobody knows, and the last of several counts.
        "0000000011 0802 1005 19 0102030405060708 2202 6161 0801, null",
        "000000000a 0801 25 00000000 08 8001, it is not serving (128)"
    })
    void readsAnswers(String answer, String flaw) {
        String octets = answer.replace(" ", "");
        // The length is that of the rest.
        String whole = "%s%02x%s".formatted("00000000", octets.length() / 2 - 5, octets.substring(10));
        assertThat(flaw(whole)).isEqualTo(flaw);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00000000",
                "01000000020801",
                "00000000030801",
                "00000000010801",
                "00000001020801",
                "000000000108",
                "000000000b08ffffffffffffffffffff",
                "00000000020b01",
                "00000000022205",
                "0000000001ff",
                "000000000219ff",
                "000000000c22ffffffffffffffffff7f61"
            })
    void refusesWhatIsNone(String answer) {
        assertThat(flaw(answer)).isEqualTo(HealthQuestion.INVALID);
    }
}
