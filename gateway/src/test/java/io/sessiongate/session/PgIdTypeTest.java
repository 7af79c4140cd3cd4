package io.sessiongate.session;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PgIdTypeTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0f8fad5b-d9cb-469f-a165-70867728950e",
                "0F8FAD5B-D9CB-469F-A165-70867728950E",
                "0f8fad5bd9cb469fa16570867728950e",
                "0F8fad5bD9CB469fa16570867728950E"
            })
    void knowsAUuidInEverySpelling(String id) {
        assertThat(PgIdType.UUID.canonical(id)).isEqualTo("0f8fad5b-d9cb-469f-a165-70867728950e");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "0f8fad5b-d9cb-469f-a165-70867728950",
                "0f8fad5b-d9cb-469f-a165-70867728950e0",
                "0f8fad5b-d9cb-469f-a165-70867728950g",
                "0f8fad5bd-9cb-469f-a165-70867728950e",
                "0f8fad5b-d9cb-469f-a165-7086772895-e",
                "{0f8fad5bd9cb469fa16570867728950e}",
                "0f8fad5bd9cb469fa16570867728950\u0665",
                " f8fad5b-d9cb-469f-a165-70867728950e"
            })
    void knowsWhatIsNoUuid(String id) {
        assertThat(PgIdType.UUID.canonical(id)).isNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "7", "-3", "9223372036854775807", "-9223372036854775808"})
    void knowsAnInteger(String id) {
        assertThat(PgIdType.BIGINT.canonical(id)).isEqualTo(id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "-",
                "-0",
                "+7",
                "07",
                " 7",
                "7 ",
                "7.0",
                "1e3",
                "0x7",
                "\u0667",
                "9223372036854775808",
                "-9223372036854775809",
                "111111111111111111111111111"
            })
    void knowsWhatIsNoInteger(String id) {
        assertThat(PgIdType.BIGINT.canonical(id)).isNull();
    }

    @Test
    void takesEveryTextButOneWithANul() {
        assertThat(PgIdType.TEXT.canonical("")).isEmpty();
        assertThat(PgIdType.TEXT.canonical("'; drop")).isEqualTo("'; drop");
        assertThat(PgIdType.TEXT.canonical("a\0")).isNull();
    }
}
