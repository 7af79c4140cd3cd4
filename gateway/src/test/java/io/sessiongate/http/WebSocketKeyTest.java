package io.sessiongate.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import org.junit.jupiter.api.Test;

class WebSocketKeyTest {

    /** The example of RFC 6455 section 1.3. */
    @Test
    void isAnsweredAsTheStandardSays() {
        assertThat(WebSocketKey.accept("dGhlIHNhbXBsZSBub25jZQ==")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }

    @Test
    void isSixteenOctetsAndAnotherEachTime() {
        String key = WebSocketKey.fresh();
        assertThat(Base64.getDecoder().decode(key)).hasSize(16);
        assertThat(WebSocketKey.fresh()).isNotEqualTo(key);
    }
}
