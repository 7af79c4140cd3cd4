package io.sessiongate.token;

import static org.assertj.core.api.Assertions.assertThat;

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
    void showsNothingOfTheToken() {
        assertThat(new TokenText(TEXT)).hasToString("TokenText");
    }
}
