package io.sessiongate.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeaderTextTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "u1, u1",
                "`a b,c;d=\"e\"`, `a b,c;d=\"e\"`",
                "` a `, %20a%20",
                "100%, 100%25",
                "Jürgen, J%C3%BCrgen",
                "日本, %E6%97%A5%E6%9C%AC",
            })
    void encodesOnlyWhatAHeaderCannotCarry(String value, String text) {
        assertThat(HeaderText.of(value)).isEqualTo(text);
    }

    @Test
    void noValueEndsAFieldLine() {
        assertThat(HeaderText.of("a\r\nX-Auth-Roles: admin\u0000\n")).isEqualTo("a%0D%0AX-Auth-Roles: admin%00%0A");
        assertThat(HeaderText.of("a\u010a\u0a0d\u0085\u2028b")).matches("[!-~]+");
    }

    @Test
    void noElementOfAListBecomesTwo() {
        assertThat(HeaderText.list(List.of("user", "x,admin", " y"))).isEqualTo("user,x%2Cadmin,%20y");
    }

    @Test
    void decodingGivesEveryValueBack() {
        var random = new Random(7);
        for (int i = 0; i < 2000; i++) {
            String value = random.ints(random.nextInt(12), 0, 0x2100)
                    .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                    .toString();

            String text = HeaderText.of(value);

            assertThat(text).matches("[ -~]*").isEqualTo(text.strip());
            assertThat(URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8))
                    .isEqualTo(value);
        }
    }
}
