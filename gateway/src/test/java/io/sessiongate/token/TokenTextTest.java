package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;

import io.sessiongate.http.FieldText;
import io.sessiongate.testing.SimpleHead;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenTextTest {

    private static final String TEXT = "header.claims.0123456789abcdefghijklmnopqrstuvwxyz";

    @Test
    void equalsTheSameText() {
        assertThat(new TokenText(TEXT)).isEqualTo(new TokenText(String.valueOf(TEXT.toCharArray())));
        assertThat(new TokenText(TEXT)).hasSameHashCodeAs(new TokenText(String.valueOf(TEXT.toCharArray())));
    }

    /** The hash looks at the end only: equality must not. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 13, 25})
    void differsFromTextOfTheSameHash(int at) {
        var other = new StringBuilder(TEXT);
        other.setCharAt(at, '~');

        assertThat(new TokenText(other.toString())).hasSameHashCodeAs(new TokenText(TEXT));
        assertThat(new TokenText(other.toString())).isNotEqualTo(new TokenText(TEXT));
    }

    @Test
    void differsInItsEnd() {
        assertThat(new TokenText(TEXT)).isNotEqualTo(new TokenText(TEXT.replace('z', 'y')));
        assertThat(new TokenText(TEXT)).isNotEqualTo(new TokenText(TEXT + "z"));
        assertThat(new TokenText(TEXT)).isNotEqualTo(new TokenText(""));
    }

    @Test
    void isTheSameWhereItStandsInAField() {
        FieldText line = Objects.requireNonNull(
                SimpleHead.get("/", "A", "x=" + TEXT + ";").text("A"));
        TokenText found = new TokenText(line, 2, 2 + TEXT.length(), null);
        assertThat(found).isEqualTo(new TokenText(TEXT)).hasSameHashCodeAs(new TokenText(TEXT));
        assertThat(found).isNotEqualTo(new TokenText(line, 1, 2 + TEXT.length(), null));
        assertThat(found).isNotEqualTo(new TokenText(line, 2, 1 + TEXT.length(), null));
        assertThat(found.text()).isEqualTo(TEXT);
        assertThat(found.standsIn(line, 2, 2 + TEXT.length())).isTrue();
        assertThat(found.standsIn(line, 1, 1 + TEXT.length())).isFalse();
    }

    /** The memory of a head is another request's as soon as this one is over. */
    @Test
    void isItsOwnOnceItIsKept() {
        FieldText line = Objects.requireNonNull(SimpleHead.get("/", "A", TEXT).text("A"));
        TokenText found = new TokenText(line, 0, TEXT.length(), "session");
        TokenText kept = found.kept();
        TokenText keptBeside = found.besideOthers().kept();
        Arrays.fill(line.array(), (byte) '~');
        assertThat(kept).isEqualTo(new TokenText(TEXT, "session")).hasSameHashCodeAs(new TokenText(TEXT));
        assertThat(kept.text()).isEqualTo(TEXT);
        assertThat(keptBeside).isEqualTo(kept);
        assertThat(keptBeside.isAmongOthers()).isTrue();
        assertThat(kept.kept()).isSameAs(kept);
        assertThat(found).isNotEqualTo(kept);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 8, 15, 16, 17, 24, 300})
    void looksAtEveryOctetOfAnyLength(int length) {
        String text = "a".repeat(length);
        assertThat(new TokenText(text)).isEqualTo(new TokenText(text)).hasSameHashCodeAs(new TokenText(text));
        for (int i = 0; i < length; i++) {
            String other = text.substring(0, i) + 'b' + text.substring(i + 1);
            assertThat(new TokenText(other)).isNotEqualTo(new TokenText(text));
        }
    }

    @Test
    void showsNothingOfTheToken() {
        assertThat(new TokenText(TEXT)).hasToString("TokenText");
    }
}
